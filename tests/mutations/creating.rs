//! `createOrganization`.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{everything, payload, send, user_errors};
use crate::world::{World, identity};

/// Leaves the first tenant so many free units of its quota of organizations.
async fn free_units(world: &World, free: u32) {
    let tenant = identity("owner").tenant_id;
    world
        .sql(&format!(
            "update tenant_quotas set quota_limit = usage + {free} where tenant_id = '{tenant}' and metric = 'organizations'"
        ))
        .await;
}

async fn used(world: &World) -> i64 {
    let tenant = identity("owner").tenant_id;
    let sql = format!("select usage from tenant_quotas where tenant_id = '{tenant}' and metric = 'organizations'");
    world.value(&sql).await.unwrap().parse().unwrap()
}

async fn count(world: &World, name: &str) -> Option<String> {
    world.value(&format!("select count(*) from organizations where name like '{name}' and deleted_at is null")).await
}

#[tokio::test]
async fn whoever_makes_an_organization_owns_it_is_its_member_and_sees_it_at_once() {
    let world = World::demo().await;
    let token = world.act_as("owner").await;
    let me = entity::id::UserId::from(identity("owner").user_id).to_string();
    let before = used(&world).await;
    let input = json!({ "name": " Fresh Start ", "domain": "Fresh.Example", "billingEmail": "pay@fresh.example", "clientMutationId": "c1" });
    let answer = send(&world, &token, "createOrganization", input).await;
    assert_eq!((user_errors(&answer), &payload(&answer)["clientMutationId"]), (Vec::new(), &json!("c1")));
    let made = &payload(&answer)["organization"];
    let id = made["id"].as_str().unwrap();
    let expected = json!({ "id": id, "name": "Fresh Start", "domain": "fresh.example", "billingEmail": "pay@fresh.example", "owner": { "id": me } });
    assert_eq!(made, &expected);
    let read = world
        .ask(
            &token,
            "query($id: ID!) { organization(id: $id) { domainVerifiedAt members { nodes { role status user { id } roles { key } } } billingState }
                organizations(last: 1) { nodes { id } } }",
            json!({ "id": id }),
        )
        .await;
    let organization = &read.data()["organization"];
    let member = json!({ "role": "OWNER", "status": "ACTIVE", "user": { "id": me }, "roles": [{ "key": "owner" }] });
    assert_eq!(organization["members"]["nodes"], json!([member]));
    assert_eq!((&organization["domainVerifiedAt"], &organization["billingState"]), (&Value::Null, &json!("NONE")));
    assert_eq!(read.data()["organizations"]["nodes"][0]["id"], id, "the youngest of the list");
    assert_eq!(used(&world).await, before + 1);
}

#[tokio::test]
async fn who_may_not_make_organizations_is_told_the_permission() {
    let world = World::demo().await;
    let before = everything(&world).await;
    // Whoever runs organizations need not run the tenant.
    for key in ["admin", "manager", "member", "readonly", "outsider"] {
        let answer = send(&world, &world.act_as(key).await, "createOrganization", json!({ "name": "Mine" })).await;
        assert_eq!(answer.codes(), ["FORBIDDEN"], "{key}");
        assert_eq!(answer.body["errors"][0]["extensions"]["permission"], "organization.create");
    }
    assert_eq!(everything(&world).await, before);
}

