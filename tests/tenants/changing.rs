//! `updateTenant` and `setTenantFeatures`.

use serde_json::{Value, json};

use super::{House, audited, done, refused, send};

const TENANT: &str = "tenant { name slug brand logoUrl settings features dataRetentionDays }";

#[tokio::test]
async fn what_is_left_out_stays_and_null_takes_away() {
    let house = House::build().await;
    let House { world, admin, .. } = &house;
    let update = async |input: Value| {
        let mut input = input;
        input["tenantId"] = json!(house.id());
        done(&send(world, admin, "updateTenant", TENANT, input).await)["tenant"].clone()
    };
    let input = json!({ "name": "New", "slug": "New-House", "brand": "Brand", "logoUrl": "https://h.example/l.png", "dataRetentionDays": 90,
        "settings": { "selfServiceSignUp": true, "theme": { "dark": true, "color": "red" } } });
    let expected = json!({ "name": "New", "slug": "new-house", "brand": "Brand", "logoUrl": "https://h.example/l.png", "features": {},
        "dataRetentionDays": 90, "settings": { "selfServiceSignUp": true, "theme": { "dark": true, "color": "red" } } });
    assert_eq!(update(input).await, expected);
    let patched = update(json!({ "brand": null, "settings": { "selfServiceSignUp": null, "theme": { "color": "blue" } } })).await;
    assert_eq!((&patched["brand"], &patched["name"]), (&Value::Null, &json!("New")));
    assert_eq!(patched["settings"], json!({ "theme": { "dark": true, "color": "blue" } }), "a JSON merge patch");
    // Nothing changes: nothing is written down.
    update(json!({ "name": "New" })).await;
    assert_eq!(audited(world, &house.id()).await, ["tenant.update", "tenant.update"]);
    let changes = world.value("select changes from audit_logs order by index_id desc limit 1").await.unwrap();
    let changes: Value = serde_json::from_str(&changes).unwrap();
    assert_eq!((&changes["before"]["brand"], &changes["after"]["brand"]), (&json!("Brand"), &Value::Null));
    assert_eq!(changes["after"].get("name"), None, "only what differs");
}

#[tokio::test]
async fn an_input_that_can_be_mended_changes_nothing() {
    let house = House::with(|script, _| {
        let neighbour = script.tenant("Neighbour");
        script.add(&format!("update tenants set slug = 'neighbour' where id = '{neighbour}'"));
    })
    .await;
    let House { world, owner, .. } = &house;
    let before = world.value("select string_agg(tenant::text, ',' order by id) from tenants tenant").await;
    for (input, field, code) in [
        (json!({ "name": "" }), "name", "INVALID"),
        (json!({ "slug": "neighbour" }), "slug", "TAKEN"),
        (json!({ "slug": "no spaces" }), "slug", "INVALID"),
        (json!({ "logoUrl": "javascript:alert(1)" }), "logoUrl", "INVALID"),
        (json!({ "dataRetentionDays": 29 }), "dataRetentionDays", "INVALID"),
        (json!({ "settings": [] }), "settings", "INVALID"),
        (json!({ "settings": { "selfServiceSignUp": "yes" } }), "settings", "INVALID"),
        (json!({ "settings": { "a": "b".repeat(20_000) } }), "settings", "TOO_LONG"),
    ] {
        let mut sent = input.clone();
        sent["tenantId"] = json!(house.id());
        assert_eq!(refused(&send(world, owner, "updateTenant", TENANT, sent).await), (json!([field]), code.to_owned()), "{input}");
    }
    let after = world.value("select string_agg(tenant::text, ',' order by id) from tenants tenant").await;
    assert_eq!((before, audited(world, &house.id()).await), (after, Vec::new()));
}

#[tokio::test]
async fn who_may_not_change_the_tenant_is_told_and_sees_nothing_of_what_is_guarded() {
    let house = House::build().await;
    let House { world, owner, member, .. } = &house;
    let answer = send(world, member, "updateTenant", TENANT, json!({ "tenantId": house.id(), "name": "Mine" })).await;
    assert_eq!(
        (answer.codes(), &answer.body["errors"][0]["extensions"]["permission"]),
        (vec!["FORBIDDEN"], &json!("tenant.update"))
    );
    let seen = world.ask(member, "{ tenant { settings features quotas { used } dataRetentionDays } }", Value::Null).await;
    assert_eq!(seen.body["data"]["tenant"], json!({ "settings": {}, "features": {}, "quotas": null, "dataRetentionDays": null }));
    assert_eq!(seen.codes(), ["FORBIDDEN", "FORBIDDEN"]);
    // One that is not entered is not changed by mistake, nor told of.
    let other = send(world, owner, "createTenant", "tenant { id }", json!({ "name": "Other" })).await;
    let other = done(&other)["tenant"]["id"].clone();
    let answer = send(world, owner, "updateTenant", TENANT, json!({ "tenantId": other, "name": "Mine" })).await;
    assert_eq!(answer.codes(), ["NOT_FOUND"]);
    let seen = world.ask(owner, "{ viewer { tenants { id settings dataRetentionDays } } }", Value::Null).await;
    let tenants = seen.data()["viewer"]["tenants"].as_array().unwrap();
    let elsewhere = tenants.iter().find(|tenant| tenant["id"] == other).unwrap();
    assert_eq!((&elsewhere["settings"], &elsewhere["dataRetentionDays"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn features_are_switched_by_the_platforms_staff_alone_and_count_at_once() {
    let house = House::build().await;
    let House { world, owner, staff, .. } = &house;
    let input = json!({ "tenantId": house.id(), "features": { "api_access": true }, "reason": "they paid for it" });
    for token in [owner, &house.admin, &house.member] {
        let answer = send(world, token, "setTenantFeatures", TENANT, input.clone()).await;
        assert_eq!(answer.codes(), ["FORBIDDEN"], "what a customer is entitled to, no customer says");
    }
    let may = "{ tenant { viewerCan(permissions: [\"api_keys.manage\"]) } }";
    assert_eq!(world.ask(owner, may, Value::Null).await.data()["tenant"]["viewerCan"], json!([]));
    let answer = send(world, staff, "setTenantFeatures", TENANT, input).await;
    assert_eq!(done(&answer)["tenant"]["features"], json!({ "api_access": true }));
    assert_eq!(world.ask(owner, may, Value::Null).await.data()["tenant"]["viewerCan"], json!(["api_keys.manage"]));
    for (features, reason, field) in [
        (json!({ "api_access": "yes" }), "because", "features"),
        (json!("all"), "because", "features"),
        (json!({ "webhooks": true }), " ", "reason"),
    ] {
        let input = json!({ "tenantId": house.id(), "features": features, "reason": reason });
        assert_eq!(refused(&send(world, staff, "setTenantFeatures", TENANT, input).await), (json!([field]), "INVALID".to_owned()));
    }
    let off = json!({ "tenantId": house.id(), "features": { "api_access": null }, "reason": "they left" });
    assert_eq!(done(&send(world, staff, "setTenantFeatures", TENANT, off).await)["tenant"]["features"], json!({}));
    assert_eq!(world.ask(owner, may, Value::Null).await.data()["tenant"]["viewerCan"], json!([]));
    assert_eq!(audited(world, &house.id()).await, ["tenant.set_features", "tenant.set_features"]);
    let actor =
        world.value("select actor_type || ' ' || (changes #>> '{after,reason}') from audit_logs order by index_id limit 1").await;
    assert_eq!(actor.as_deref(), Some("developer they paid for it"));
}
