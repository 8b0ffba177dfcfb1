//! Sessions: shown, ended one by one and all together.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{PASSWORD, done, events, give_password, refused, send, sign_in};
use crate::world::{World, identity};

const SESSIONS: &str = "{ viewer { sessions(first: 10) { totalCount nodes { id device ipAddress userAgent lastSeenAt expiresAt isCurrent } pageInfo { hasNextPage } } } }";

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0";

#[tokio::test]
async fn people_see_where_they_are_signed_in_and_end_it() {
    let world = World::demo().await;
    let email = give_password(&world, "owner").await;
    let first = sign_in(&world, &email, PASSWORD).await;
    let query = "mutation($email: String!, $password: String!) { signIn(input: { email: $email, password: $password }) { session { token } } }";
    let request = world.request(None).header("user-agent", FIREFOX);
    let answer = world.send(request.json(&json!({ "query": query, "variables": { "email": email, "password": PASSWORD } }))).await;
    let second = answer.data()["signIn"]["session"]["token"].as_str().unwrap().to_owned();

    let shown = world.ask(&second, SESSIONS, Value::Null).await;
    let sessions = &shown.data()["viewer"]["sessions"];
    assert_eq!(sessions["totalCount"], 2);
    let newest = &sessions["nodes"][0];
    assert_eq!(
        (&newest["device"], &newest["ipAddress"], &newest["userAgent"]),
        (&json!("Firefox on Linux"), &json!("127.0.0.1"), &json!(FIREFOX))
    );
    assert_eq!((&newest["isCurrent"], &sessions["nodes"][1]["isCurrent"]), (&json!(true), &json!(false)));
    assert!(newest["lastSeenAt"].is_string() && newest["expiresAt"].is_string());
    let page = world
        .ask(&second, "{ viewer { sessions(last: 1) { nodes { isCurrent } pageInfo { hasPreviousPage } } } }", Value::Null)
        .await;
    let page = &page.data()["viewer"]["sessions"];
    assert_eq!((&page["nodes"], &page["pageInfo"]["hasPreviousPage"]), (&json!([{ "isCurrent": false }]), &json!(true)));

    let id = sessions["nodes"][1]["id"].as_str().unwrap().to_owned();
    done(&send(&world, Some(&second), "revokeSession", json!({ "sessionId": id })).await);
    assert_eq!(world.ask(&first, SESSIONS, Value::Null).await.status, StatusCode::UNAUTHORIZED);
    let again = send(&world, Some(&second), "revokeSession", json!({ "sessionId": id })).await;
    assert_eq!(refused(&again), (json!(["sessionId"]), "NOT_FOUND".to_owned()));

    let (third, fourth) = (sign_in(&world, &email, PASSWORD).await, sign_in(&world, &email, PASSWORD).await);
    let answer = send(&world, Some(&second), "revokeOtherSessions", json!({ "clientMutationId": "r" })).await;
    assert_eq!((&done(&answer)["revokedCount"], &answer.data()["it"]["clientMutationId"]), (&json!(2), &json!("r")));
    for ended in [third, fourth] {
        assert_eq!(world.ask(&ended, SESSIONS, Value::Null).await.status, StatusCode::UNAUTHORIZED);
    }
    let kinds = events(&world, &second).await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "session.revoke").count(), 2);
    done(&send(&world, Some(&second), "signOut", json!({})).await);
    assert_eq!(world.ask(&second, SESSIONS, Value::Null).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn sessions_and_events_of_others_are_out_of_reach() {
    let world = World::demo().await;
    let (owner, admin) = (give_password(&world, "owner").await, give_password(&world, "admin").await);
    let (owner, admin) = (sign_in(&world, &owner, PASSWORD).await, sign_in(&world, &admin, PASSWORD).await);
    let shown = world.ask(&owner, SESSIONS, Value::Null).await;
    let id = shown.data()["viewer"]["sessions"]["nodes"][0]["id"].clone();
    let foreign = send(&world, Some(&admin), "revokeSession", json!({ "sessionId": id })).await;
    assert_eq!(refused(&foreign).1, "NOT_FOUND");
    assert_eq!(world.ask(&owner, SESSIONS, Value::Null).await.status, StatusCode::OK);
    assert_eq!(events(&world, &admin).await, ["sign_in.succeed"]);
    let all = world.ask(&admin, SESSIONS, Value::Null).await;
    assert_eq!(all.data()["viewer"]["sessions"]["totalCount"], 1);
}

#[tokio::test]
async fn a_session_begins_where_its_person_is_at_home() {
    let world = World::demo().await;
    let email = give_password(&world, "manager").await;
    let user = identity("manager").user_id;
    let there = identity("outsider").tenant_id;
    let slug = async || {
        let token = sign_in(&world, &email, PASSWORD).await;
        world.ask(&token, "{ tenant { slug } }", Value::Null).await.data()["tenant"]["slug"].clone()
    };
    world.sql(&format!("update tenant_memberships set is_primary = false where user_id = '{user}'")).await;
    world.sql(&format!("update tenant_memberships set is_primary = true where user_id = '{user}' and tenant_id = '{there}'")).await;
    assert_eq!(slug().await, "tidewater");
    world
        .sql(&format!("update tenant_memberships set deleted_at = now() where user_id = '{user}' and tenant_id = '{there}'"))
        .await;
    assert_eq!(slug().await, "larkspur", "a membership that has ended is no home");
    world.sql(&format!("update tenant_memberships set deleted_at = now() where user_id = '{user}'")).await;
    let token = sign_in(&world, &email, PASSWORD).await;
    assert_eq!(world.ask(&token, "{ viewer { tenant { slug } } }", Value::Null).await.data()["viewer"]["tenant"], Value::Null);
}

#[tokio::test]
async fn when_somebody_was_last_seen_is_written_behind_the_requests() {
    let world = World::demo().await;
    let email = give_password(&world, "owner").await;
    let token = sign_in(&world, &email, PASSWORD).await;
    world.sql("update sessions set last_seen_at = now() - interval '1 hour'").await;
    world.sql("update users set last_active_at = null; update tenant_memberships set last_active_at = null").await;
    let version = "select sum(version) from access_versions";
    let before = world.value(version).await;
    world.ask(&token, SESSIONS, Value::Null).await.data();
    let seen = "select (select count(*) from sessions where last_seen_at > now() - interval '1 minute')
        + (select count(*) from users where last_active_at is not null) + (select count(*) from tenant_memberships where last_active_at is not null)";
    for _ in 0..100 {
        if world.value(seen).await.as_deref() == Some("3") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(world.value(seen).await.as_deref(), Some("3"), "session, person, membership");
    assert_eq!(world.value(version).await, before, "it alters nobody's access");
}
