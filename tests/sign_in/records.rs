//! What happens to accounts, as the tenant's audit log, those who listen, and those who may read of it see it.

use serde_json::{Value, json};

use super::{PASSWORD, done, give_password, refused, send, sign_in};
use crate::world::{World, identity};

#[tokio::test]
async fn a_change_of_how_somebody_signs_in_is_written_down_once_everywhere() {
    let world = World::demo().await;
    let email = give_password(&world, "owner").await;
    let (here, elsewhere) = (sign_in(&world, &email, PASSWORD).await, sign_in(&world, &email, PASSWORD).await);
    done(
        &send(&world, Some(&here), "changePassword", json!({ "currentPassword": PASSWORD, "newPassword": "another good one" }))
            .await,
    );
    done(&send(&world, Some(&here), "signOut", json!({})).await);
    drop(elsewhere);
    let (tenant, user) = (identity("owner").tenant_id, identity("owner").user_id);
    for (table, action) in [("audit_logs", "action"), ("outbox_events", "type")] {
        let rows = format!(
            "select string_agg({action}, ' ' order by index_id) from {table} where tenant_id = '{tenant}' and actor_type = 'user'
                and actor_id = '{user}' and resource_type = 'user' and resource_id = '{user}'"
        );
        assert_eq!(world.value(&rows).await.as_deref(), Some("password.change session.sign_out"), "{table}");
    }
    let same =
        "select count(*) from audit_logs entry join outbox_events told using (tenant_id, id) where entry.changes = told.data";
    assert_eq!(world.value(same).await.as_deref(), Some("2"));
    let secrets = "select count(*) from audit_logs row where row::text like '%argon2%' or row::text like '%another good%'";
    assert_eq!(world.value(secrets).await.as_deref(), Some("0"));
}

#[tokio::test]
async fn events_of_members_are_for_those_who_may_read_the_log_and_stay_in_their_tenant() {
    let world = World::demo().await;
    let email = give_password(&world, "member").await;
    let wrong = send(&world, None, "signIn", json!({ "email": email, "password": "wrong" })).await;
    assert_eq!(refused(&wrong).1, "WRONG_CREDENTIALS");
    sign_in(&world, &email, PASSWORD).await;
    let outsider = give_password(&world, "outsider").await;
    sign_in(&world, &outsider, PASSWORD).await;
    let query = "query($filter: UserEventFilter) { userEvents(first: 10, filter: $filter) { totalCount nodes { type user { id } ipAddress } } }";
    let owner = world.act_as("owner").await;
    let all = world.ask(&owner, query, json!({})).await;
    let user = entity::join("user", identity("member").user_id);
    let event = |kind: &str| json!({ "type": kind, "user": { "id": user }, "ipAddress": "127.0.0.1" });
    assert_eq!(all.data()["userEvents"], json!({ "totalCount": 2, "nodes": [event("sign_in.succeed"), event("sign_in.fail")] }));
    for (filter, count) in [
        (json!({ "type": "sign_in.fail" }), 1),
        (json!({ "user": user }), 2),
        (json!({ "user": entity::join("user", identity("outsider").user_id) }), 0),
        (json!({ "from": "2100-01-01T00:00:00Z" }), 0),
        (json!({ "to": "2100-01-01T00:00:00Z", "type": "sign_in.succeed" }), 1),
    ] {
        let answer = world.ask(&owner, query, json!({ "filter": filter })).await;
        assert_eq!(answer.data()["userEvents"]["totalCount"], count, "{filter}");
    }
    let member = world.act_as("member").await;
    assert_eq!(world.ask(&member, query, Value::Null).await.codes(), ["FORBIDDEN"]);
}

#[tokio::test]
async fn a_sign_up_with_a_key_happens_once() {
    let world = World::demo().await;
    let input = |key: &str, organization: &str| json!({ "email": "ada@example.com", "password": PASSWORD, "displayName": "Ada", "organizationName": organization, "idempotencyKey": key });
    let letters = "select count(*) from emails";
    done(&send(&world, None, "signUp", input("k1", "Engines")).await);
    assert_eq!(world.value(letters).await.as_deref(), Some("1"));
    done(&send(&world, None, "signUp", input("k1", "Engines")).await);
    assert_eq!(world.value(letters).await.as_deref(), Some("1"), "nothing is done a second time");
    let other = send(&world, None, "signUp", input("k1", "Others")).await;
    assert_eq!(refused(&other), (json!(["idempotencyKey"]), "IDEMPOTENCY_KEY_REUSED".to_owned()));
    done(&send(&world, None, "signUp", input("k2", "Engines")).await);
    assert_eq!(world.value(letters).await.as_deref(), Some("2"), "another key is another sign-up");
    assert_eq!(refused(&send(&world, None, "signUp", input("", "Engines")).await).0, json!(["idempotencyKey"]));
}
