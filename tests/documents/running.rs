//! Who runs which document, how a request names it, and within which bounds.

use reqwest::header::{ACCEPT, ALLOW};
use serde_json::{Value, json};
use tenantry::gateway::Mode;

use super::{BILLS, NAMES, Office, hash_of, id_of, seen};

const READS: &[&str] = &["organization.read", "billing.read"];

#[tokio::test]
async fn a_request_names_a_document_in_every_way_that_clients_know() {
    let office = Office::new().await;
    office.publish(json!({ "client": "acme", "files": [json!({ "0123abcd": NAMES }).to_string()] })).await;
    let key = office.key("acme", READS).await;
    let (id, hash) = (id_of(NAMES), hash_of(NAMES));
    let variables = json!({ "first": 2 });
    for body in [
        json!({ "documentId": id, "variables": variables }),
        json!({ "documentId": id, "variables": variables, "query": "", "operationName": "Names" }),
        json!({ "id": "0123abcd", "variables": variables }),
        json!({ "doc_id": hash, "variables": variables, "query": null }),
        json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": hash } }, "variables": variables }),
        // Front ends with a manifest send the id that it has.
        json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": id } }, "variables": variables }),
        json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": "0123abcd" } }, "variables": variables }),
    ] {
        for token in [&key, &office.owner] {
            let answer = office.world.post(Some(token), &body).await;
            assert_eq!(answer.data()["organizations"]["nodes"].as_array().unwrap().len(), 2, "{body}");
        }
    }
    let text = variables.to_string();
    let extension = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } }).to_string();
    for parameters in [
        vec![("documentId", id.as_str()), ("variables", &text)],
        vec![("extensions", &extension), ("variables", &text), ("operationName", "Names")],
    ] {
        let mut url = reqwest::Url::parse(&office.world.url("/graphql")).unwrap();
        url.query_pairs_mut().extend_pairs(parameters);
        let request = office.world.client().get(url.clone()).bearer_auth(&key);
        let answer = office.world.send(request.header("graphql-require-preflight", "1")).await;
        assert_eq!(answer.data()["organizations"]["nodes"].as_array().unwrap().len(), 2);
    }
    for id in [&id, &hash, &"0123abcd".to_owned()] {
        let answer = office.world.send(office.get(&key, id, &variables)).await;
        assert_eq!(answer.data()["organizations"]["nodes"].as_array().unwrap().len(), 2, "{id}");
    }
}

#[tokio::test]
async fn a_request_that_names_no_document_or_two_is_none() {
    let office = Office::new().await;
    office.publish_text("acme", NAMES).await;
    let hash = hash_of(NAMES);
    let automatic = |version: Value, hash: &str| json!({ "persistedQuery": { "version": version, "sha256Hash": hash } });
    for body in [
        json!({ "documentId": "" }),
        json!({ "documentId": "sha256:abc" }),
        json!({ "documentId": "a/b" }),
        json!({ "documentId": 1 }),
        json!({ "documentId": hash, "query": NAMES }),
        json!({ "documentId": hash, "id": hash }),
        json!({ "documentId": hash, "extensions": automatic(json!(1), &hash) }),
        json!({ "extensions": automatic(json!(2), &hash) }),
        json!({ "extensions": automatic(json!("1"), &hash) }),
        json!({ "extensions": automatic(json!(1), "a b") }),
        json!({ "extensions": { "persistedQuery": 1 } }),
        json!({ "query": BILLS, "extensions": automatic(json!(1), &hash) }),
        json!({ "extensions": { "persistedQuery": null } }),
    ] {
        let answer = office.world.post(Some(&office.owner), &body).await;
        assert_eq!((answer.status.as_u16(), answer.codes()), (400, vec!["BAD_USER_INPUT"]), "{body}");
    }
    // An id of its own address is no query besides.
    let url = format!("{}?query=%7B__typename%7D", office.world.url(&format!("/graphql/d/{hash}")));
    let both = office.world.client().get(url).bearer_auth(&office.owner);
    assert_eq!(office.world.send(both).await.codes(), ["BAD_USER_INPUT"]);
    let stranger = office.world.client().get(office.world.url(&format!("/graphql/d/{hash}")));
    assert_eq!(office.world.send(stranger).await.codes(), ["BAD_USER_INPUT"], "any page could have sent this");
    let posted = office.world.client().post(office.world.url(&format!("/graphql/d/{hash}"))).bearer_auth(&office.owner);
    let answer = office.world.send(posted.json(&json!({}))).await;
    assert_eq!((answer.status.as_u16(), answer.headers[ALLOW].to_str().unwrap()), (405, "GET"));
    // A registered mutation does not come by GET either.
    let rename =
        "mutation Rename($id: ID!) { updateOrganization(input: { organizationId: $id, name: \"x\" }) { userErrors { code } } }";
    office.publish_text("acme", rename).await;
    let answer = office.world.send(office.get(&office.owner, &hash_of(rename), &json!({ "id": "org_x" }))).await;
    assert_eq!((answer.status.as_u16(), answer.headers[ALLOW].to_str().unwrap()), (405, "POST"));
}

