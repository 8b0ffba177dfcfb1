//! `/graphql/stream`: graphql-sse's distinct connections, and how a browser comes back.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::client::{Stream, Told};
use super::{ACCESS, ORGANIZATION, Office};
use crate::world::World;

fn complete() -> Told {
    Told { event: "complete".to_owned(), id: None, data: Value::Null }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_of_all_kinds_are_answered_as_events() {
    let office = Office::build().await;
    let (address, token) = (office.world.address, Some(&*office.boss.token));
    let mut query = Stream::post(address, token, &json!({ "query": "{ viewer { user { displayName } } }" }), &[]).await;
    assert_eq!(query.response().status(), 200);
    assert_eq!(query.response().headers()[CONTENT_TYPE], "text/event-stream; charset=utf-8");
    let told = query.told().await.unwrap();
    assert_eq!((&*told.event, &told.data["data"]), ("next", &json!({ "viewer": { "user": { "displayName": "Boss" } } })));
    assert_eq!((query.told().await, query.told().await), (Some(complete()), None));

    let create = "mutation { createOrganization(input: { name: \"By a stream\" }) { organization { name } } }";
    let mut mutation = Stream::post(address, token, &json!({ "query": create }), &[]).await;
    assert_eq!(mutation.told().await.unwrap().data["data"]["createOrganization"]["organization"]["name"], "By a stream");
    assert_eq!(mutation.told().await, Some(complete()));

    let after = office.now(&office.boss).await;
    let body = json!({ "query": ORGANIZATION, "variables": office.about(0, &after) });
    let mut stream = Stream::post(address, token, &body, &[]).await;
    for name in ["One", "Two"] {
        office.rename(0, name).await;
        let told = stream.told().await.unwrap();
        let event = &told.data["data"]["organizationChanged"];
        assert_eq!((&event["organization"]["name"], event["cursor"].as_str()), (&json!(name), told.id.as_deref()));
    }
    // Whoever hangs up is forgotten.
    drop(stream);
    for _ in 0..600 {
        if office.world.gateway.live.subscriptions() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("a subscription is left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_an_operation_is_an_event_and_what_is_wrong_with_a_request_a_status() {
    let office = Office::build().await;
    let address = office.world.address;
    for (token, query, code) in [
        (Some(&*office.boss.token), "{ nope }", "GRAPHQL_VALIDATION_FAILED"),
        (Some(&*office.boss.token), "subscription { accessChanged(after: \"x\") { id } }", "BAD_USER_INPUT"),
        (
            Some(&*office.boss.token),
            "subscription { organizationChanged(id: \"org_01h455vb4pex5vsknk084sn02q\") { id } }",
            "NOT_FOUND",
        ),
        (Some("ts_nobody"), "subscription { accessChanged { id } }", "UNAUTHENTICATED"),
        (None, "subscription { accessChanged { id } }", "UNAUTHENTICATED"),
    ] {
        let mut stream = Stream::post(address, token, &json!({ "query": query }), &[]).await;
        assert_eq!(stream.response().status(), 200);
        let told = stream.told().await.unwrap();
        assert_eq!((&*told.event, &told.data["errors"][0]["extensions"]["code"]), ("next", &json!(code)), "{query}");
        assert_eq!((stream.told().await, stream.told().await), (Some(complete()), None));
    }
    let client = office.world.client();
    let url = office.world.url("/graphql/stream");
    let body = json!({ "query": "{ __typename }" });
    let json_only = client.post(&url).header(ACCEPT, "application/json").json(&body).send().await.unwrap();
    assert_eq!(json_only.status(), 406);
    let no_json = client.post(&url).header(ACCEPT, "text/event-stream").body("{}").send().await.unwrap();
    assert_eq!(no_json.status(), 415);
    let put = client.put(&url).header(ACCEPT, "text/event-stream").json(&body).send().await.unwrap();
    assert_eq!((put.status().as_u16(), put.headers()["allow"].to_str().unwrap()), (405, "GET, POST"));
    let get = |query: &str| {
        let mut with = reqwest::Url::parse(&url).unwrap();
        with.query_pairs_mut().append_pair("query", query);
        client.get(with).header(ACCEPT, "text/event-stream")
    };
    let simple = get("{ __typename }");
    assert_eq!(simple.try_clone().unwrap().send().await.unwrap().status(), 400);
    let mut asked = Stream::of(simple.header("graphql-require-preflight", "1").send().await.unwrap());
    assert_eq!(asked.told().await.unwrap().data["data"], json!({ "__typename": "Query" }));
    let by_get = get("mutation { createOrganization(input: { name: \"x\" }) { organization { id } } }");
    let by_get = by_get.header("graphql-require-preflight", "1");
    let mut refused = Stream::of(by_get.bearer_auth(&office.boss.token).send().await.unwrap());
    assert_eq!(refused.told().await.unwrap().data["errors"][0]["extensions"]["code"], "METHOD_NOT_ALLOWED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_comes_back_by_the_id_of_the_last_event() {
    let office = Office::build().await;
    let after = office.now(&office.boss).await;
    for name in ["One", "Two", "Three"] {
        office.rename(0, name).await;
    }
    let body = json!({ "query": ORGANIZATION, "variables": office.about(0, &after) });
    let token = Some(&*office.boss.token);
    let mut first = Stream::post(office.world.address, token, &body, &[]).await;
    let (one, two) = (first.told().await.unwrap(), first.told().await.unwrap());
    let three = first.told().await.unwrap();
    // The same request as before, as browsers send it: the header goes before the argument.
    let mut again = Stream::post(office.world.address, token, &body, &[("last-event-id", &one.id.unwrap())]).await;
    assert_eq!(again.told().await.unwrap().id, two.id);
    assert_eq!(again.told().await.unwrap().id, three.id);
    let wrong = Stream::post(office.world.address, token, &body, &[("last-event-id", "rubbish")]).await;
    assert_eq!(wrong.response().status(), 400);
}

/// What a cursor says of the access that was told: the last of its parts. The event before it may be one that came just then.
fn state(told: &Told) -> String {
    let cursor = URL_SAFE_NO_PAD.decode(told.id.as_deref().unwrap()).unwrap();
    String::from_utf8(cursor).unwrap().rsplit('.').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_access_is_told_to_a_stream_by_the_state_that_its_cursor_knows() {
    let office = Office::build().await;
    let cursor = office.now(&office.mia).await;
    let assignment = office.give_biller(&office.mia).await;
    let token = Some(&*office.mia.token);
    let about = |after: &str| json!({ "query": ACCESS, "variables": { "after": after } });
    let mut stream = Stream::post(office.world.address, token, &about(&cursor), &[]).await;
    let told = stream.told().await.unwrap();
    drop(stream);
    // Given and taken while nobody listened: who was told of the first hears of the second, who was told of neither of none.
    office.take(&assignment).await;
    let mut knows_first = Stream::post(office.world.address, token, &about(told.id.as_deref().unwrap()), &[]).await;
    assert_eq!(knows_first.told().await.unwrap().event, "next");
    let mut knows_neither = Stream::post(office.world.address, token, &about(&cursor), &[]).await;
    office.give_biller(&office.mia).await;
    let next = knows_neither.told().await.unwrap();
    let third = knows_first.told().await.unwrap();
    assert_eq!(state(&third), state(&next), "the first that it hears of is the third");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_are_not_compressed_and_pages_that_may_ask_may_name_the_last_event() {
    let world = World::behind(|mut settings| {
        settings.door.cors_origins = vec!["https://app.example.com".parse().unwrap()];
        settings.door.compress_above = Some(1);
        settings
    })
    .await;
    let headers = [("accept-encoding", "gzip, zstd")];
    let stream = Stream::post(world.address, None, &json!({ "query": "{ __typename }" }), &headers).await;
    assert!(!stream.response().headers().contains_key("content-encoding"));
    let asked = world
        .client()
        .request(reqwest::Method::OPTIONS, world.url("/graphql/stream"))
        .header("origin", "https://app.example.com")
        .header("access-control-request-method", "POST")
        .header(HeaderName::from_static("access-control-request-headers"), HeaderValue::from_static("authorization,last-event-id"))
        .send()
        .await
        .unwrap();
    assert!(asked.headers()["access-control-allow-headers"].to_str().unwrap().contains("last-event-id"));
}
