//! Webhooks of an identity provider: taken over once, in their order, whoever sends them how often.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::StatusCode;
use ring::hmac;
use serde_json::{Value, json};
use tenantry::clock;
use tenantry::gateway::Settings;
use tokio::task::JoinSet;

use super::{PASSWORD, done, refused, send};
use crate::world::{World, identity};

const SECRET: &str = "c2VjcmV0IG9mIGEgd2ViaG9vaw==";

async fn world() -> World {
    World::behind(|settings| Settings { identity_webhook: Some(format!("whsec_{SECRET}").parse().unwrap()), ..settings }).await
}

/// Sends an event, signed with this secret.
async fn tell_with(world: &World, secret: &str, id: &str, event: &Value) -> StatusCode {
    let (body, sent_at) = (event.to_string(), clock::now().timestamp());
    let key = hmac::Key::new(hmac::HMAC_SHA256, &STANDARD.decode(secret).unwrap());
    let signature = STANDARD.encode(hmac::sign(&key, format!("{id}.{sent_at}.{body}").as_bytes()).as_ref());
    let request = world.client().post(world.url("/webhooks/identity")).header("content-type", "application/json");
    let request =
        request.header("svix-id", id).header("svix-timestamp", sent_at).header("svix-signature", format!("v1,{signature}"));
    request.body(body).send().await.unwrap().status()
}

async fn tell(world: &World, id: &str, event: Value) {
    assert_eq!(tell_with(world, SECRET, id, &event).await, StatusCode::NO_CONTENT, "{event:#}");
}

/// An event about a person, so many seconds after the first.
fn user(kind: &str, at: i64, email: &str, first_name: &str) -> Value {
    json!({
        "type": kind, "timestamp": 1_750_000_000_000_i64 + at * 1_000,
        "data": {
            "id": "user_1", "first_name": first_name, "last_name": null, "image_url": "https://img.example.com/1", "banned": false,
            "primary_email_address_id": "idn_2", "email_addresses": [
                { "id": "idn_1", "email_address": "old@example.com", "verification": { "status": "unverified" } },
                { "id": "idn_2", "email_address": email, "verification": { "status": "verified" } }],
        },
    })
}

async fn person(world: &World) -> Option<String> {
    world
        .value("select string_agg(concat_ws(' ', email, display_name, email_verified_at is not null, deleted_at is not null), ',') from users where clerk_user_id = 'user_1'")
        .await
}

#[tokio::test]
async fn people_come_change_and_go_as_the_provider_says_and_never_backwards() {
    let world = world().await;
    tell(&world, "m1", user("user.created", 0, "Ada@Example.com", "Ada")).await;
    assert_eq!(person(&world).await.as_deref(), Some("ada@example.com Ada t f"));
    tell(&world, "m3", user("user.updated", 20, "ada@example.com", "Countess")).await;
    tell(&world, "m2", user("user.updated", 10, "late@example.com", "Late")).await;
    assert_eq!(person(&world).await.as_deref(), Some("ada@example.com Countess t f"), "an older event comes too late");
    tell(&world, "m3", user("user.updated", 99, "ada@example.com", "Twice")).await;
    assert_eq!(person(&world).await.as_deref(), Some("ada@example.com Countess t f"), "an event is taken once");
    tell(&world, "m4", user("user.updated", 30, "new@example.com", "Countess")).await;
    assert_eq!(person(&world).await.as_deref(), Some("new@example.com Countess t f"));
    tell(
        &world,
        "m6",
        json!({ "type": "user.deleted", "timestamp": 1_750_000_060_000_i64, "data": { "id": "user_1", "deleted": true } }),
    )
    .await;
    tell(&world, "m5", user("user.updated", 50, "back@example.com", "Back")).await;
    assert_eq!(person(&world).await.as_deref(), Some("new@example.com Countess t t"), "who is gone stays gone");
    tell(&world, "m7", json!({ "type": "session.created", "data": { "id": "sess_1" } })).await;
    let outcomes = "select string_agg(outcome, ' ' order by event_id) from provider_events";
    assert_eq!(world.value(outcomes).await.as_deref(), Some("taken outdated taken taken outdated taken ignored"));
}

#[tokio::test]
async fn companies_and_who_belongs_where_follow() {
    let world = world().await;
    let organization = |kind: &str, name: &str| json!({ "type": kind, "timestamp": clock::now().timestamp_millis(), "data": { "id": "org_1", "name": name, "slug": "larkspur" } });
    let membership = |kind: &str, role: &str| {
        json!({ "type": kind, "timestamp": clock::now().timestamp_millis(), "data": {
            "id": "orgmem_1", "role": role, "organization": { "id": "org_1" }, "public_user_data": { "user_id": "user_1" } } })
    };
    let early = tell_with(&world, SECRET, "m0", &membership("organizationMembership.created", "org:member")).await;
    assert_eq!(early, StatusCode::SERVICE_UNAVAILABLE, "nobody knows of whom it speaks yet");
    tell(&world, "o1", organization("organization.created", "Engines")).await;
    tell(&world, "u1", user("user.created", 0, "ada@example.com", "Ada")).await;
    tell(&world, "m0", membership("organizationMembership.created", "org:member")).await;
    let place = "select string_agg(concat_ws(' ', tenant.name, tenant.slug ~ '^larkspur-[0-9a-f]{8}$', member.role, member.is_primary, member.deleted_at is null), ',')
        from tenants tenant join tenant_memberships member on member.tenant_id = tenant.id where clerk_org_id = 'org_1'";
    assert_eq!(world.value(place).await.as_deref(), Some("Engines t member t t"));
    tell(&world, "m1", membership("organizationMembership.updated", "org:admin")).await;
    tell(&world, "o2", organization("organization.updated", "Analytical Engines")).await;
    assert_eq!(world.value(place).await.as_deref(), Some("Analytical Engines t admin t t"));
    tell(&world, "m2", membership("organizationMembership.deleted", "org:admin")).await;
    assert_eq!(world.value(place).await.as_deref(), Some("Analytical Engines t admin t f"));
    tell(&world, "o3", organization("organization.deleted", "Analytical Engines")).await;
    let gone = "select status = 'churned' and deleted_at is not null from tenants where clerk_org_id = 'org_1'";
    assert_eq!(world.value(gone).await.as_deref(), Some("true"));
}