#[tokio::test]
async fn an_input_that_can_be_mended_makes_nothing_and_uses_no_quota() {
    let world = World::demo().await;
    let token = world.act_as("owner").await;
    let before = everything(&world).await;
    for (input, field, code) in [
        (json!({ "name": "" }), "name", "INVALID"),
        (json!({ "name": "n".repeat(201) }), "name", "TOO_LONG"),
        (json!({ "name": "NORTHGATE robotics" }), "name", "TAKEN"),
        (json!({ "name": "Northgate Robotics", "idempotencyKey": "k" }), "name", "TAKEN"),
        (json!({ "name": "Fresh", "domain": "fresh" }), "domain", "INVALID"),
        (json!({ "name": "Fresh", "billingEmail": "fresh" }), "billingEmail", "INVALID"),
        (json!({ "name": "Fresh", "idempotencyKey": "" }), "idempotencyKey", "INVALID"),
        (json!({ "name": "Fresh", "idempotencyKey": "k".repeat(201) }), "idempotencyKey", "INVALID"),
    ] {
        let answer = send(&world, &token, "createOrganization", input.clone()).await;
        assert_eq!(user_errors(&answer), [(json!([field]), code.to_owned())], "{input}");
    }
    assert_eq!(everything(&world).await, before);
    // A key that came with a refused input is still free.
    let answer = send(&world, &token, "createOrganization", json!({ "name": "Fresh", "idempotencyKey": "k" })).await;
    assert_eq!(payload(&answer)["organization"]["name"], "Fresh");
}

#[tokio::test]
async fn the_same_key_gives_the_same_organization_however_many_requests_come_at_once() {
    let world = World::demo().await;
    let token = world.act_as("owner").await;
    let before = used(&world).await;
    let input = json!({ "name": "Once", "domain": "once.example", "idempotencyKey": "k1" });
    let answers = join_all((0..20).map(|_| send(&world, &token, "createOrganization", input.clone()))).await;
    let made: BTreeSet<String> = answers.iter().map(|answer| payload(answer)["organization"].to_string()).collect();
    assert_eq!(made.len(), 1, "{made:#?}");
    assert!(made.first().unwrap().contains("\"Once\""));
    assert_eq!((count(&world, "Once").await.as_deref(), used(&world).await), (Some("1"), before + 1));
    // Later, too.
    let again = send(&world, &token, "createOrganization", input).await;
    assert_eq!(payload(&again)["organization"].to_string(), *made.first().unwrap());
    assert_eq!(used(&world).await, before + 1);
}

#[tokio::test]
async fn a_key_that_comes_back_with_another_input_is_refused() {
    let world = World::demo().await;
    let token = world.act_as("owner").await;
    let first = send(&world, &token, "createOrganization", json!({ "name": "First", "idempotencyKey": "k1" })).await;
    assert_eq!(user_errors(&first), []);
    for other in [
        json!({ "name": "Second", "idempotencyKey": "k1" }),
        json!({ "name": "First", "domain": "first.example", "idempotencyKey": "k1" }),
        json!({ "name": "First", "billingEmail": "first@first.example", "idempotencyKey": "k1" }),
    ] {
        let refused = send(&world, &token, "createOrganization", other).await;
        assert_eq!(user_errors(&refused), [(json!(["idempotencyKey"]), "IDEMPOTENCY_KEY_REUSED".to_owned())]);
    }
    assert_eq!(count(&world, "Second").await.as_deref(), Some("0"));
}

#[tokio::test]
async fn a_key_belongs_to_one_person() {
    let world = World::demo().await;
    world.sql("update tenant_memberships set role = 'admin'").await;
    let mut made = BTreeSet::new();
    for (key, name) in [("owner", "Hers"), ("admin", "His")] {
        let input = json!({ "name": name, "idempotencyKey": "k1" });
        let answer = send(&world, &world.act_as(key).await, "createOrganization", input).await;
        made.insert(payload(&answer)["organization"]["name"].to_string());
    }
    assert_eq!(made, BTreeSet::from(["\"Hers\"".to_owned(), "\"His\"".to_owned()]));
}

#[tokio::test]
async fn of_thirty_requests_for_seven_free_units_exactly_seven_succeed() {
    let world = World::demo().await;
    let token = world.act_as("owner").await;
    free_units(&world, 7).await;
    let before = used(&world).await;
    let requests = (0..30).map(|number| send(&world, &token, "createOrganization", json!({ "name": format!("Rush {number}") })));
    let answers = join_all(requests).await;
    let made = answers.iter().filter(|answer| user_errors(answer).is_empty()).count();
    let refused = answers.iter().filter(|answer| user_errors(answer) == [(Value::Null, "QUOTA_EXCEEDED".to_owned())]).count();
    assert_eq!((made, refused), (7, 23));
    assert_eq!((count(&world, "Rush %").await.as_deref(), used(&world).await), (Some("7"), before + 7));
}

