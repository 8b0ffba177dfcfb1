//! The quota of keys, and what many do at once.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{House, made, user_errors};

const USAGE: &str = "select usage from tenant_quotas where metric = 'api_keys'";

async fn with_quota(limit: i64) -> House {
    let house = House::new().await;
    let row =
        format!("insert into tenant_quotas (tenant_id, metric, quota_limit) values ('{}', 'api_keys', {limit})", house.tenant);
    house.world.sql(&row).await;
    house
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forty_at_once_get_as_many_keys_as_there_may_be() {
    let house = with_quota(7).await;
    let answers = join_all((0..40).map(|number| house.create(&house.token, json!({ "name": format!("Key {number}") })))).await;
    let made = answers.iter().filter(|answer| answer.data()["createApiKey"]["secret"].is_string()).count();
    assert_eq!(made, 7);
    for answer in answers.iter().filter(|answer| answer.data()["createApiKey"]["secret"].is_null()) {
        assert_eq!(user_errors(answer, "createApiKey"), [(Value::Null, "QUOTA_EXCEEDED".to_owned())]);
        let message = answer.data()["createApiKey"]["userErrors"][0]["message"].as_str().unwrap();
        assert!(message.contains("7 API keys"), "{message}");
    }
    assert_eq!(house.value("select count(*) from api_keys").await.unwrap(), "7");
    assert_eq!(house.value(USAGE).await.unwrap(), "7");
}

#[tokio::test]
async fn a_successor_takes_the_place_and_a_revoked_key_leaves_it() {
    let house = with_quota(1).await;
    let (first, _) = house.key(json!({})).await;
    let full = house.create(&house.token, json!({})).await;
    assert_eq!(user_errors(&full, "createApiKey"), [(Value::Null, "QUOTA_EXCEEDED".to_owned())]);
    // A full house still rotates its keys.
    let (second, _) = made(&house.change(&house.token, "rotateApiKey", &first, json!({})).await, "rotateApiKey");
    assert_eq!(house.value(USAGE).await.unwrap(), "1");
    // The old one's place was taken over: revoking it early frees none.
    house.change(&house.token, "revokeApiKey", &first, json!({})).await.data();
    assert_eq!(house.value(USAGE).await.unwrap(), "1");
    house.change(&house.token, "revokeApiKey", &second, json!({})).await.data();
    house.change(&house.token, "revokeApiKey", &second, json!({})).await.data();
    assert_eq!(house.value(USAGE).await.unwrap(), "0");
    house.key(json!({})).await;
    assert_eq!(house.value(USAGE).await.unwrap(), "1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_many_rotate_and_revoke_at_once_has_one_successor_and_ends_once() {
    let house = with_quota(50).await;
    for _ in 0..6 {
        let (id, _) = house.key(json!({})).await;
        let rotated = join_all((0..6).map(|_| house.change(&house.token, "rotateApiKey", &id, json!({})))).await;
        assert_eq!(rotated.iter().filter(|answer| answer.data()["rotateApiKey"]["secret"].is_string()).count(), 1);
        let (id, _) = house.key(json!({})).await;
        let changes = join_all((0..8).map(|number| {
            let mutation = if number % 2 == 0 { "revokeApiKey" } else { "rotateApiKey" };
            house.change(&house.token, mutation, &id, json!({}))
        }))
        .await;
        let done = |mutation: &str| {
            let written = |answer: &&crate::world::Answer| answer.body["data"][mutation]["apiKey"].is_object();
            changes.iter().filter(written).count()
        };
        assert_eq!(done("revokeApiKey"), 1);
        assert!(done("rotateApiKey") <= 1);
        // Whatever came first, the quota counts the keys that are neither revoked nor replaced.
        let counted = house.value("select count(*) from api_keys where revoked_at is null and replaced_by_id is null").await;
        assert_eq!(house.value(USAGE).await, counted);
    }
}
