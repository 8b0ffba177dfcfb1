//! What keys leave behind: in the audit log, in the request log, and when they were last used.

use std::time::Duration;

use entity::id::OrganizationId;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{House, made};
use crate::program::Program;

#[tokio::test]
async fn the_audit_log_names_the_key_and_tells_of_it() {
    let house = House::new().await;
    let (id, secret) = house.key(json!({ "scopes": ["organization.read", "organization.update"] })).await;
    let rename = format!(
        "mutation {{ updateOrganization(input: {{ organizationId: \"{}\", name: \"By a key\" }}) {{ userErrors {{ code }} }} }}",
        OrganizationId::from(house.here)
    );
    house.world.ask(&secret, &rename, Value::Null).await.data();
    made(&house.change(&house.token, "rotateApiKey", &id, json!({})).await, "rotateApiKey");
    house.change(&house.token, "revokeApiKey", &id, json!({})).await.data();
    let query = "query($filter: AuditLogFilter) { auditLog(filter: $filter) { nodes {
        action actorType actor { displayName } apiKey { id name } resourceType changes } } }";
    let entries = async |filter: Value| {
        let answer = house.world.ask(&house.token, query, json!({ "filter": filter })).await;
        answer.data()["auditLog"]["nodes"].as_array().unwrap().clone()
    };
    let by_key = entries(json!({ "apiKey": id })).await;
    assert_eq!(by_key.len(), 1);
    assert_eq!(
        (&by_key[0]["action"], &by_key[0]["actorType"], &by_key[0]["actor"], &by_key[0]["apiKey"]),
        (&json!("organization.update"), &json!("API_KEY"), &Value::Null, &json!({ "id": id, "name": "Acme's key" }))
    );
    let about: Vec<Value> = entries(json!({ "resource": id })).await.into_iter().map(|entry| entry["action"].clone()).collect();
    assert_eq!(about, ["api_key.revoke", "api_key.rotate", "api_key.create"]);
    let created = entries(json!({ "action": "api_key.create" })).await.pop().unwrap();
    assert_eq!((&created["actorType"], &created["actor"]["displayName"]), (&json!("USER"), &json!("Olga Owner")));
    assert_eq!(created["changes"]["after"]["scopes"], json!(["organization.read", "organization.update"]));
}

#[tokio::test]
async fn a_key_that_runs_registered_documents_only_is_told_nothing_about_others() {
    let house = House::new().await;
    let (_, secret) = house.key(json!({ "documentsOnly": true })).await;
    for document in ["{ viewer { tenant { name } } }", "{ nonsense }", "{ __schema { types { name } } }", "no graphql"] {
        let answer = house.world.ask(&secret, document, Value::Null).await;
        assert_eq!((answer.status, answer.codes()), (StatusCode::FORBIDDEN, vec!["DOCUMENT_REQUIRED"]), "{document}");
    }
    // One that does not hold is told so first.
    house.world.sql("update api_keys set revoked_at = now()").await;
    assert_eq!(house.world.ask(&secret, "{ nonsense }", Value::Null).await.codes(), ["UNAUTHENTICATED"]);
}

#[tokio::test]
async fn the_last_use_is_written_beside_the_requests_and_changes_nothing() {
    let house = House::new().await;
    let (_, secret) = house.key(json!({})).await;
    house.key(json!({ "name": "Unused" })).await;
    let version = house.value("select sum(version) from access_versions").await;
    let updated = house.value("select max(updated_at) from api_keys").await;
    for _ in 0..3 {
        assert!(house.gets_in(&secret).await);
    }
    let services = &house.world.gateway.services;
    house.world.gateway.api_key_uses.flush(&services.database).await.unwrap();
    assert_eq!(house.value("select count(last_used_at) from api_keys").await.unwrap(), "1");
    assert_eq!(
        house
            .value("select last_used_at > now() - interval '1 minute' from api_keys where last_used_at is not null")
            .await
            .unwrap(),
        "true"
    );
    assert_eq!(house.value("select sum(version) from access_versions").await, version, "a use alters nobody's access");
    assert_eq!(house.value("select max(updated_at) from api_keys").await, updated, "a use is no change");
    let shown = house.world.ask(&house.token, "{ apiKeys { nodes { name lastUsedAt } } }", Value::Null).await;
    let nodes = shown.data()["apiKeys"]["nodes"].as_array().unwrap();
    assert_eq!((&nodes[0]["lastUsedAt"], nodes[1]["lastUsedAt"].is_string()), (&Value::Null, true));
}

#[tokio::test]
async fn the_log_names_the_key_and_a_process_that_stops_writes_what_it_knows() {
    let house = House::new().await;
    let (id, secret) = house.key(json!({})).await;
    let program = Program::serve(&house.world.database_url()).await;
    program.ask(Some(&secret), "query ByKey { viewer { tenant { name } } }").await.data();
    program.ask(Some(&house.token), "query BySession { viewer { tenant { name } } }").await.data();
    program.ask(Some("tk_nonsense"), "query ByNobody { viewer { tenant { name } } }").await;
    let lines = loop {
        let lines = program.lines("request");
        if lines.len() >= 3 {
            break lines;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let callers: Vec<(&Value, &Value)> = lines.iter().map(|line| (&line["caller"], &line["api_key"])).collect();
    assert_eq!(callers[0], (&json!("api_key"), &json!(id)), "{lines:?}");
    assert_eq!(callers[1], (&json!("session"), &Value::Null));
    assert_eq!(callers[2].1, &Value::Null);
    assert!(lines.iter().all(|line| !line.to_string().contains(&secret[12..])), "the secret is in the log");
    assert_eq!(program.stop().await, 0);
    assert_eq!(house.value("select count(last_used_at) from api_keys").await.unwrap(), "1");
}
