//! `createTenant` and `setPrimaryTenant`.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tenantry::clock;
use uuid::Uuid;

use super::{House, audited, done, refused, send};
use crate::world::World;

const TENANT: &str = "tenant { id slug name status brand logoUrl }";

/// Somebody with a proven address who belongs to no tenant, and a session in none.
async fn newcomer(world: &World) -> (Uuid, String) {
    let id: Uuid = clock::new_id();
    world
        .sql(&format!(
            "insert into users (id, email, email_verified_at, display_name) values ('{id}', '{id}@new.example', now(), 'Nora Newcomer')"
        ))
        .await;
    (id, world.token(id, None).await)
}

#[tokio::test]
async fn whoever_founds_a_tenant_owns_it_and_can_work_in_it_at_once() {
    let world = World::empty().await;
    let (_, token) = newcomer(&world).await;
    let input =
        json!({ "name": " Acme Tools ", "brand": "Acme", "logoUrl": "https://acme.example/logo.svg", "clientMutationId": "c" });
    let answer = send(&world, &token, "createTenant", TENANT, input).await;
    let made = &done(&answer)["tenant"];
    let id = made["id"].as_str().unwrap();
    let expected = json!({ "id": id, "slug": "acme-tools", "name": "Acme Tools", "status": "TRIAL", "brand": "Acme", "logoUrl": "https://acme.example/logo.svg" });
    assert_eq!((made, &answer.data()["it"]["clientMutationId"]), (&expected, &json!("c")));
    // The session was in no tenant: now it is in this one. The roles that every tenant has are there.
    let seen = world
        .ask(
            &token,
            "{ viewer { primaryTenant { id } tenant { id features settings dataRetentionDays quotas { metric limit used }
                members { nodes { role user { displayName } } } } } roles { totalCount } }",
            Value::Null,
        )
        .await;
    let viewer = &seen.data()["viewer"];
    assert_eq!((&viewer["primaryTenant"]["id"], &viewer["tenant"]["id"]), (&json!(id), &json!(id)));
    assert_eq!((&seen.data()["roles"]["totalCount"], &viewer["tenant"]["features"]), (&json!(5), &json!({})));
    assert_eq!(viewer["tenant"]["members"]["nodes"], json!([{ "role": "OWNER", "user": { "displayName": "Nora Newcomer" } }]));
    let quotas = json!([
        { "metric": "API_KEYS", "limit": "25", "used": "0" },
        { "metric": "MEMBERS", "limit": "250", "used": "1" },
        { "metric": "ORGANIZATIONS", "limit": "25", "used": "0" },
    ]);
    assert_eq!(viewer["tenant"]["quotas"], quotas);
    assert_eq!(audited(&world, id).await, ["tenant.create", "tenant_membership.create"]);
    let organization = send(&world, &token, "createOrganization", "organization { name }", json!({ "name": "First" })).await;
    assert_eq!(done(&organization)["organization"]["name"], "First");
    // A second one is made beside it: the session stays where it is, and so does what is primary.
    let second = send(&world, &token, "createTenant", TENANT, json!({ "name": "Acme Tools" })).await;
    let slug = done(&second)["tenant"]["slug"].as_str().unwrap();
    assert!(slug.starts_with("acme-tools-"), "a name that is taken in addresses gives way: {slug}");
    let seen = world.ask(&token, "{ viewer { primaryTenant { id } tenant { id } tenants { id } } }", Value::Null).await;
    let viewer = &seen.data()["viewer"];
    assert_eq!((&viewer["primaryTenant"]["id"], &viewer["tenant"]["id"]), (&json!(id), &json!(id)));
    assert_eq!(viewer["tenants"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_input_that_can_be_mended_founds_nothing() {
    let world = World::empty().await;
    let (user, token) = newcomer(&world).await;
    done(&send(&world, &token, "createTenant", TENANT, json!({ "name": "First", "slug": "first" })).await);
    for (input, field, code) in [
        (json!({ "name": " " }), json!(["name"]), "INVALID"),
        (json!({ "name": "n".repeat(201) }), json!(["name"]), "TOO_LONG"),
        (json!({ "name": "Second", "slug": "First" }), json!(["slug"]), "TAKEN"),
        (json!({ "name": "Second", "slug": "-second" }), json!(["slug"]), "INVALID"),
        (json!({ "name": "Second", "slug": "s".repeat(64) }), json!(["slug"]), "TOO_LONG"),
        (json!({ "name": "Second", "logoUrl": "http://second.example/logo" }), json!(["logoUrl"]), "INVALID"),
        (json!({ "name": "Second", "logoUrl": "https://user@second.example" }), json!(["logoUrl"]), "INVALID"),
        (json!({ "name": "Second", "brand": "" }), json!(["brand"]), "INVALID"),
        (json!({ "name": "Second", "idempotencyKey": "" }), json!(["idempotencyKey"]), "INVALID"),
    ] {
        let answer = send(&world, &token, "createTenant", TENANT, input.clone()).await;
        assert_eq!(refused(&answer), (field, code.to_owned()), "{input}");
    }
    world.sql(&format!("update users set email_verified_at = null where id = '{user}'")).await;
    let answer = send(&world, &token, "createTenant", TENANT, json!({ "name": "Second" })).await;
    assert_eq!(refused(&answer), (Value::Null, "EMAIL_NOT_VERIFIED".to_owned()));
    assert_eq!(world.value("select count(*) from tenants").await.as_deref(), Some("1"));
}

#[tokio::test]
async fn the_same_key_founds_one_tenant_however_many_requests_come_at_once() {
    let world = World::empty().await;
    let (_, token) = newcomer(&world).await;
    let input = json!({ "name": "Once", "idempotencyKey": "k1" });
    let answers = join_all((0..12).map(|_| send(&world, &token, "createTenant", TENANT, input.clone()))).await;
    let made: BTreeSet<String> = answers.iter().map(|answer| done(answer)["tenant"]["id"].to_string()).collect();
    assert_eq!((made.len(), world.value("select count(*) from tenants").await.as_deref()), (1, Some("1")));
    let other = json!({ "name": "Other", "idempotencyKey": "k1" });
    let other = send(&world, &token, "createTenant", TENANT, other).await;
    assert_eq!(refused(&other), (json!(["idempotencyKey"]), "IDEMPOTENCY_KEY_REUSED".to_owned()));
    // Another person's key of the same text is another one.
    let (_, neighbour) = newcomer(&world).await;
    let theirs = send(&world, &neighbour, "createTenant", TENANT, input).await;
    assert!(!made.contains(&done(&theirs)["tenant"]["id"].to_string()));
}

#[tokio::test]
async fn nobody_founds_more_tenants_on_trial_than_five_however_many_at_once() {
    let world = World::empty().await;
    let (_, token) = newcomer(&world).await;
    let found = async |number: u32| send(&world, &token, "createTenant", TENANT, json!({ "name": format!("Try {number}") })).await;
    let answers = join_all((0..12).map(found)).await;
    let made = answers.iter().filter(|answer| answer.data()["it"]["tenant"].is_object()).count();
    assert_eq!(made, 5);
    let full = answers.iter().find(|answer| answer.data()["it"]["tenant"].is_null()).unwrap();
    assert_eq!(refused(full), (Value::Null, "QUOTA_EXCEEDED".to_owned()));
    // What has become a customer, or was given up, is on trial no longer.
    world.sql("update tenants set status = 'active' where slug like 'try-%'").await;
    done(&found(99).await);
}

#[tokio::test]
async fn signing_in_goes_to_the_primary_tenant_of_which_there_is_one() {
    let house = House::build().await;
    let House { world, owner, .. } = &house;
    let answer = send(world, owner, "createTenant", TENANT, json!({ "name": "Second" })).await;
    let second = done(&answer)["tenant"]["id"].as_str().unwrap().to_owned();
    let first = house.id();
    let primaries = async || {
        let sql = format!(
            "select string_agg(tenant_id::text, ',') from tenant_memberships where user_id = '{}' and is_primary and deleted_at is null",
            house.owner_id
        );
        world.value(&sql).await.map(|id| entity::join("ten", id.parse().unwrap()))
    };
    assert_eq!(primaries().await.as_deref(), Some(second.as_str()), "there was none before");
    let set = async |tenant: &str| send(world, owner, "setPrimaryTenant", "tenant { id }", json!({ "tenantId": tenant })).await;
    assert_eq!(done(&set(&first).await)["tenant"]["id"], first);
    assert_eq!(primaries().await.as_deref(), Some(first.as_str()));
    // Once more changes nothing, and is not written down again.
    done(&set(&first).await);
    assert_eq!(audited(world, &first).await, ["user.set_primary_tenant"]);
    let seen = world.ask(owner, "{ viewer { primaryTenant { id } } }", Value::Null).await;
    assert_eq!(seen.data()["viewer"]["primaryTenant"]["id"], first);
    // Side by side, there is one at every end.
    let wanted = [&first, &second];
    join_all((0..16).map(|number| set(wanted[number % 2]))).await.iter().for_each(|answer| drop(done(answer).clone()));
    assert!(wanted.contains(&&primaries().await.unwrap()));
    done(&set(&second).await);

    let hash = world.gateway.services.passwords.hash("correct horse battery".to_owned()).await.unwrap();
    world.sql(&format!("update users set password_hash = '{hash}' where id = '{}'", house.owner_id)).await;
    let email = world.value(&format!("select email from users where id = '{}'", house.owner_id)).await.unwrap();
    let input = json!({ "email": email, "password": "correct horse battery" });
    let opened = send(world, owner, "signIn", "session { token }", input).await;
    let token = done(&opened)["session"]["token"].as_str().unwrap().to_owned();
    let seen = world.ask(&token, "{ viewer { tenant { id } } }", Value::Null).await;
    assert_eq!(seen.data()["viewer"]["tenant"]["id"], second);
}

#[tokio::test]
async fn a_tenant_that_one_is_no_active_member_of_becomes_nobodys_primary_one() {
    let house = House::with(|script, tenant| {
        script.add(&format!("update tenant_memberships set status = 'suspended' where tenant_id = '{tenant}' and role = 'admin'"));
    })
    .await;
    let House { world, owner, admin, .. } = &house;
    let (_, stranger) = newcomer(world).await;
    for (token, tenant) in [(&stranger, house.id()), (admin, house.id()), (owner, "ten_01h455vb4pex5vsknk084sn02q".to_owned())] {
        let answer = send(world, token, "setPrimaryTenant", "tenant { id }", json!({ "tenantId": tenant })).await;
        assert_eq!(refused(&answer), (json!(["tenantId"]), "NOT_FOUND".to_owned()));
    }
    assert_eq!(world.value("select count(*) from tenant_memberships where is_primary").await.as_deref(), Some("0"));
}
