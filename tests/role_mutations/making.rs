//! `createRole`.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{House, allow, deny, no_role, user_errors};

/// A condition that holds for everybody of these tests.
fn condition() -> Value {
    json!({ "==": [{ "var": "user.userType" }, "standard"] })
}

#[tokio::test]
async fn a_role_is_made_with_its_rules_and_gives_nobody_anything() {
    let house = House::build().await;
    let rules = json!([allow("billing.read"), deny("members.invite"), { "permission": "roles.read", "conditions": condition() }]);
    let input = json!({
        "key": "clerk", "name": " Clerk ", "description": "Keeps the books.", "parentRoleId": house.role("readonly").await,
        "permissions": rules, "clientMutationId": "c1",
    });
    let payload = house.done(&house.boss, "createRole", input).await;
    assert_eq!((&payload["clientMutationId"], &payload["dryRun"]), (&json!("c1"), &json!(false)));
    let role = &payload["role"];
    let expected = json!({
        "id": role["id"], "key": "clerk", "name": "Clerk", "description": "Keeps the books.", "isActive": true, "parent": { "key": "readonly" },
        "rules": [
            { "permission": { "key": "members.invite" }, "effect": "DENY", "conditions": null },
            { "permission": { "key": "roles.read" }, "effect": "ALLOW", "conditions": condition() },
            { "permission": { "key": "billing.read" }, "effect": "ALLOW", "conditions": null },
        ],
    });
    assert_eq!(role, &expected);
    let read = house
        .world
        .ask(
            &house.mia.token,
            "query($id: ID!) { role(id: $id) { key permissions { key } assignments { totalCount } } }",
            json!({ "id": role["id"] }),
        )
        .await;
    assert_eq!(read.data()["role"]["permissions"], json!([{ "key": "roles.read" }, { "key": "billing.read" }]));
    assert_eq!(read.data()["role"]["assignments"]["totalCount"], 0);
    assert_eq!(house.bills_seen_by(&house.mia).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_can_be_mended_is_said_with_its_path_and_nothing_is_written() {
    let house = House::build().await;
    house.make("taken", json!([])).await;
    let before = house.everything().await;
    let many: Vec<Value> = (0..=migration::catalog::PERMISSIONS.len()).map(|_| allow("billing.read")).collect();
    let nested = (0..30).fold(json!(true), |inner, _| json!({ "!": [inner] }));
    let rule = |conditions: Value| json!([{ "permission": "billing.read", "conditions": conditions }]);
    for (change, field, code) in [
        (json!({ "key": "" }), json!(["key"]), "INVALID"),
        (json!({ "key": "Clerk" }), json!(["key"]), "INVALID"),
        (json!({ "key": "1st" }), json!(["key"]), "INVALID"),
        (json!({ "key": "k".repeat(64) }), json!(["key"]), "TOO_LONG"),
        (json!({ "key": "taken" }), json!(["key"]), "TAKEN"),
        (json!({ "key": "owner" }), json!(["key"]), "TAKEN"),
        (json!({ "name": "  " }), json!(["name"]), "INVALID"),
        (json!({ "name": "n".repeat(201) }), json!(["name"]), "TOO_LONG"),
        (json!({ "description": "d".repeat(2_001) }), json!(["description"]), "TOO_LONG"),
        (json!({ "parentRoleId": no_role() }), json!(["parentRoleId"]), "NOT_FOUND"),
        (
            json!({ "permissions": [allow("billing.read"), allow("billing.eat")] }),
            json!(["permissions", "1", "permission"]),
            "INVALID",
        ),
        (
            json!({ "permissions": [allow("billing.read"), deny("billing.read")] }),
            json!(["permissions", "1", "permission"]),
            "INVALID",
        ),
        (json!({ "permissions": many }), json!(["permissions"]), "TOO_LONG"),
        (json!({ "permissions": rule(json!({ "eval": ["1"] })) }), json!(["permissions", "0", "conditions"]), "INVALID"),
        (json!({ "permissions": rule(json!({ "var": "secrets.all" })) }), json!(["permissions", "0", "conditions"]), "INVALID"),
        (json!({ "permissions": rule(nested) }), json!(["permissions", "0", "conditions"]), "INVALID"),
        (
            json!({ "permissions": rule(json!({ "==": ["x".repeat(900_000), "x"] })) }),
            json!(["permissions", "0", "conditions"]),
            "INVALID",
        ),
        (json!({ "idempotencyKey": "" }), json!(["idempotencyKey"]), "INVALID"),
    ] {
        let mut input = json!({ "key": "fresh", "name": "Fresh" });
        input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let answer = house.send(&house.boss, "createRole", input).await;
        assert_eq!(user_errors(&answer), [(field, code.to_owned())], "{:.300}", change.to_string());
        assert!(answer.body.to_string().len() < 2_000, "long input is not repeated");
    }
    assert_eq!(house.everything().await, before);
}

#[tokio::test]
async fn a_bad_condition_is_refused_with_the_place_of_what_is_bad_in_it() {
    let house = House::build().await;
    let conditions = json!({ "and": [true, { "or": [{ "var": "user.id" }, { "drop": ["table"] }] }] });
    let input =
        json!({ "key": "fresh", "name": "Fresh", "permissions": [{ "permission": "billing.read", "conditions": conditions }] });
    let answer = house.send(&house.boss, "createRole", input).await;
    let message = answer.data()["it"]["userErrors"][0]["message"].as_str().unwrap();
    assert!(message.contains("`/and/1/or/1"), "{message}");
}

#[tokio::test]
async fn conditions_too_large_or_too_deep_to_be_read_are_refused_by_the_door() {
    let house = House::build().await;
    let before = house.everything().await;
    let query = |conditions: &str| {
        format!(
            r#"{{"query": "mutation($input: CreateRoleInput!) {{ createRole(input: $input) {{ role {{ id }} }} }}",
                "variables": {{"input": {{"key": "fresh", "name": "Fresh", "permissions": [{{"permission": "billing.read", "conditions": {conditions}}}]}}}}}}"#
        )
    };
    let deep = format!("{}true{}", "[".repeat(10_000), "]".repeat(10_000));
    for (conditions, code) in [(deep, "BAD_USER_INPUT"), (format!("\"{}\"", "x".repeat(1_100_000)), "BODY_LIMIT_EXCEEDED")] {
        let request =
            house.world.request(Some(&house.boss.token)).header("content-type", "application/json").body(query(&conditions));
        assert_eq!(house.world.send(request).await.codes(), [code]);
    }
    assert_eq!(house.everything().await, before);
}