#[tokio::test]
async fn of_many_who_make_the_same_name_one_succeeds_and_one_unit_is_used() {
    let world = World::demo().await;
    let token = world.act_as("owner").await;
    let before = used(&world).await;
    free_units(&world, 3).await;
    let answers = join_all((0..12).map(|_| send(&world, &token, "createOrganization", json!({ "name": "Coveted" })))).await;
    let made = answers.iter().filter(|answer| user_errors(answer).is_empty()).count();
    let refused = answers.iter().filter(|answer| user_errors(answer) == [(json!(["name"]), "TAKEN".to_owned())]).count();
    assert_eq!((made, refused), (1, 11));
    assert_eq!((count(&world, "Coveted").await.as_deref(), used(&world).await), (Some("1"), before + 1));
}

#[tokio::test]
async fn mutations_of_one_document_run_one_after_the_other_and_a_failure_stops_none() {
    let world = World::demo().await;
    let token = world.act_as("owner").await;
    free_units(&world, 2).await;
    let make = "organization { id name } userErrors { code }";
    let query = format!(
        "mutation {{
            c: createOrganization(input: {{ name: \"Third\" }}) {{ {make} }}
            again: createOrganization(input: {{ name: \"Third\" }}) {{ {make} }}
            a: createOrganization(input: {{ name: \"First\" }}) {{ {make} }}
            gone: updateOrganization(input: {{ organizationId: \"org_01h455vb4pex5vsknk084sn02q\", name: \"x\" }}) {{ {make} }}
            over: createOrganization(input: {{ name: \"Over\" }}) {{ {make} }} }}"
    );
    let answer = world.ask(&token, &query, Value::Null).await;
    let data = answer.body["data"].as_object().unwrap();
    // The order of the document, not of the alphabet.
    let text = answer.body["data"].to_string();
    assert_eq!(data["c"]["organization"]["name"], "Third", "{text}");
    assert_eq!(data["again"]["userErrors"], json!([{ "code": "TAKEN" }]), "it came after");
    assert_eq!(data["a"]["organization"]["name"], "First");
    assert_eq!(data["over"]["userErrors"], json!([{ "code": "QUOTA_EXCEEDED" }]), "the two before it took what was free");
    assert_eq!((&data["gone"], answer.codes()), (&Value::Null, vec!["NOT_FOUND"]));
    let order = world
        .value("select string_agg(name, ',' order by index_id) from organizations where name in ('First', 'Third', 'Over')")
        .await;
    assert_eq!(order.as_deref(), Some("Third,First"));
}

#[tokio::test]
async fn a_mutation_that_fails_half_way_leaves_nothing_behind() {
    let world = World::demo().await;
    let token = world.act_as("owner").await;
    // The last statement of the transaction fails, when key, quota and organization are written already.
    world
        .sql(
            "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
            create trigger refuse before insert on organization_memberships for each row execute function refuse()",
        )
        .await;
    let before = everything(&world).await;
    let input = json!({ "name": "Half", "idempotencyKey": "k1" });
    let failed = send(&world, &token, "createOrganization", input.clone()).await;
    assert_eq!(failed.codes(), ["INTERNAL"]);
    assert_eq!(failed.body["errors"][0]["message"], "something went wrong on the server");
    assert_eq!(everything(&world).await, before);
    world.sql("drop trigger refuse on organization_memberships").await;
    let answer = send(&world, &token, "createOrganization", input).await;
    assert_eq!(payload(&answer)["organization"]["name"], "Half", "the key was given back as well");
}
