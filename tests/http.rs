//! GraphQL over HTTP: methods, media types, statuses, credentials, and bodies that are none.

use chrono::TimeDelta;
use reqwest::header::{ACCEPT, ALLOW, AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tenantry::clock;

use crate::world::{Answer, World, identity};

const RESPONSE: &str = "application/graphql-response+json";
const VIEWER: &str = "{ viewer { user { displayName } } }";

fn outcome(answer: &Answer) -> (u16, Vec<&str>) {
    (answer.status.as_u16(), answer.codes())
}

fn media_type(answer: &Answer) -> &str {
    answer.headers[CONTENT_TYPE].to_str().unwrap().split(';').next().unwrap()
}

async fn with_body(world: &World, body: impl Into<reqwest::Body>) -> Answer {
    world.send(world.request(None).header(CONTENT_TYPE, "application/json").body(body)).await
}

fn get(world: &World, parameters: &[(&str, &str)]) -> RequestBuilder {
    let mut url = reqwest::Url::parse(&world.url("/graphql")).unwrap();
    url.query_pairs_mut().extend_pairs(parameters);
    world.client().get(url)
}

fn preflighted(world: &World, parameters: &[(&str, &str)]) -> RequestBuilder {
    get(world, parameters).header("graphql-require-preflight", "1")
}

#[tokio::test]
async fn an_answer_comes_in_the_media_type_that_the_client_accepts() {
    let world = World::demo().await;
    let json = "application/json";
    for (accept, expected) in [
        (None, json),
        (Some("*/*"), json),
        (Some("application/*"), json),
        (Some("application/json"), json),
        (Some("APPLICATION/JSON; charset=utf-8"), json),
        (Some("text/html, application/json;q=0.9"), json),
        (Some(RESPONSE), RESPONSE),
        (Some("application/graphql-response+json, application/json;q=0.9"), RESPONSE),
        (Some("application/graphql-response+json;q=0, application/json"), json),
        (Some("application/graphql-response+json;q=0.8, application/json;q=0.9"), json),
        (Some("application/json, application/graphql-response+json"), RESPONSE),
        (Some("application/json;q=0, */*;q=0.1"), RESPONSE),
    ] {
        let mut request = world.request(None).json(&json!({ "query": VIEWER }));
        if let Some(accept) = accept {
            request = request.header(ACCEPT, accept);
        }
        let answer = world.send(request).await;
        assert_eq!((answer.status.as_u16(), media_type(&answer)), (200, expected), "{accept:?}");
        assert_eq!(answer.data(), &json!({ "viewer": null }));
    }
    for accept in ["text/html", "application/xml", "image/*", "application/json;q=0", "rubbish"] {
        let answer = world.send(world.request(None).header(ACCEPT, accept).json(&json!({ "query": VIEWER }))).await;
        assert_eq!(outcome(&answer), (406, vec!["UNSUPPORTED_MEDIA_TYPE"]), "{accept}");
    }
}

#[tokio::test]
async fn the_status_says_what_became_of_the_request_as_the_media_type_has_it() {
    let world = World::demo().await;
    let readonly = world.act_as("readonly").await;
    let denied = "{ organizations(first: 1) { nodes { name billingEmail } } }";
    for (query, code, as_response, as_json) in [
        ("{ viewer", "GRAPHQL_PARSE_FAILED", 400, 200),
        ("{ nobody }", "GRAPHQL_VALIDATION_FAILED", 422, 200),
        ("{ ...a } fragment a on Query { ...a }", "FRAGMENT_CYCLE", 422, 200),
        ("query($id: ID!) { node(id: $id) { id } }", "BAD_USER_INPUT", 400, 200),
        ("query A { __typename } query B { __typename }", "BAD_USER_INPUT", 422, 400),
        // Half an answer is an answer.
        (denied, "FORBIDDEN", 200, 200),
    ] {
        for (accept, status) in [(RESPONSE, as_response), ("application/json", as_json)] {
            let answer = world.send(world.request(Some(&readonly)).header(ACCEPT, accept).json(&json!({ "query": query }))).await;
            assert_eq!(outcome(&answer), (status, vec![code]), "{accept}: {query}");
            assert_eq!(media_type(&answer), accept);
        }
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_request_is_refused() {
    let world = World::empty().await;
    let posted = async |accept: &str, body: &str| {
        let request = world.request(None).header(CONTENT_TYPE, "application/json").header(ACCEPT, accept);
        world.send(request.body(body.to_owned())).await
    };
    for body in [
        "",
        " ",
        "{",
        "{\"query\":",
        "query",
        "{\"query\": \"{ __typename }\"",
        "{\"query\": \"{ __typename }\"} {}",
        "{\"query\": \"{ a(b: \\\"\\ud800\\\") }\"}",
        "{\"query\": \"{ __typename }\", \"variables\": {\"a\": \"\\udfff\"}}",
        "{\"query\": \"{ __typename }\", \"variables\": {\"a\": 1e999}}",
    ] {
        for accept in [RESPONSE, "application/json"] {
            assert_eq!(outcome(&posted(accept, body).await), (400, vec!["BAD_USER_INPUT"]), "{accept}: {body}");
        }
    }
    for body in [
        "null",
        "1",
        "\"{ viewer { user { id } } }\"",
        "{\"query\": 1}",
        "{\"query\": null}",
        "{\"query\": \"\"}",
        "{\"query\": \"  \"}",
        "{}",
        "{\"variables\": {}}",
        "{\"query\": \"{ __typename }\", \"variables\": 1}",
        "{\"query\": \"{ __typename }\", \"variables\": []}",
        "{\"query\": \"{ __typename }\", \"variables\": \"{}\"}",
        "{\"query\": \"{ __typename }\", \"operationName\": 1}",
        "{\"query\": \"{ __typename }\", \"extensions\": []}",
        "{\"query\": \"{ __typename }\", \"extensions\": \"{}\"}",
    ] {
        assert_eq!(outcome(&posted("application/json", body).await), (400, vec!["BAD_USER_INPUT"]), "{body}");
        assert_eq!(outcome(&posted(RESPONSE, body).await), (422, vec!["BAD_USER_INPUT"]), "{body}");
    }
    for body in ["[]", "[{\"query\": \"{ __typename }\"}]", " \n[\"{ __typename }\", null, null]", "[[[["] {
        assert_eq!(outcome(&posted("application/json", body).await), (400, vec!["BATCH_LIMIT_EXCEEDED"]), "{body}");
        assert_eq!(outcome(&posted(RESPONSE, body).await), (422, vec!["BATCH_LIMIT_EXCEEDED"]), "{body}");
    }
    let nested = format!("{{\"query\": \"{{ __typename }}\", \"variables\": {}", "[".repeat(100_000));
    assert_eq!(outcome(&with_body(&world, nested).await), (400, vec!["BAD_USER_INPUT"]));
    assert_eq!(outcome(&with_body(&world, vec![0xff, 0xfe, 0]).await), (400, vec!["BAD_USER_INPUT"]));
    assert_eq!(
        with_body(&world, "{\"query\": \"{ __typename }\", \"unknown\": 1}").await.data(),
        &json!({ "__typename": "Query" })
    );
}

#[tokio::test]
async fn a_body_of_ten_megabytes_is_refused_and_the_server_goes_on() {
    let world = World::empty().await;
    let padded = |size: usize| json!({ "query": format!("{{ __typename }} #{}", "x".repeat(size)) }).to_string();
    assert_eq!(with_body(&world, padded(500_000)).await.data(), &json!({ "__typename": "Query" }));
    assert_eq!(outcome(&with_body(&world, padded(2 * 1024 * 1024)).await), (413, vec!["BODY_LIMIT_EXCEEDED"]));
    assert_eq!(outcome(&with_body(&world, padded(10 * 1024 * 1024)).await), (413, vec!["BODY_LIMIT_EXCEEDED"]));
    assert_eq!(with_body(&world, padded(1)).await.data(), &json!({ "__typename": "Query" }));
}

#[tokio::test]
async fn a_body_of_another_media_type_is_refused() {
    let world = World::empty().await;
    let body = json!({ "query": "{ __typename }" }).to_string();
    for media_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "text/json",
        "json",
        "",
    ] {
        let answer = world.send(world.request(None).header(CONTENT_TYPE, media_type).body(body.clone())).await;
        assert_eq!(outcome(&answer), (415, vec!["UNSUPPORTED_MEDIA_TYPE"]), "{media_type}");
    }
    let untyped = world.send(world.request(None).body(body.clone())).await;
    assert_eq!(outcome(&untyped), (415, vec!["UNSUPPORTED_MEDIA_TYPE"]));
    let typed = world.send(world.request(None).header(CONTENT_TYPE, "Application/JSON; charset=utf-8").body(body)).await;
    assert_eq!(typed.data(), &json!({ "__typename": "Query" }));
}

#[tokio::test]
async fn a_query_by_get_needs_a_header_that_no_foreign_page_can_send() {
    let world = World::demo().await;
    let owner = world.act_as("owner").await;
    let query = "query A($first: Int) { organizations(first: $first) { nodes { name } } } query B { __typename }";
    let parameters = [("query", query), ("variables", "{\"first\": 1}"), ("operationName", "A")];
    let without = world.send(get(&world, &parameters).bearer_auth(&owner)).await;
    assert_eq!(outcome(&without), (400, vec!["BAD_USER_INPUT"]));
    // Any page may ask for any media type; only headers of its own make a browser ask first.
    let accepting = get(&world, &parameters).bearer_auth(&owner).header(ACCEPT, RESPONSE);
    assert_eq!(outcome(&world.send(accepting).await), (400, vec!["BAD_USER_INPUT"]));
    let simple = get(&world, &parameters).bearer_auth(&owner).header(CONTENT_TYPE, "text/plain");
    assert_eq!(outcome(&world.send(simple).await), (400, vec!["BAD_USER_INPUT"]));
    let typed = get(&world, &parameters).bearer_auth(&owner).header(CONTENT_TYPE, "application/json");
    assert_eq!(world.send(typed).await.status.as_u16(), 200);
    let with = world.send(preflighted(&world, &parameters).bearer_auth(&owner)).await;
    assert_eq!(with.data(), &json!({ "organizations": { "nodes": [{ "name": "Northgate Robotics" }] } }));
    // An empty text is as good as none.
    let empty = [("query", "{ __typename }"), ("variables", ""), ("operationName", ""), ("extensions", "")];
    assert_eq!(world.send(preflighted(&world, &empty)).await.data(), &json!({ "__typename": "Query" }));
    for parameters in [
        vec![],
        vec![("query", "")],
        vec![("query", "{ __typename }"), ("variables", "{")],
        vec![("query", "{ __typename }"), ("variables", "1")],
        vec![("query", "{ __typename }"), ("extensions", "[]")],
        vec![("query", "{ __typename }"), ("extensions", "{")],
        vec![("query", query)],
        vec![("query", "{ __typename }"), ("query", "{ __typename }")],
    ] {
        assert_eq!(outcome(&world.send(preflighted(&world, &parameters)).await), (400, vec!["BAD_USER_INPUT"]), "{parameters:?}");
    }
}

#[tokio::test]
async fn a_mutation_by_get_is_refused_and_changes_nothing() {
    let world = World::demo().await;
    let owner = world.act_as("owner").await;
    let mutation = "mutation M { createOrganization(input: { name: \"Got\" }) { organization { id } } } query Q { __typename }";
    let answer = world.send(preflighted(&world, &[("query", mutation), ("operationName", "M")]).bearer_auth(&owner)).await;
    assert_eq!(outcome(&answer), (405, vec!["METHOD_NOT_ALLOWED"]));
    assert_eq!(answer.headers[ALLOW], "POST");
    assert_eq!(world.value("select count(*) from organizations where name = 'Got'").await.unwrap(), "0");
    let answer = world.send(preflighted(&world, &[("query", mutation), ("operationName", "Q")]).bearer_auth(&owner)).await;
    assert_eq!(answer.data(), &json!({ "__typename": "Query" }));
}

#[tokio::test]
async fn other_methods_are_refused() {
    let world = World::empty().await;
    for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
        let answer = world.send(world.client().request(method.clone(), world.url("/graphql"))).await;
        assert_eq!(outcome(&answer), (405, vec!["METHOD_NOT_ALLOWED"]), "{method}");
        assert_eq!(answer.headers[ALLOW], "GET, POST");
    }
}

#[tokio::test]
async fn a_token_that_does_not_hold_is_refused_whatever_is_asked_with_it() {
    let world = World::demo().await;
    let owner = identity("owner");
    let valid = world.act_as("owner").await;
    let expired = world.session(owner.user_id, Some(owner.tenant_id), clock::now() - TimeDelta::seconds(1)).await;
    let revoked = world.act_as("owner").await;
    world
        .sql(
            "update sessions set revoked_at = now() where id = (select id from sessions order by created_at desc, id desc limit 1)",
        )
        .await;
    let one_letter_off = format!("{}{}", &valid[..valid.len() - 1], if valid.ends_with('A') { 'B' } else { 'A' });
    for token in [expired.as_str(), &revoked, &one_letter_off, "ts_unknown", "rubbish", "ts_", "' or true --"] {
        for query in [VIEWER, "{ __typename }", "{ __schema { queryType { name } } }"] {
            let answer = world.ask(token, query, json!({})).await;
            assert_eq!(outcome(&answer), (401, vec!["UNAUTHENTICATED"]), "{token}: {query}");
        }
    }
    assert_eq!(world.ask(&valid, VIEWER, json!({})).await.data()["viewer"]["user"]["displayName"], "Olivia Owner");
}

#[tokio::test]
async fn a_malformed_authorization_header_is_refused() {
    let world = World::demo().await;
    let token = world.act_as("owner").await;
    let long = format!("Bearer {}", "x".repeat(4_000));
    for header in [
        "",
        "Bearer",
        "Bearer ",
        "Bearer\t",
        &token,
        &format!("Basic {token}"),
        &format!("Bearer{token}"),
        &long,
        "Bearer t\u{f6}ken",
    ] {
        let answer = world.send(world.request(None).header(AUTHORIZATION, header).json(&json!({ "query": VIEWER }))).await;
        assert_eq!(outcome(&answer), (401, vec!["UNAUTHENTICATED"]), "{header}");
        assert_eq!(answer.headers["www-authenticate"], "Bearer", "{header}");
    }
    let answer =
        world.send(world.request(None).header(AUTHORIZATION, format!("bearer  {token} ")).json(&json!({ "query": VIEWER }))).await;
    assert_eq!(answer.data()["viewer"]["user"]["displayName"], "Olivia Owner");
}

#[tokio::test]
async fn every_answer_carries_the_id_of_its_request() {
    let world = World::empty().await;
    let id = async |brought: Option<&str>, body: Value| {
        let mut request = world.request(None).json(&body);
        if let Some(brought) = brought {
            request = request.header("x-request-id", brought);
        }
        world.send(request).await.headers["x-request-id"].to_str().unwrap().to_owned()
    };
    let honest = json!({ "query": "{ __typename }" });
    assert_eq!(id(Some("abc-1_2.3"), honest.clone()).await, "abc-1_2.3");
    assert_eq!(id(Some("abc"), json!([])).await, "abc");
    let (first, second) = (id(None, honest.clone()).await, id(None, honest.clone()).await);
    assert_ne!(first, second);
    for harmful in ["", "with space", "quote\"", "{json}", &"x".repeat(65)] {
        let given = id(Some(harmful), honest.clone()).await;
        assert!(given != harmful && given.len() == first.len(), "{harmful}: {given}");
    }
}
