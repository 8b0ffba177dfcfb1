//! Keys that get a successor.

use serde_json::{Value, json};

use super::{House, made, user_errors};

#[tokio::test]
async fn both_keys_hold_for_a_while() {
    let house = House::new().await;
    let (old, first) = house.key(json!({ "scopes": ["roles.read"], "rateLimit": 7, "expiresAt": "2099-01-01T00:00:00Z" })).await;
    let answer = house.change(&house.token, "rotateApiKey", &old, json!({ "idempotencyKey": "r" })).await;
    let (new, second) = made(&answer, "rotateApiKey");
    let payload = &answer.data()["rotateApiKey"];
    assert_eq!((&payload["apiKey"]["scopes"], &payload["apiKey"]["rateLimit"]), (&json!(["roles.read"]), &json!(7)));
    assert_eq!(payload["replacedApiKey"]["replacedBy"]["id"], json!(new));
    assert!(house.gets_in(&first).await && house.gets_in(&second).await);
    // A day later the old one has ended; the new one lives as long as the old one was to.
    let (old_id, new_id) = (uuid_of(&old), uuid_of(&new));
    let ends = format!(
        "select (expires_at - now()) between interval '23 hours' and interval '24 hours' from api_keys where id = '{old_id}'"
    );
    assert_eq!(house.value(&ends).await.unwrap(), "true");
    let lives = format!("select (expires_at > now() + interval '70 years') from api_keys where id = '{new_id}'");
    assert_eq!(house.value(&lives).await.unwrap(), "true");
    house.world.sql(&format!("update api_keys set expires_at = now() where id = '{old_id}'")).await;
    assert!(!house.gets_in(&first).await && house.gets_in(&second).await);
    // A repetition makes no third one, and tells no secret.
    let again = house.change(&house.token, "rotateApiKey", &old, json!({ "idempotencyKey": "r" })).await;
    assert_eq!(
        (&again.data()["rotateApiKey"]["apiKey"]["id"], &again.data()["rotateApiKey"]["secret"]),
        (&json!(new), &Value::Null)
    );
    // And a key gets one successor.
    let late = house.change(&house.token, "rotateApiKey", &old, json!({})).await;
    assert_eq!(user_errors(&late, "rotateApiKey"), [(json!(["apiKeyId"]), "ALREADY_DONE".to_owned())]);
    let third = made(&house.change(&house.token, "rotateApiKey", &new, json!({ "overlapHours": 0 })).await, "rotateApiKey").1;
    assert!(!house.gets_in(&second).await && house.gets_in(&third).await, "without an overlap the old one ends at once");
    for hours in [-1, 721] {
        let (id, _) = house.key(json!({})).await;
        let wrong = house.change(&house.token, "rotateApiKey", &id, json!({ "overlapHours": hours })).await;
        assert_eq!(user_errors(&wrong, "rotateApiKey"), [(json!(["overlapHours"]), "INVALID".to_owned())]);
    }
}

#[tokio::test]
async fn whoever_rotates_a_key_becomes_its_maker() {
    let house = House::new().await;
    let admin = house.world.token(house.admin, Some(house.tenant)).await;
    // An admin gets to know no secret that lends it what only the owner holds.
    let (strong, _) = house.key(json!({ "scopes": ["audit.export"] })).await;
    let refused = house.change(&admin, "rotateApiKey", &strong, json!({})).await;
    assert_eq!(refused.body["errors"][0]["extensions"]["reason"], "not_held");
    let (id, old) = house.key(json!({ "scopes": ["organization.read"] })).await;
    let answer = house.change(&admin, "rotateApiKey", &id, json!({})).await;
    assert_eq!(answer.data()["rotateApiKey"]["apiKey"]["createdBy"]["displayName"], "Ada Admin");
    let (_, new) = made(&answer, "rotateApiKey");
    // What the admin loses, the new key loses; the old one is still the owner's.
    house.world.sql(&format!("update tenant_memberships set role = 'member' where user_id = '{}'", house.admin)).await;
    let list = "{ organizations { totalCount } }";
    assert_eq!(house.world.ask(&new, list, Value::Null).await.data()["organizations"]["totalCount"], 0);
    assert_eq!(house.world.ask(&old, list, Value::Null).await.data()["organizations"]["totalCount"], 2);
    // Whoever manages no keys does not learn of any.
    assert_eq!(house.change(&admin, "rotateApiKey", &id, json!({})).await.codes(), ["NOT_FOUND"]);
    assert_eq!(house.change(&admin, "revokeApiKey", &id, json!({})).await.codes(), ["NOT_FOUND"]);
}

#[tokio::test]
async fn what_has_ended_gets_no_successor() {
    let house = House::new().await;
    let (revoked, secret) = house.key(json!({})).await;
    house.change(&house.token, "revokeApiKey", &revoked, json!({})).await.data();
    assert!(!house.gets_in(&secret).await);
    let (expired, _) = house.key(json!({})).await;
    house.world.sql(&format!("update api_keys set expires_at = now() where id = '{}'", uuid_of(&expired))).await;
    for id in [&revoked, &expired] {
        let late = house.change(&house.token, "rotateApiKey", id, json!({})).await;
        assert_eq!(user_errors(&late, "rotateApiKey"), [(json!(["apiKeyId"]), "IMMUTABLE".to_owned())]);
    }
    let again = house.change(&house.token, "revokeApiKey", &revoked, json!({})).await;
    assert_eq!(user_errors(&again, "revokeApiKey"), [(json!(["apiKeyId"]), "ALREADY_DONE".to_owned())]);
    assert_eq!(house.value("select count(*) from api_keys").await.unwrap(), "2");
}

fn uuid_of(id: &str) -> uuid::Uuid {
    id.parse::<entity::id::ApiKeyId>().unwrap().uuid()
}
