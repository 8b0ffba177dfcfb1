//! Automatic persisted queries: a text is sent once by those who have signed in, and its hash will do from then on.

use serde_json::{Value, json};
use tenantry::gateway;
use tenantry::http;

use super::{NAMES, Office, hash_of};
use crate::world::World;

/// Bytes of texts that are kept in these tests.
const ROOM: u64 = 64 * 1024;

fn by_hash(text: &str) -> Value {
    json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": hash_of(text) } }, "variables": { "first": 1 } })
}

fn with_text(text: &str) -> Value {
    let mut body = by_hash(text);
    body["query"] = json!(text);
    body
}

async fn small() -> Office {
    let adjust = |settings: gateway::Settings| {
        let door = http::Settings { automatic_documents: ROOM, ..settings.door };
        gateway::Settings { door, ..settings }
    };
    Office::in_world(World::behind(adjust).await).await
}

#[tokio::test]
async fn a_front_end_sends_a_text_once() {
    let office = small().await;
    let reader = office.world.act_as("readonly").await;
    let missing = office.world.post(Some(&reader), &by_hash(NAMES)).await;
    assert_eq!((missing.status.as_u16(), missing.codes()), (200, vec!["PERSISTED_QUERY_NOT_FOUND"]));
    assert_eq!(missing.body["errors"][0]["message"], "PersistedQueryNotFound");
    assert!(office.world.post(Some(&reader), &with_text(NAMES)).await.data()["organizations"].is_object());
    // Whoever sent it: texts are no secrets of those who know their hash.
    for token in [&reader, &office.owner] {
        assert!(office.world.post(Some(token), &by_hash(NAMES)).await.data()["organizations"].is_object());
    }
    // It does not become a registered document.
    assert_eq!(office.run(&office.owner, &hash_of(NAMES), json!({ "first": 1 })).await.codes(), ["PERSISTED_QUERY_NOT_FOUND"]);
    assert_eq!(office.world.value("select count(*) from persisted_documents").await.as_deref(), Some("0"));
}

#[tokio::test]
async fn a_text_that_is_not_of_its_hash_or_not_valid_is_not_kept() {
    let office = small().await;
    let mut false_hash = by_hash(NAMES);
    false_hash["query"] = json!("{ __typename }");
    let answer = office.world.post(Some(&office.owner), &false_hash).await;
    assert_eq!((answer.status.as_u16(), answer.codes()), (400, vec!["BAD_USER_INPUT"]));
    assert_eq!(answer.body["errors"][0]["message"], "provided sha does not match query");
    for text in ["{ nobody }", "{ viewer", "{ ...a } fragment a on Query { ...a }"] {
        office.world.post(Some(&office.owner), &with_text(text)).await;
        assert_eq!(office.world.post(Some(&office.owner), &by_hash(text)).await.codes(), ["PERSISTED_QUERY_NOT_FOUND"], "{text}");
    }
    assert_eq!(office.world.post(Some(&office.owner), &by_hash(NAMES)).await.codes(), ["PERSISTED_QUERY_NOT_FOUND"]);
    assert_eq!(office.world.gateway.automatic.bytes(), 0);
}

#[tokio::test]
async fn strangers_bad_tokens_and_keys_fill_nothing() {
    let office = small().await;
    let key = office.key_with("acme", &["organization.read"], json!({ "documentsOnly": false })).await;
    let session = office.world.token(crate::world::identity("owner").user_id, None).await;
    office.world.sql("update sessions set revoked_at = now() where tenant_id is null").await;
    for (number, token) in [None, Some("ts_nobody"), Some(session.as_str()), Some(key.as_str())].into_iter().enumerate() {
        let text = format!("query Stranger{number} {{ __typename }}");
        for _ in 0..2 {
            office.world.post(token, &with_text(&text)).await;
        }
        assert_eq!(
            office.world.post(Some(&office.owner), &by_hash(&text)).await.codes(),
            ["PERSISTED_QUERY_NOT_FOUND"],
            "{token:?}"
        );
    }
    // A stranger's own text is answered each time it comes along, as its client does.
    assert_eq!(office.world.post(None, &with_text("{ __typename }")).await.data(), &json!({ "__typename": "Query" }));
    assert_eq!(office.world.gateway.automatic.bytes(), 0);
}

#[tokio::test]
async fn ten_thousand_random_texts_take_bounded_room_and_push_out_nothing_that_is_registered() {
    let office = small().await;
    office.publish_text("web", NAMES).await;
    let body = by_hash(NAMES);
    let before = office.world.post(Some(&office.owner), &body).await.data().clone();
    for number in 0..10_000 {
        let answer = office.world.post(Some(&office.owner), &with_text(&format!("query Random{number} {{ __typename }}"))).await;
        assert!(answer.status == 200 || answer.status == 429, "{:#}", answer.body);
    }
    assert!(office.world.gateway.automatic.bytes() <= ROOM, "{}", office.world.gateway.automatic.bytes());
    let key = office.key("web", &["organization.read"]).await;
    assert_eq!(office.world.post(Some(&key), &body).await.data(), &before);
}