#[tokio::test]
async fn an_address_is_linked_only_where_it_is_proven_and_a_squatters_password_is_forgotten() {
    let world = world().await;
    let sign_up = json!({ "email": "ada@example.com", "password": PASSWORD, "displayName": "Squatter", "organizationName": "S" });
    done(&send(&world, None, "signUp", sign_up).await);
    let mut unproven = user("user.created", 0, "ada@example.com", "Ada");
    unproven["data"]["email_addresses"][1]["verification"]["status"] = json!("unverified");
    tell(&world, "m1", unproven).await;
    assert_eq!(person(&world).await, None, "whoever only says so is not linked");
    tell(&world, "m2", user("user.updated", 10, "ada@example.com", "Ada")).await;
    assert_eq!(person(&world).await.as_deref(), Some("ada@example.com Ada t f"));
    let answer = send(&world, None, "signIn", json!({ "email": "ada@example.com", "password": PASSWORD })).await;
    assert_eq!(refused(&answer).1, "WRONG_CREDENTIALS");
}

#[tokio::test]
async fn what_is_not_signed_is_not_read_and_many_at_once_are_taken_once() {
    let world = std::sync::Arc::new(world().await);
    let event = user("user.created", 0, "ada@example.com", "Ada");
    assert_eq!(tell_with(&world, "c29tZWJvZHkgZWxzZSBzaWducw==", "m1", &event).await, StatusCode::UNAUTHORIZED);
    assert_eq!(person(&world).await, None);
    let mut attempts = JoinSet::new();
    for number in 0..10 {
        let world = world.clone();
        let event = user("user.created", number, "ada@example.com", &format!("Ada {number}"));
        attempts.spawn(async move { tell(&world, &format!("m{}", number % 5), event).await });
    }
    attempts.join_all().await;
    assert_eq!(world.value("select count(*) from users where clerk_user_id = 'user_1'").await.as_deref(), Some("1"));
    assert_eq!(world.value("select count(*) from provider_events").await.as_deref(), Some("5"));
    let without = World::demo().await;
    assert_eq!(tell_with(&without, SECRET, "m1", &event).await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_is_deleted_at_the_provider_goes_as_everybody_does_and_an_owner_is_shut_out() {
    let world = world().await;
    let gone = |id: &str| json!({ "type": "user.deleted", "timestamp": clock::now().timestamp_millis(), "data": { "id": id } });
    let (member, owner) = (identity("member").user_id, identity("owner").user_id);
    world.sql(&format!("update users set clerk_user_id = 'user_m' where id = '{member}'")).await;
    world.sql(&format!("update users set clerk_user_id = 'user_o' where id = '{owner}'")).await;
    let token = world.act_as("member").await;
    tell(&world, "d1", gone("user_m")).await;
    assert_eq!(world.ask(&token, "{ viewer { user { id } } }", Value::Null).await.status, StatusCode::UNAUTHORIZED);
    let left = "select (select count(*) from tenant_memberships where user_id = person.id and deletion_id is distinct from person.deletion_id)
        + (select count(*) from organization_memberships where user_id = person.id and deletion_id is distinct from person.deletion_id)
        from users person where clerk_user_id = 'user_m' and deletion_id is not null";
    assert_eq!(world.value(left).await.as_deref(), Some("0"), "all of it bears one deletion");
    let listed = format!(
        "select count(*) > 0 and count(*) = count(distinct tenant_id) from deletions where resource_id = '{member}' and kind = 'user'"
    );
    assert_eq!(world.value(&listed).await.as_deref(), Some("true"));
    let written = format!("select count(*) from audit_logs where action = 'user.delete' and resource_id = '{member}'");
    assert_eq!(
        world.value(&written).await,
        world.value(&format!("select count(*) from deletions where resource_id = '{member}'")).await
    );

    let owns = world.value(&format!("select count(*) from organizations where owner_id = '{owner}' and deleted_at is null")).await;
    assert_ne!(owns.as_deref(), Some("0"), "the demo's owner owns something");
    let token = world.act_as("owner").await;
    tell(&world, "d2", gone("user_o")).await;
    assert_eq!(world.ask(&token, "{ viewer { user { id } } }", Value::Null).await.status, StatusCode::UNAUTHORIZED);
    let state = format!("select concat_ws(' ', is_active, deleted_at is null) from users where id = '{owner}'");
    assert_eq!(world.value(&state).await.as_deref(), Some("f t"), "an organization is always somebody's");
}
