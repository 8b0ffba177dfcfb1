//! `setTenantStatus`, and what each status permits.

use serde_json::{Value, json};
use tenantry::clock;
use uuid::Uuid;

use super::{House, audited, done, refused, send};

const EVERYTHING: &str = "{ organizations { totalCount } roles { totalCount } products { totalCount } auditLog { totalCount }
    tenant { settings members { totalCount } } }";

async fn set(house: &House, token: &str, status: &str, reason: &str) -> crate::world::Answer {
    let input = json!({ "tenantId": house.id(), "status": status, "reason": reason });
    send(&house.world, token, "setTenantStatus", "tenant { status statusChangedAt }", input).await
}

#[tokio::test]
async fn in_a_suspended_or_ended_tenant_members_are_told_whom_to_ask_and_nothing_else() {
    let house = House::build().await;
    let House { world, owner, member, .. } = &house;
    for status in ["SUSPENDED", "CHURNED"] {
        house.set_status(status).await;
        for token in [owner, member] {
            let answer = world.ask(token, EVERYTHING, Value::Null).await;
            let closed = json!({ "organizations": null, "roles": null, "products": null, "auditLog": null, "tenant": { "settings": null, "members": null } });
            assert_eq!(answer.body["data"], closed);
            assert_eq!(answer.codes(), ["TENANT_SUSPENDED"; 6]);
            for error in answer.body["errors"].as_array().unwrap() {
                let extensions = &error["extensions"];
                assert_eq!((&extensions["reason"], &extensions["ownerName"]), (&json!("tenant_inactive"), &json!("Olga Owner")));
                assert!(error["message"].as_str().unwrap().contains("Olga Owner"), "{error}");
            }
            let create = send(world, token, "createOrganization", "", json!({ "name": "Late" })).await;
            assert_eq!((create.codes(), &create.body["data"]["it"]), (vec!["TENANT_SUSPENDED"], &Value::Null));
            let update = send(world, token, "updateTenant", "", json!({ "tenantId": house.id(), "name": "Late" })).await;
            assert_eq!(update.codes(), ["TENANT_SUSPENDED"]);
            // Who they are, where they are, and what there is to tell them, they are told.
            let viewer = "{ viewer { user { displayName email } tenant { id name status statusChangedAt } tenants { id }
                notices { kind } sessions { totalCount } } }";
            let seen = world.ask(token, viewer, Value::Null).await;
            assert_eq!(seen.data()["viewer"]["tenant"]["status"], status);
        }
    }
    assert_eq!(world.value("select count(*) from organizations").await.as_deref(), Some("0"));
    house.set_status("ACTIVE").await;
    let open = world.ask(owner, EVERYTHING, Value::Null).await;
    assert_eq!(open.data()["roles"]["totalCount"], 5, "it holds from the next request on");
}

#[tokio::test]
async fn whoever_is_in_a_suspended_tenant_goes_elsewhere_and_signs_out() {
    let house = House::build().await;
    let House { world, owner, .. } = &house;
    let elsewhere = send(world, owner, "createTenant", "tenant { id }", json!({ "name": "Elsewhere" })).await;
    let elsewhere = done(&elsewhere)["tenant"]["id"].clone();
    house.set_status("SUSPENDED").await;
    let primary = send(world, owner, "setPrimaryTenant", "tenant { id }", json!({ "tenantId": elsewhere })).await;
    assert_eq!(done(&primary)["tenant"]["id"], elsewhere);
    let third = send(world, owner, "createTenant", "tenant { name }", json!({ "name": "Third" })).await;
    assert_eq!(done(&third)["tenant"]["name"], "Third");
    done(&send(world, owner, "switchTenant", "viewer { tenant { id } }", json!({ "tenantId": elsewhere })).await);
    assert_eq!(world.ask(owner, "{ roles { totalCount } }", Value::Null).await.data()["roles"]["totalCount"], 5);
    done(&send(world, owner, "switchTenant", "viewer { tenant { id } }", json!({ "tenantId": house.id() })).await);
    let query = "mutation { signOut(input: {}) { userErrors { code } } }";
    assert_eq!(world.ask(owner, query, Value::Null).await.data()["signOut"]["userErrors"], json!([]));
}

#[tokio::test]
async fn the_platforms_staff_looks_into_a_closed_tenant_and_opens_it() {
    let house = House::build().await;
    let House { world, staff, .. } = &house;
    house.set_status("SUSPENDED").await;
    let seen = world.ask(staff, "{ tenant { name settings quotas { used } } }", Value::Null).await;
    assert_eq!(seen.data()["tenant"], json!({ "name": "House", "settings": {}, "quotas": [] }));
    house.set_status("TRIAL").await;
    assert_eq!(audited(world, &house.id()).await, ["tenant.set_status", "tenant.set_status"]);
    let told = world.value("select changes from audit_logs order by index_id desc limit 1").await.unwrap();
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told, json!({ "before": { "status": "suspended" }, "after": { "status": "trial", "reason": "a test" } }));
}

#[tokio::test]
async fn a_status_is_changed_by_the_platforms_staff_alone_with_a_reason() {
    let house = House::with(|script, tenant| {
        // Of the staff, and an owner besides: but by no role of the platform.
        let both = script.user("Bo Both");
        script.member(tenant, both, migration::catalog::BaseRole::Owner);
        script.add(&format!("update users set user_type = 'developer' where id = '{both}'"));
    })
    .await;
    let House { world, staff, .. } = &house;
    let both = world.value("select id from users where display_name = 'Bo Both'").await.unwrap();
    let both = world.token(both.parse().unwrap(), Some(house.tenant)).await;
    for token in [&house.owner, &house.admin, &house.member, &both] {
        assert_eq!(set(&house, token, "SUSPENDED", "mine").await.codes(), ["FORBIDDEN"]);
    }
    for (status, reason, field, code) in [
        ("SUSPENDED", "  ", "reason", "INVALID"),
        ("SUSPENDED", &*"r".repeat(501), "reason", "TOO_LONG"),
        ("ACTIVE", "so", "status", "ALREADY_DONE"),
        ("TRIAL", "so", "status", "INVALID"),
    ] {
        assert_eq!(refused(&set(&house, staff, status, reason).await), (json!([field]), code.to_owned()));
    }
    let other = json!({ "tenantId": entity::join("ten", clock::new_id::<Uuid>()), "status": "SUSPENDED", "reason": "wrong one" });
    assert_eq!(send(world, staff, "setTenantStatus", "", other).await.codes(), ["NOT_FOUND"], "only the one that was entered");
    assert_eq!(world.value("select status from tenants").await.as_deref(), Some("active"));
}

#[tokio::test]
async fn what_a_status_permits_costs_no_statement() {
    let house = House::build().await;
    let House { world, owner, .. } = &house;
    let query = "{ organizations { totalCount } }";
    for _ in 0..3 {
        world.ask(owner, query, Value::Null).await.data();
    }
    let before = world.ask(owner, query, Value::Null).await.statements();
    world.sql("update tenants set status = 'trial'").await;
    world.ask(owner, query, Value::Null).await.data();
    world.ask(owner, query, Value::Null).await.data();
    assert_eq!(world.ask(owner, query, Value::Null).await.statements(), before);
}
