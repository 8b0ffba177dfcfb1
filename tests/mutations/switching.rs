//! `switchTenant`.

use entity::id::TenantId;
use serde_json::{Value, json};

use super::{payload, send, user_errors};
use crate::world::{World, identity};

const WHERE: &str = "{ viewer { tenant { slug } } tenant { slug } organizations { totalCount } }";

#[tokio::test]
async fn from_the_next_request_on_the_session_is_in_the_other_tenant() {
    let world = World::demo().await;
    let token = world.act_as("manager").await;
    let elsewhere = world.act_as("manager").await;
    let there = TenantId::from(identity("outsider").tenant_id).to_string();
    let answer = send(&world, &token, "switchTenant", json!({ "tenantId": there, "clientMutationId": "s1" })).await;
    assert_eq!((user_errors(&answer), &payload(&answer)["clientMutationId"]), (Vec::new(), &json!("s1")));
    let viewer = json!({ "tenant": { "id": there, "slug": "tidewater" }, "memberships": { "totalCount": 1 } });
    assert_eq!(payload(&answer)["viewer"], viewer, "the payload is read in the new tenant");
    let now = world.ask(&token, WHERE, Value::Null).await;
    let tidewater = json!({ "slug": "tidewater" });
    assert_eq!((&now.data()["viewer"]["tenant"], &now.data()["tenant"]), (&tidewater, &tidewater));
    assert_eq!(now.data()["organizations"]["totalCount"], 1);
    let other = world.ask(&elsewhere, WHERE, Value::Null).await;
    assert_eq!(other.data()["tenant"]["slug"], "larkspur", "another session of the same person stays where it is");
}

#[tokio::test]
async fn what_follows_in_the_same_document_happens_in_the_new_tenant() {
    let world = World::demo().await;
    world.sql("update tenant_memberships set role = 'admin'").await;
    let token = world.act_as("manager").await;
    let there = TenantId::from(identity("outsider").tenant_id).to_string();
    let query = "mutation($there: ID!) {
        before: createOrganization(input: { name: \"Here\" }) { organization { name } }
        switchTenant(input: { tenantId: $there }) { viewer { tenant { slug } } }
        after: createOrganization(input: { name: \"There\" }) { organization { name } } }";
    world.ask(&token, query, json!({ "there": there })).await.data();
    let made = world
        .value(
            "select string_agg(name || ' in ' || slug, ', ' order by name) from (
                select organization.name, tenant.slug from organizations organization join tenants tenant on tenant.id = organization.tenant_id
                where organization.name in ('Here', 'There')) made",
        )
        .await;
    assert_eq!(made.as_deref(), Some("Here in larkspur, There in tidewater"));
}

#[tokio::test]
async fn a_tenant_that_one_does_not_belong_to_is_not_found_like_one_that_does_not_exist() {
    let world = World::demo().await;
    let token = world.act_as("outsider").await;
    let foreign = TenantId::from(identity("owner").tenant_id).to_string();
    let mut answers = Vec::new();
    for tenant in [foreign.as_str(), "ten_01h455vb4pex5vsknk084sn02q"] {
        let answer = send(&world, &token, "switchTenant", json!({ "tenantId": tenant })).await;
        assert_eq!(user_errors(&answer), [(json!(["tenantId"]), "NOT_FOUND".to_owned())]);
        answers.push(answer.data().clone());
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(world.ask(&token, WHERE, Value::Null).await.data()["tenant"]["slug"], "tidewater", "it is where it was");
}

#[tokio::test]
async fn whoever_has_left_a_tenant_cannot_enter_it_again() {
    let world = World::demo().await;
    let token = world.act_as("manager").await;
    let there = identity("outsider").tenant_id;
    world
        .sql(&format!(
            "update tenant_memberships set deleted_at = now() where tenant_id = '{there}' and user_id = '{}'",
            identity("manager").user_id
        ))
        .await;
    let answer = send(&world, &token, "switchTenant", json!({ "tenantId": TenantId::from(there).to_string() })).await;
    assert_eq!(user_errors(&answer), [(json!(["tenantId"]), "NOT_FOUND".to_owned())]);
}

#[tokio::test]
async fn a_session_without_a_tenant_can_choose_one() {
    let world = World::demo().await;
    let token = world.token(identity("manager").user_id, None).await;
    let lost = world.ask(&token, WHERE, Value::Null).await;
    assert_eq!((&lost.data()["tenant"], &lost.data()["organizations"]["totalCount"]), (&Value::Null, &json!(0)));
    let there = TenantId::from(identity("manager").tenant_id).to_string();
    let answer = send(&world, &token, "switchTenant", json!({ "tenantId": there })).await;
    assert_eq!(payload(&answer)["viewer"]["tenant"]["slug"], "larkspur");
}

#[tokio::test]
async fn a_developer_may_enter_any_tenant_that_there_is() {
    let world = World::demo().await;
    let token = world.act_as("developer").await;
    let there = TenantId::from(identity("outsider").tenant_id).to_string();
    let answer = send(&world, &token, "switchTenant", json!({ "tenantId": there, "reason": "ticket 1" })).await;
    assert_eq!(payload(&answer)["viewer"]["tenant"]["slug"], "tidewater");
    let nowhere = send(&world, &token, "switchTenant", json!({ "tenantId": "ten_01h455vb4pex5vsknk084sn02q" })).await;
    assert_eq!(user_errors(&nowhere), [(json!(["tenantId"]), "NOT_FOUND".to_owned())]);
    world.sql("update tenants set deleted_at = now() where slug = 'foxglove'").await;
    let foxglove = world.value("select id from tenants where slug = 'foxglove'").await.unwrap().parse::<uuid::Uuid>().unwrap();
    let deleted =
        send(&world, &token, "switchTenant", json!({ "tenantId": TenantId::from(foxglove).to_string(), "reason": "ticket 1" }))
            .await;
    assert_eq!(user_errors(&deleted), [(json!(["tenantId"]), "NOT_FOUND".to_owned())]);
}