#[tokio::test]
async fn the_same_key_gives_the_same_role_however_many_requests_come_at_once() {
    let house = House::build().await;
    let input = json!({ "key": "once", "name": "Once", "permissions": [allow("billing.read")], "idempotencyKey": "k1" });
    let answers = join_all((0..8).map(|_| house.done(&house.boss, "createRole", input.clone()))).await;
    let ids: BTreeSet<&str> = answers.iter().map(|payload| payload["role"]["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    let other = json!({ "key": "once", "name": "Once", "permissions": [deny("billing.read")], "idempotencyKey": "k1" });
    let refused = house.send(&house.boss, "createRole", other).await;
    assert_eq!(user_errors(&refused), [(json!(["idempotencyKey"]), "IDEMPOTENCY_KEY_REUSED".to_owned())]);
    assert_eq!(house.world.value("select count(*) from audit_logs where action = 'role.create'").await.as_deref(), Some("1"));
}

#[tokio::test]
async fn of_many_who_make_the_same_key_at_once_one_succeeds() {
    let house = House::build().await;
    let input = json!({ "key": "coveted", "name": "Coveted" });
    let answers = join_all((0..8).map(|_| house.send(&house.boss, "createRole", input.clone()))).await;
    let made = answers.iter().filter(|answer| user_errors(answer).is_empty()).count();
    let refused = answers.iter().filter(|answer| user_errors(answer) == [(json!(["key"]), "TAKEN".to_owned())]).count();
    assert_eq!((made, refused), (1, 7));
}

#[tokio::test]
async fn a_role_of_another_tenant_is_no_parent() {
    let house = House::with(|script, _, _| {
        let other = script.tenant("Other");
        script.role(other, "theirs", None);
    })
    .await;
    let theirs = house.world.value("select id from roles where key = 'theirs'").await.unwrap();
    let theirs = entity::id::RoleId::from(theirs.parse::<uuid::Uuid>().unwrap()).to_string();
    let input = json!({ "key": "fresh", "name": "Fresh", "parentRoleId": theirs });
    let answer = house.send(&house.boss, "createRole", input).await;
    assert_eq!(user_errors(&answer), [(json!(["parentRoleId"]), "NOT_FOUND".to_owned())]);
}