#[tokio::test]
async fn what_a_partner_may_not_run_is_not_there_byte_for_byte() {
    let office = Office::new().await;
    office.publish_text("acme", NAMES).await;
    let gone = office
        .publish(json!({ "client": "acme", "files": [json!({ "old": "query Gone { tenant { name } }" }).to_string()] }))
        .await;
    office.publish(json!({ "client": "beta", "files": [json!({ "theirs": BILLS }).to_string()] })).await;
    let (acme, beta) = (office.key("acme", READS).await, office.key("beta", READS).await);
    let foreign = office.world.act_as("outsider").await;
    office.revoke(&gone[0]["id"]).await;
    assert_eq!(office.run(&beta, &id_of(BILLS), Value::Null).await.status, 200);

    let unknown = id_of("{ nothing }");
    for accept in ["application/json", "application/graphql-response+json"] {
        let asked = async |token: &str, id: &str| {
            let body = json!({ "documentId": id, "variables": { "first": 100_000 }, "operationName": "Nobody" });
            office.world.send(office.world.request(Some(token)).header(ACCEPT, accept).json(&body)).await
        };
        let expected = asked(&acme, &unknown).await;
        let status = if accept == "application/json" { 200 } else { 404 };
        assert_eq!((expected.status.as_u16(), expected.codes()), (status, vec!["PERSISTED_QUERY_NOT_FOUND"]));
        assert_eq!(expected.body["errors"][0]["message"], "PersistedQueryNotFound");
        let gone = gone[0]["documentId"].as_str().unwrap();
        for (token, id) in [
            (&acme, id_of(BILLS).as_str()),
            (&acme, "theirs"),
            (&acme, "unknown"),
            (&acme, gone),
            (&acme, "old"),
            (&beta, &id_of(NAMES)),
            (&foreign, &id_of(NAMES)),
            (&office.owner, gone),
        ] {
            assert_eq!(seen(&asked(token, id).await), seen(&expected), "{id}");
        }
        // By the protocol of automatic persisted queries, and by GET, just the same.
        let automatic = async |token: &str, text: &str| {
            let extension = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash_of(text) } });
            office
                .world
                .send(office.world.request(Some(token)).header(ACCEPT, accept).json(&json!({ "extensions": extension })))
                .await
        };
        assert_eq!(seen(&automatic(&acme, BILLS).await), seen(&expected));
        let got = async |id: &str| office.world.send(office.get(&acme, id, &Value::Null).header(ACCEPT, accept)).await;
        assert_eq!(seen(&got(&id_of(BILLS)).await), seen(&got(&unknown).await));
    }
}

#[tokio::test]
async fn a_document_that_was_revoked_runs_on_no_node_from_that_moment_on() {
    let office = Office::new().await;
    let key = office.key("acme", READS).await;
    let (other, address) = office.world.second_gateway(Mode::Production).await;
    let at_other = async |id: &str| {
        let request = office.world.client().post(format!("http://{address}/graphql")).bearer_auth(&key);
        office.world.send(request.json(&json!({ "documentId": id, "variables": { "first": 1 } }))).await
    };
    for round in 0..20 {
        let text = format!("query Names{round}($first: Int!) {{ organizations(first: $first) {{ nodes {{ name }} }} }}");
        let id = id_of(&text);
        // Each has looked it up, in vain, and found it, before it is gone.
        assert_eq!(at_other(&id).await.codes(), ["PERSISTED_QUERY_NOT_FOUND"]);
        let document = office.publish_text("acme", &text).await;
        for _ in 0..2 {
            assert_eq!(at_other(&id).await.status, 200);
            assert_eq!(
                office.run(&key, &id, json!({ "first": 1 })).await.data()["organizations"]["nodes"].as_array().unwrap().len(),
                1
            );
        }
        office.revoke(&document["id"]).await;
        assert_eq!(at_other(&id).await.codes(), ["PERSISTED_QUERY_NOT_FOUND"], "{round}");
        assert_eq!(office.run(&key, &id, json!({ "first": 1 })).await.codes(), ["PERSISTED_QUERY_NOT_FOUND"], "{round}");
    }
    other.close().await;
}

