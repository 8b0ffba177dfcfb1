//! `updateRole` and `deleteRole`.

use futures_util::future::join;
use serde_json::{Value, json};

use super::{House, allow, deny, no_role, user_errors};

#[tokio::test]
async fn what_is_sent_changes_for_everybody_who_has_the_role_and_what_is_left_out_stays() {
    let house = House::build().await;
    let parent = house.make("parent", json!([allow("billing.read")])).await;
    let role = house.make("clerk", json!([deny("members.invite")])).await;
    house.give(&house.mia, &role, Some(0)).await;
    let update = async |change: Value| {
        let mut input = json!({ "roleId": role });
        input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        house.done(&house.boss, "updateRole", input).await["role"].clone()
    };
    assert_eq!(house.bills_seen_by(&house.mia).await, Vec::<String>::new());
    let changed = update(json!({ "name": "Book keeper", "parentRoleId": parent })).await;
    assert_eq!(
        (&changed["name"], &changed["parent"]["key"], &changed["key"]),
        (&json!("Book keeper"), &json!("parent"), &json!("clerk"))
    );
    assert_eq!(house.bills_seen_by(&house.mia).await, ["First"]);
    // A rule of its own goes before the parent's.
    update(json!({ "setPermissions": [deny("billing.read")], "removePermissions": ["members.invite"] })).await;
    assert_eq!(house.bills_seen_by(&house.mia).await, Vec::<String>::new());
    let changed = update(json!({ "setPermissions": [allow("billing.read")], "parentRoleId": null, "description": "Books." })).await;
    assert_eq!(changed["rules"], json!([{ "permission": { "key": "billing.read" }, "effect": "ALLOW", "conditions": null }]));
    assert_eq!((&changed["parent"], &changed["description"]), (&Value::Null, &json!("Books.")));
    assert_eq!(house.bills_seen_by(&house.mia).await, ["First"]);
    assert_eq!(update(json!({ "isActive": false })).await["isActive"], false);
    assert_eq!(house.bills_seen_by(&house.mia).await, Vec::<String>::new());
    update(json!({ "isActive": true })).await;
    assert_eq!(house.bills_seen_by(&house.mia).await, ["First"]);
}

#[tokio::test]
async fn a_change_of_nothing_writes_nothing() {
    let house = House::build().await;
    let role = house.make("clerk", json!([{ "permission": "billing.read", "conditions": { "==": [1, 1] } }])).await;
    let before = house.everything().await;
    let same = json!([{ "permission": "billing.read", "effect": "ALLOW", "conditions": { "==": [1, 1] } }]);
    for change in [json!({}), json!({ "name": "clerk", "isActive": true, "parentRoleId": null, "setPermissions": same })] {
        let mut input = json!({ "roleId": role });
        input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        house.done(&house.boss, "updateRole", input).await;
    }
    assert_eq!(house.everything().await, before);
}

#[tokio::test]
async fn what_can_be_mended_is_said_with_its_path() {
    let house = House::build().await;
    let role = house.make("clerk", json!([allow("billing.read")])).await;
    let child = house.make("child", json!([])).await;
    house.done(&house.boss, "updateRole", json!({ "roleId": child, "parentRoleId": role })).await;
    let before = house.everything().await;
    for (change, field, code) in [
        (json!({ "name": "" }), json!(["name"]), "INVALID"),
        (json!({ "parentRoleId": no_role() }), json!(["parentRoleId"]), "NOT_FOUND"),
        (json!({ "parentRoleId": role }), json!(["parentRoleId"]), "CYCLE"),
        (json!({ "parentRoleId": child }), json!(["parentRoleId"]), "CYCLE"),
        (json!({ "setPermissions": [allow("no.such")] }), json!(["setPermissions", "0", "permission"]), "INVALID"),
        (json!({ "removePermissions": ["no.such"] }), json!(["removePermissions", "0"]), "INVALID"),
        (json!({ "removePermissions": ["roles.read"] }), json!(["removePermissions", "0"]), "NOT_FOUND"),
        (json!({ "removePermissions": ["billing.read", "billing.read"] }), json!(["removePermissions", "1"]), "INVALID"),
        (
            json!({ "setPermissions": [deny("billing.read")], "removePermissions": ["billing.read"] }),
            json!(["removePermissions", "0"]),
            "INVALID",
        ),
    ] {
        let mut input = json!({ "roleId": role });
        input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let answer = house.send(&house.boss, "updateRole", input).await;
        assert_eq!(user_errors(&answer), [(field, code.to_owned())], "{change}");
    }
    let gone = house.send(&house.boss, "updateRole", json!({ "roleId": no_role(), "name": "x" })).await;
    assert_eq!(gone.codes(), ["NOT_FOUND"]);
    assert_eq!(house.everything().await, before);
}

