//! Entering a tenant that one does not belong to.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{send, tenant};
use crate::world::{World, identity};

const WHERE: &str = "viewer { tenant { slug } }";

#[tokio::test]
async fn a_visitor_says_why_before_anything_is_seen_and_members_need_not() {
    let world = World::demo().await;
    let developer = world.token(identity("developer").user_id, None).await;
    for reason in [None, Some(""), Some("  ")] {
        let input = json!({ "tenantId": tenant("outsider"), "reason": reason });
        let answer = send(&world, &developer, "switchTenant", WHERE, input).await;
        assert_eq!(answer.data()["it"], json!({ "viewer": null, "userErrors": [{ "field": ["reason"], "code": "INVALID" }] }));
    }
    let long =
        send(&world, &developer, "switchTenant", WHERE, json!({ "tenantId": tenant("owner"), "reason": "x".repeat(501) })).await;
    assert_eq!(long.data()["it"]["userErrors"], json!([{ "field": ["reason"], "code": "TOO_LONG" }]));
    assert_eq!(world.value("select count(*) from audit_logs").await.as_deref(), Some("0"));
    let nowhere = world.ask(&developer, "{ tenant { slug } organizations { totalCount } }", Value::Null).await;
    assert_eq!((&nowhere.data()["tenant"], &nowhere.data()["organizations"]["totalCount"]), (&Value::Null, &json!(0)));

    let input = json!({ "tenantId": tenant("outsider"), "reason": " ticket 4711 " });
    let answer = send(&world, &developer, "switchTenant", WHERE, input).await;
    assert_eq!(answer.data()["it"]["viewer"]["tenant"]["slug"], "tidewater");
    let written = "select concat_ws(' ', tenant_id, actor_type, actor_id, action, changes -> 'after' ->> 'reason') from audit_logs";
    let expected =
        format!("{} developer {} session.switch_tenant ticket 4711", identity("outsider").tenant_id, identity("developer").user_id);
    assert_eq!(world.value(written).await, Some(expected));

    let member = world.act_as("manager").await;
    let answer = send(&world, &member, "switchTenant", WHERE, json!({ "tenantId": tenant("outsider") })).await;
    assert_eq!(answer.data()["it"]["viewer"]["tenant"]["slug"], "tidewater");
}

#[tokio::test]
async fn a_visitor_passes_the_gate_of_bills() {
    let world = World::demo().await;
    world.sql("update subscriptions set status = 'unpaid', past_due_since = now() - interval '60 days' where product_type = 'plan' and status in ('active', 'past_due', 'trialing')").await;
    let developer = world.act_as("developer").await;
    let organizations = "{ organizations(first: 1) { nodes { id name billingState } totalCount } }";
    let answer = world.ask(&developer, organizations, Value::Null).await;
    assert_eq!(answer.data()["organizations"]["nodes"][0]["billingState"], "LOCKED");
    assert_eq!(answer.status, StatusCode::OK);
}
