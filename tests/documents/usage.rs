//! How often documents are run: counted for each document and day, written in batches.

use serde_json::{Value, json};
use tenantry::gateway::Mode;

use super::{BILLS, NAMES, Office, id_of};

const READS: &[&str] = &["organization.read", "billing.read"];
const USE: &str =
    "{ persistedDocuments { nodes { client name calls lastUsedAt usage { totalCount nodes { day calls lastUsedAt } } } } }";

async fn counted(office: &Office) -> Vec<Value> {
    office.world.gateway.usage.write_down(&office.world.gateway.services.database).await.unwrap();
    let answer = office.world.ask(&office.owner, USE, Value::Null).await;
    answer.data()["persistedDocuments"]["nodes"].as_array().unwrap().clone()
}

#[tokio::test]
async fn each_run_counts_for_its_document_its_client_and_its_day() {
    let office = Office::new().await;
    for (client, text) in [("acme", NAMES), ("beta", NAMES), ("beta", BILLS)] {
        office.publish_text(client, text).await;
    }
    let (acme, beta) = (office.key("acme", READS).await, office.key("beta", READS).await);
    for _ in 0..3 {
        office.run(&acme, &id_of(NAMES), json!({ "first": 1 })).await;
    }
    office.run(&beta, &id_of(NAMES), json!({ "first": 1 })).await;
    office.world.send(office.get(&beta, &id_of(NAMES), &json!({ "first": 1 }))).await;
    // What was refused was not run.
    office.run(&acme, &id_of(BILLS), json!({ "first": 1 })).await;
    office.run(&acme, &id_of(NAMES), json!({ "first": "one" })).await;
    let nodes = counted(&office).await;
    let calls: Vec<_> = nodes.iter().map(|node| (&node["client"], &node["calls"])).collect();
    let expected = [(&json!("acme"), &json!("3")), (&json!("beta"), &json!("2")), (&json!("beta"), &json!("0"))];
    assert_eq!(calls, expected);
    let today = tenantry::clock::now().date_naive().to_string();
    assert_eq!(nodes[0]["usage"]["nodes"][0]["day"], json!(today));
    assert_eq!(nodes[0]["usage"]["nodes"][0]["lastUsedAt"], nodes[0]["lastUsedAt"]);
    assert_eq!((&nodes[2]["lastUsedAt"], &nodes[2]["usage"]["nodes"]), (&Value::Null, &json!([])));

    // A day is a row; what was counted before is added to.
    office.world.sql("update persisted_document_usage set day = day - 1, calls = calls + 10").await;
    office.run(&acme, &id_of(NAMES), json!({ "first": 1 })).await;
    office.run(&acme, &id_of(NAMES), json!({ "first": 1 })).await;
    let nodes = counted(&office).await;
    assert_eq!((&nodes[0]["calls"], &nodes[0]["usage"]["totalCount"]), (&json!("15"), &json!(2)));
    let days: Vec<_> = nodes[0]["usage"]["nodes"].as_array().unwrap().iter().map(|day| &day["calls"]).collect();
    assert_eq!(days, ["2", "13"], "the newest first");
}

#[tokio::test]
async fn counts_of_several_gateways_add_up_and_a_gateway_that_stops_leaves_none_behind() {
    let office = Office::new().await;
    office.publish_text("acme", NAMES).await;
    let key = office.key("acme", READS).await;
    let (other, address) = office.world.second_gateway(Mode::Production).await;
    for _ in 0..5 {
        let request = office.world.client().post(format!("http://{address}/graphql")).bearer_auth(&key);
        office.world.send(request.json(&json!({ "documentId": id_of(NAMES), "variables": { "first": 1 } }))).await;
        office.run(&key, &id_of(NAMES), json!({ "first": 1 })).await;
    }
    other.close().await;
    assert_eq!(counted(&office).await[0]["calls"], "10");
}

#[tokio::test]
async fn counts_are_written_by_themselves() {
    let office = Office::new().await;
    office.publish_text("acme", NAMES).await;
    office.run(&office.owner, &id_of(NAMES), json!({ "first": 1 })).await;
    let calls = "select coalesce(sum(calls), 0) from persisted_document_usage";
    while office.world.value(calls).await.as_deref() != Some("1") {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}