#[tokio::test]
async fn a_variable_out_of_its_bounds_is_refused_before_anything_runs() {
    let office = Office::new().await;
    let lists = "query Lists($first: Int, $ids: [ID!], $name: String) {
        organizations(first: $first, filter: { ids: $ids, name: $name }) { nodes { name } } }";
    let bounds = json!([
        { "document": "Names", "variable": "first", "minimum": 1, "maximum": 3 },
        { "document": "Lists", "variable": "first", "maximum": 3 },
        { "variable": "ids", "maximum": 2 },
        { "variable": "name", "maximum": 4 },
        { "document": "Bills", "variable": "first", "maximum": 5 },
    ]);
    office.publish(json!({ "client": "acme", "files": [NAMES, lists, BILLS], "bounds": bounds })).await;
    let key = office.key("acme", READS).await;
    let some = "org_00000000000000000000000000";
    for (text, variables, within) in [
        (NAMES, json!({ "first": 1 }), true),
        (NAMES, json!({ "first": 3 }), true),
        (NAMES, json!({ "first": 4 }), false),
        (NAMES, json!({ "first": 0 }), false),
        (NAMES, json!({ "first": -1 }), false),
        (NAMES, json!({ "first": "3" }), false),
        (NAMES, json!({}), false),
        (lists, json!({ "first": 3, "ids": [some, some], "name": "Ünïx" }), true),
        (lists, json!({ "first": 3 }), true),
        // The server has a size of its own for what is left out.
        (lists, json!({}), false),
        (lists, json!({ "first": null }), false),
        (lists, json!({ "first": 1, "ids": [some, some, some] }), false),
        (lists, json!({ "first": 1, "ids": some }), true),
        (lists, json!({ "first": 1, "ids": null }), true),
        (lists, json!({ "first": 1, "name": "Ünïxx" }), false),
        (BILLS, json!({}), true),
        (BILLS, json!({ "first": 5 }), true),
        (BILLS, json!({ "first": null }), false),
        (BILLS, json!({ "first": 6 }), false),
        (BILLS, json!({ "first": 1e300 }), false),
    ] {
        for token in [&key, &office.owner] {
            let answer = office.run(token, &id_of(text), variables.clone()).await;
            if within {
                assert!(answer.data()["organizations"].is_object(), "{variables}");
            } else {
                assert_eq!((answer.status.as_u16(), answer.codes()), (200, vec!["BAD_USER_INPUT"]), "{variables}");
                assert!(answer.body.get("data").is_none(), "{variables}");
            }
        }
    }
    let answer = office.run(&key, &id_of(NAMES), json!({ "first": 50 })).await;
    let message = answer.body["errors"][0]["message"].as_str().unwrap();
    assert_eq!(message, "`$first` must be between 1 and 3, as this document was registered");
}

#[tokio::test]
async fn a_key_that_runs_registered_documents_runs_no_text_not_even_that_of_its_own() {
    let office = Office::new().await;
    office.publish_text("acme", NAMES).await;
    let key = office.key("acme", READS).await;
    for body in [
        json!({ "query": NAMES, "variables": { "first": 1 } }),
        json!({ "query": "{ nonsense" }),
        json!({ "query": "{ __typename }" }),
        json!({ "query": NAMES, "extensions": { "persistedQuery": { "version": 1, "sha256Hash": hash_of(NAMES) } } }),
    ] {
        let answer = office.world.post(Some(&key), &body).await;
        assert_eq!((answer.status.as_u16(), answer.codes()), (403, vec!["DOCUMENT_REQUIRED"]), "{body}");
    }
    let free = office.key_with("acme", READS, json!({ "documentsOnly": false })).await;
    assert_eq!(office.world.post(Some(&free), &json!({ "query": "{ __typename }" })).await.status, 200);
    // What its scopes do not hold, a document does not give.
    office.publish_text("poor", BILLS).await;
    let poor = office.key("poor", &["organization.read"]).await;
    let answer = office.run(&poor, &id_of(BILLS), json!({ "first": 1 })).await;
    assert_eq!(answer.codes(), ["FORBIDDEN"]);
    assert_eq!(answer.body["data"]["organizations"]["nodes"][0]["billingEmail"], Value::Null);
}

#[tokio::test]
async fn a_registered_document_is_looked_up_once() {
    let office = Office::new().await;
    office.publish_text("acme", NAMES).await;
    office.world.ask(&office.owner, NAMES, json!({ "first": 1 })).await;
    let mut counts = Vec::new();
    for _ in 0..3 {
        counts.push(office.run(&office.owner, &id_of(NAMES), json!({ "first": 1 })).await.statements());
    }
    assert_eq!((counts[1] + 1, counts[2]), (counts[0], counts[1]), "{counts:?}");
}
