//! What the door may be set up to do: origins of other pages, compression, limits, and who sees the schema.

use reqwest::header::{
    ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_ENCODING,
    CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER, VARY,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tenantry::document::Limits;
use tenantry::gateway;
use tenantry::http::{Audience, Settings};
use tenantry::request;

use crate::world::World;

const APP: &str = "https://app.example.com";
const TYPES: &str = "{ __schema { types { name description fields { name description } } } }";

async fn behind(adjust: impl FnOnce(Settings) -> Settings) -> World {
    World::behind(|settings| gateway::Settings { door: adjust(settings.door), ..settings }).await
}

/// What a browser asks before it sends a request for the page of an origin.
async fn preflight(world: &World, origin: &str) -> (StatusCode, HeaderMap) {
    let request = world.client().request(Method::OPTIONS, world.url("/graphql")).header("origin", origin);
    let request = request.header("access-control-request-method", "POST");
    let response = request.header("access-control-request-headers", "authorization,content-type").send().await.unwrap();
    (response.status(), response.headers().clone())
}

#[tokio::test]
async fn other_origins_may_ask_only_where_they_are_named() {
    let closed = World::demo().await;
    let (status, headers) = preflight(&closed, APP).await;
    assert_eq!((status.as_u16(), headers.get(ACCESS_CONTROL_ALLOW_ORIGIN)), (405, None));
    let asked = closed.send(closed.request(None).header("origin", APP).json(&json!({ "query": "{ __typename }" }))).await;
    assert_eq!(asked.headers.get(ACCESS_CONTROL_ALLOW_ORIGIN), None);

    let open = behind(|door| Settings { cors_origins: vec![HeaderValue::from_static(APP)], ..door }).await;
    let (status, headers) = preflight(&open, APP).await;
    assert_eq!((status.as_u16(), &headers[ACCESS_CONTROL_ALLOW_ORIGIN]), (200, &HeaderValue::from_static(APP)));
    assert!(headers[ACCESS_CONTROL_ALLOW_HEADERS].to_str().unwrap().contains("authorization"));
    assert_eq!(headers.get(ACCESS_CONTROL_ALLOW_CREDENTIALS), None, "no browser brings credentials along");
    let asked = open.send(open.request(None).header("origin", APP).json(&json!({ "query": "{ __typename }" }))).await;
    assert_eq!(asked.headers[ACCESS_CONTROL_ALLOW_ORIGIN], APP);
    assert!(asked.headers[VARY].to_str().unwrap().to_lowercase().contains("origin"));
    // Refusals too: a page that may ask may also read why it was refused.
    let refused = open.send(open.request(None).header("origin", APP).body("{")).await;
    assert_eq!((refused.status.as_u16(), &refused.headers[ACCESS_CONTROL_ALLOW_ORIGIN]), (415, &HeaderValue::from_static(APP)));
    for stranger in ["https://evil.example.com", "https://app.example.com.evil.example", "http://app.example.com", "null"] {
        let (_, headers) = preflight(&open, stranger).await;
        assert_eq!(headers.get(ACCESS_CONTROL_ALLOW_ORIGIN), None, "{stranger}");
    }
}

#[tokio::test]
async fn large_answers_are_compressed_for_those_who_accept_it() {
    let world = World::demo().await;
    let ask = async |world: &World, query: &str, accept: Option<&str>| {
        let mut request = world.request(None).json(&json!({ "query": query }));
        if let Some(accept) = accept {
            request = request.header(ACCEPT_ENCODING, accept);
        }
        let response = request.send().await.unwrap();
        let encoding = response.headers().get(CONTENT_ENCODING).map(|value| value.to_str().unwrap().to_owned());
        (encoding, response.bytes().await.unwrap())
    };
    // What is left of a budget differs from answer to answer.
    let data = |body: &[u8]| serde_json::from_slice::<Value>(body).unwrap()["data"].clone();
    let (encoding, plain) = ask(&world, TYPES, None).await;
    assert!(encoding.is_none() && plain.len() > 10_000);
    for (accept, expected, magic) in [
        ("gzip", "gzip", &[0x1f_u8, 0x8b][..]),
        ("zstd", "zstd", &[0x28, 0xb5, 0x2f, 0xfd]),
        ("gzip, deflate, br, zstd", "zstd", &[0x28, 0xb5, 0x2f, 0xfd]),
        ("gzip;q=1.0, zstd;q=0.5", "gzip", &[0x1f, 0x8b]),
    ] {
        let (encoding, packed) = ask(&world, TYPES, Some(accept)).await;
        assert_eq!(encoding.as_deref(), Some(expected), "{accept}");
        assert!(packed.starts_with(magic) && packed.len() * 3 < plain.len(), "{accept}: {} of {}", packed.len(), plain.len());
    }
    for accept in ["identity", "br", "gzip;q=0"] {
        let (encoding, body) = ask(&world, TYPES, Some(accept)).await;
        assert_eq!((encoding, data(&body)), (None, data(&plain)), "{accept}");
    }
    let (encoding, small) = ask(&world, "{ __typename }", Some("gzip, zstd")).await;
    assert_eq!((encoding, &small[..15]), (None, &b"{\"data\":{\"__typ"[..]));
    let off = behind(|door| Settings { compress_above: None, ..door }).await;
    let (encoding, body) = ask(&off, TYPES, Some("gzip, zstd")).await;
    assert_eq!((encoding, data(&body)), (None, data(&plain)));
}

#[tokio::test]
async fn the_schema_is_shown_to_those_who_may_see_it() {
    let typo = "{ organizationz { totalCount } }";
    for (audience, to_strangers, to_owners) in
        [(Audience::Everybody, true, true), (Audience::SignedIn, false, true), (Audience::Nobody, false, false)]
    {
        let world = behind(|door| Settings { schema: audience, ..door }).await;
        let owner = world.act_as("owner").await;
        for (token, shown) in [(None, to_strangers), (Some(owner.as_str()), to_owners), (Some("ts_made_up"), to_strangers)] {
            let typo = world.post(token, &json!({ "query": typo })).await;
            assert_eq!(typo.codes(), ["GRAPHQL_VALIDATION_FAILED"], "{audience:?}");
            let message = typo.body["errors"][0]["message"].as_str().unwrap();
            assert_eq!(message.contains("Did you mean"), shown, "{audience:?}: {message}");
            let schema = world.post(token, &json!({ "query": TYPES })).await;
            let introspects = shown && token != Some("ts_made_up");
            assert_eq!(schema.body.get("data").is_some(), introspects, "{audience:?}: {:?}", schema.codes());
        }
    }
}

#[tokio::test]
async fn every_limit_can_be_set() {
    let world = World::behind(|settings| gateway::Settings {
        documents: Limits {
            tokens: 60,
            nesting: 1,
            directives: 1,
            fragments: 1,
            depth: 4,
            selections: 16,
            root_fields: 2,
            aliases: 2,
        },
        answers: request::Limits { errors: 2, page: 3 },
        door: Settings { body: 4 * 1024, ..settings.door },
        ..settings
    })
    .await;
    let readonly = world.act_as("readonly").await;
    for (document, code) in [
        ("{ a(b: [[1]]) }", "NESTING_LIMIT_EXCEEDED"),
        ("{ a @b @c }", "DIRECTIVE_LIMIT_EXCEEDED"),
        ("{ a } fragment b on Query { a } fragment c on Query { a }", "FRAGMENT_LIMIT_EXCEEDED"),
        ("{ a { a { a { a { a } } } } }", "DEPTH_LIMIT_EXCEEDED"),
        ("{ a { a a a a a a a a a a a a a a a a } }", "SELECTION_LIMIT_EXCEEDED"),
        ("{ a a a }", "ROOT_FIELD_LIMIT_EXCEEDED"),
        ("{ a { b: a c: a d: a } }", "ALIAS_LIMIT_EXCEEDED"),
        (&"a ".repeat(61), "TOKEN_LIMIT_EXCEEDED"),
    ] {
        assert_eq!(world.ask_as_stranger(document).await.codes(), [code], "{document}");
    }
    let page = "query($first: Int) { organizations(first: $first) { nodes { billingEmail } } }";
    assert_eq!(world.ask(&readonly, page, json!({ "first": 4 })).await.codes(), ["BAD_USER_INPUT"]);
    let answer = world.ask(&readonly, page, json!({ "first": 3 })).await;
    assert_eq!((answer.codes(), &answer.body["extensions"]["errorsOmitted"]), (vec!["FORBIDDEN"; 2], &json!(1)));
    // Where no size is named, it is no larger than the largest.
    let unnamed = world.ask(&readonly, "{ organizations { nodes { id } } }", json!({})).await;
    assert_eq!(unnamed.data()["organizations"]["nodes"].as_array().unwrap().len(), 3);
    let large = world.post(None, &json!({ "query": "{ __typename }", "extensions": { "padding": "x".repeat(5_000) } })).await;
    assert_eq!((large.status.as_u16(), large.codes()), (413, vec!["BODY_LIMIT_EXCEEDED"]));
}

#[tokio::test]
async fn the_queries_of_the_benchmark_keep_within_the_limits() {
    let world = World::demo().await;
    let owner = world.act_as("owner").await;
    let shapes = include_str!("../bench/src/shape.rs");
    let mut asked = 0;
    for document in shapes.split("&str = \"\\").skip(1).map(|rest| rest.split("\";").next().unwrap()) {
        let variables = json!({ "first": 20, "membersFirst": 20, "id": "org_01hzzzzzzzfzzvzzzzzzzzzzzz" });
        let answer = world.ask(&owner, document, variables).await;
        assert!(answer.body.get("errors").is_none(), "{document}: {:#}", answer.body);
        asked += 1;
    }
    assert_eq!(asked, 3);
}

#[tokio::test]
async fn evaluations_of_authzen_come_through_the_same_door() {
    // Nobody is let in, so whoever is refused otherwise was refused before.
    let world = behind(|door| Settings { running: 0, body: 2_048, ..door }).await;
    let token = world.act_as("owner").await;
    for path in ["/access/v1/evaluation", "/access/v1/evaluations"] {
        let post = || world.client().post(world.url(path)).bearer_auth(&token).header(CONTENT_TYPE, "application/json");
        let large = post().body(format!("{{}}{}", " ".repeat(4_096))).send().await.unwrap();
        assert_eq!((large.status().as_u16(), &*large.text().await.unwrap()), (413, "the body is larger than 2 KiB"));
        let packed = post().header(CONTENT_ENCODING, "gzip").body("{}").send().await.unwrap();
        assert_eq!((packed.status().as_u16(), &packed.headers()[ACCEPT_ENCODING]), (415, &HeaderValue::from_static("identity")));
        let foreign = world.client().post(world.url(path)).bearer_auth(&token).body("{}").send().await.unwrap();
        assert_eq!(foreign.status().as_u16(), 415);
        let beyond = post().body("{}").send().await.unwrap();
        assert_eq!((beyond.status().as_u16(), &beyond.headers()[RETRY_AFTER]), (503, &HeaderValue::from_static("1")));
    }
}
