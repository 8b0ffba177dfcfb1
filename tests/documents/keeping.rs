//! What a client may keep of an answer, and how it asks whether that is still right.

use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, IF_NONE_MATCH, VARY,
};
use serde_json::{Value, json};

use super::{BILLS, NAMES, Office, hash_of};

fn header(headers: &HeaderMap, name: HeaderName) -> String {
    let values: Vec<&str> = headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect();
    values.join(", ").to_lowercase()
}

#[tokio::test]
async fn the_same_data_is_the_same_answer_and_a_copy_of_it_is_asked_about() {
    let office = Office::new().await;
    office.publish(json!({ "client": "web", "files": [NAMES, BILLS] })).await;
    let readonly = office.world.act_as("readonly").await;
    let variables = json!({ "first": 2 });
    let get = || office.get(&office.owner, &hash_of(NAMES), &variables);
    let first = get().send().await.unwrap();
    let tag = first.headers()[ETAG].clone();
    assert_eq!(header(first.headers(), CACHE_CONTROL), "private, no-cache");
    let vary = header(first.headers(), VARY);
    assert!(vary.contains("authorization") && vary.contains("accept"), "{vary}");
    let body: Value = first.json().await.unwrap();
    assert_eq!(body["data"]["organizations"]["nodes"].as_array().unwrap().len(), 2);
    assert!(body.get("extensions").is_none(), "what differs each time stands in headers: {body}");

    // A copy that is still right is not sent again.
    for known in [tag.to_str().unwrap().to_owned(), format!("\"x\", W/{}", tag.to_str().unwrap())] {
        let again = get().header(IF_NONE_MATCH, known).send().await.unwrap();
        assert_eq!(again.status(), 304);
        assert_eq!((&again.headers()[ETAG], again.headers().get(CONTENT_TYPE)), (&tag, None));
        assert_eq!(header(again.headers(), CACHE_CONTROL), "private, no-cache");
        assert_eq!(again.bytes().await.unwrap(), "");
    }
    // Who may see as much gets the same bytes; who asks for something else, or may see less, does not.
    let same = office.get(&readonly, &hash_of(NAMES), &variables).send().await.unwrap();
    assert_eq!(same.headers()[ETAG], tag);
    let other =
        office.get(&office.owner, &hash_of(NAMES), &json!({ "first": 1 })).header(IF_NONE_MATCH, &tag).send().await.unwrap();
    assert_eq!(other.status(), 200);
    // A change of the data ends it.
    office.world.sql("update organizations set name = name || ' & Co.' where name like 'Northgate%'").await;
    let changed = get().header(IF_NONE_MATCH, &tag).send().await.unwrap();
    assert_eq!(changed.status(), 200);
    assert_ne!(changed.headers()[ETAG], tag);
    // And so does an end of the right to see it.
    office.world.sql("update sessions set revoked_at = now()").await;
    let ended = get().header(IF_NONE_MATCH, &tag).send().await.unwrap();
    assert_eq!(ended.status(), 401);
    assert_eq!(header(ended.headers(), CACHE_CONTROL), "no-store");
}

#[tokio::test]
async fn half_an_answer_a_refusal_and_a_text_are_not_to_be_kept() {
    let office = Office::new().await;
    office.publish(json!({ "client": "web", "files": [NAMES, BILLS] })).await;
    let readonly = office.world.act_as("readonly").await;
    let mut url = reqwest::Url::parse(&office.world.url("/graphql")).unwrap();
    url.query_pairs_mut().append_pair("query", "{ __typename }");
    let text = office.world.client().get(url).bearer_auth(&readonly).header("graphql-require-preflight", "1");
    for (request, status) in [
        (office.get(&readonly, &hash_of(BILLS), &json!({ "first": 1 })), 200),
        (office.get(&readonly, &hash_of("{ unknown }"), &Value::Null), 200),
        (office.get(&readonly, &hash_of("{ unknown }"), &Value::Null).header(ACCEPT, "application/graphql-response+json"), 404),
        (office.get(&readonly, &hash_of(NAMES), &json!({})), 200),
        (text, 200),
    ] {
        let answer = request.header(IF_NONE_MATCH, "*").send().await.unwrap();
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers().get(ETAG), None);
        assert_eq!(header(answer.headers(), CACHE_CONTROL), "no-store");
    }
}

#[tokio::test]
async fn an_answer_that_was_compressed_on_the_way_has_a_tag_of_its_own() {
    let office = Office::new().await;
    let long = "query Long { organizations(first: 50) { nodes { id name members(first: 20) { nodes { id role user { id displayName } } } } } }";
    office.publish_text("web", long).await;
    let get = || office.get(&office.owner, &hash_of(long), &Value::Null);
    let plain = get().send().await.unwrap();
    assert!(plain.headers().get(CONTENT_ENCODING).is_none());
    let gzip = get().header(ACCEPT_ENCODING, "gzip").send().await.unwrap();
    assert_eq!(gzip.headers()[CONTENT_ENCODING], "gzip");
    assert!(header(gzip.headers(), VARY).contains("accept-encoding"));
    let tag = gzip.headers()[ETAG].clone();
    assert_ne!(tag, plain.headers()[ETAG]);
    let again = get().header(ACCEPT_ENCODING, "gzip").header(IF_NONE_MATCH, &tag).send().await.unwrap();
    assert_eq!((again.status().as_u16(), &again.headers()[ETAG]), (304, &tag));
}