#[tokio::test]
async fn the_roles_that_every_tenant_has_change_for_nobody() {
    let house = House::build().await;
    let before = house.everything().await;
    let owner = house.role("owner").await;
    for (mutation, input) in [
        ("updateRole", json!({ "roleId": owner, "name": "King" })),
        ("updateRole", json!({ "roleId": owner, "setPermissions": [deny("billing.read")] })),
        ("deleteRole", json!({ "roleId": owner })),
    ] {
        let answer = house.send(&house.boss, mutation, input).await;
        assert_eq!(user_errors(&answer), [(json!(["roleId"]), "IMMUTABLE".to_owned())]);
    }
    assert_eq!(house.everything().await, before);
}

#[tokio::test]
async fn two_changes_that_would_make_a_cycle_together_do_not() {
    let house = House::build().await;
    let (one, two) = (house.make("one", json!([])).await, house.make("two", json!([])).await);
    for _ in 0..5 {
        let below = |role: &str, parent: &str| json!({ "roleId": role, "parentRoleId": parent });
        let (first, second) = join(
            house.send(&house.boss, "updateRole", below(&one, &two)),
            house.send(&house.boss, "updateRole", below(&two, &one)),
        )
        .await;
        let mut errors = [user_errors(&first), user_errors(&second)];
        errors.sort_by_key(Vec::len);
        assert_eq!(errors, [vec![], vec![(json!(["parentRoleId"]), "CYCLE".to_owned())]]);
        for role in [&one, &two] {
            house.done(&house.boss, "updateRole", json!({ "roleId": role, "parentRoleId": null })).await;
        }
    }
}

#[tokio::test]
async fn a_role_that_is_needed_is_not_deleted_and_one_that_is_not_gives_its_key_back() {
    let house = House::build().await;
    let role = house.make("clerk", json!([allow("billing.read")])).await;
    let child = house.make("child", json!([])).await;
    house.done(&house.boss, "updateRole", json!({ "roleId": child, "parentRoleId": role })).await;
    let assignment = house.give(&house.mia, &role, Some(0)).await;
    let refused = house.send(&house.boss, "deleteRole", json!({ "roleId": role })).await;
    assert_eq!(user_errors(&refused), [(json!(["roleId"]), "IN_USE".to_owned())]);
    let message = refused.data()["it"]["userErrors"][0]["message"].as_str().unwrap();
    assert!(message.contains("1 assignments") && message.contains("1 roles"), "{message}");
    house.done(&house.boss, "updateRole", json!({ "roleId": child, "parentRoleId": null })).await;
    house.done(&house.boss, "revokeRole", json!({ "assignmentId": assignment })).await;
    let tried = house.done(&house.boss, "deleteRole", json!({ "roleId": role, "dryRun": true })).await;
    assert_eq!(tried["deletedRoleId"], Value::Null);
    assert_eq!(house.done(&house.boss, "deleteRole", json!({ "roleId": role })).await["deletedRoleId"], json!(role));
    for mutation in ["updateRole", "deleteRole"] {
        assert_eq!(house.send(&house.boss, mutation, json!({ "roleId": role })).await.codes(), ["NOT_FOUND"]);
    }
    assert_ne!(house.make("clerk", json!([])).await, role, "the key is free again");
}

#[tokio::test]
async fn who_may_not_manage_roles_is_told_the_permission() {
    let house = House::build().await;
    let role = house.make("clerk", json!([])).await;
    let before = house.everything().await;
    for someone in [&house.lead, &house.mia, &house.nina] {
        for (mutation, input) in [
            ("createRole", json!({ "key": "mine", "name": "Mine" })),
            ("updateRole", json!({ "roleId": role, "name": "Mine" })),
            ("deleteRole", json!({ "roleId": role })),
        ] {
            let answer = house.send(someone, mutation, input).await;
            assert_eq!(answer.codes(), ["FORBIDDEN"]);
            assert_eq!(answer.body["errors"][0]["extensions"]["permission"], "roles.manage");
        }
    }
    assert_eq!(house.everything().await, before);
}
