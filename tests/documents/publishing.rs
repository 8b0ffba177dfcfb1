//! What is registered, from which files, and what is refused.

use serde_json::{Value, json};

use super::{BILLS, NAMES, Office, hash_of, id_of};
use crate::world::{World, identity};

#[tokio::test]
async fn the_manifests_of_every_tool_are_taken_as_they_are() {
    let office = Office::new().await;
    let apollo = json!({ "format": "apollo-persisted-query-manifest", "version": 1,
        "operations": [{ "id": hash_of(NAMES), "name": "Names", "type": "query", "body": NAMES }] });
    let relay = json!({ "d41d8cd98f00b204e9800998ecf8427e": BILLS });
    let viewer = "query Viewer { viewer { user { displayName } } }";
    let codegen = json!({ "da39a3ee5e6b4b0d3255bfef95601890afd80709": viewer });
    let bare = "{ tenant { name } }";
    let files = [apollo.to_string(), relay.to_string(), codegen.to_string(), bare.to_owned()];
    let documents = office.publish(json!({ "client": "web", "files": files })).await;
    let said: Vec<_> = documents.iter().map(|document| (&document["documentId"], &document["alias"], &document["name"])).collect();
    let (relay_id, codegen_id) = (json!("d41d8cd98f00b204e9800998ecf8427e"), json!("da39a3ee5e6b4b0d3255bfef95601890afd80709"));
    assert_eq!(
        said,
        [
            (&json!(id_of(NAMES)), &Value::Null, &json!("Names")),
            (&json!(id_of(BILLS)), &relay_id, &json!("Bills")),
            (&json!(id_of(viewer)), &codegen_id, &json!("Viewer")),
            (&json!(id_of(bare)), &Value::Null, &Value::Null),
        ]
    );
    let permissions = |document: &Value| -> Vec<String> {
        let keys = document["permissions"].as_array().unwrap();
        keys.iter().map(|permission| permission["key"].as_str().unwrap().to_owned()).collect()
    };
    assert!(permissions(&documents[1]).contains(&"billing.read".to_owned()), "{:#}", documents[1]);
    assert!(!permissions(&documents[0]).contains(&"billing.read".to_owned()), "{:#}", documents[0]);
    assert!(documents[0]["cost"].as_str().unwrap().parse::<u64>().unwrap() > 0);
    // By its hash with and without a prefix, and by the id of its manifest, each is the same document.
    for id in [id_of(BILLS), hash_of(BILLS), hash_of(BILLS).to_uppercase(), "d41d8cd98f00b204e9800998ecf8427e".to_owned()] {
        let answer = office.run(&office.owner, &id, json!({ "first": 1 })).await;
        assert_eq!(answer.data()["organizations"]["nodes"].as_array().unwrap().len(), 1, "{id}");
    }
}

#[tokio::test]
async fn to_publish_again_changes_nothing_and_keeps_bounds() {
    let office = Office::new().await;
    let bounds = json!([{ "variable": "first", "maximum": 7 }]);
    let first = office.publish(json!({ "client": "acme", "files": [NAMES, BILLS], "bounds": bounds })).await;
    let version = "select version from access_versions order by version desc limit 1";
    let before = office.world.value(version).await;
    let again = office.publish(json!({ "client": "acme", "files": [BILLS, NAMES] })).await;
    assert_eq!([&again[1], &again[0]], [&first[0], &first[1]]);
    assert_eq!(office.world.value(version).await, before, "nothing has changed");
    let log = "select count(*) from audit_logs where action = 'document.publish'";
    assert_eq!(office.world.value(log).await.as_deref(), Some("2"));
    // Bounds that are said are those that hold.
    let looser = office
        .publish(json!({ "client": "acme", "files": [NAMES], "bounds": [{ "variable": "first", "minimum": 1, "maximum": 9 }] }))
        .await;
    assert_eq!(looser[0]["bounds"], json!([{ "variable": "first", "minimum": 1, "maximum": 9 }]));
    let none = office.publish(json!({ "client": "acme", "files": [NAMES], "bounds": [] })).await;
    assert_eq!(none[0]["bounds"], json!([]));
    // For another client it is another document.
    assert_ne!(office.publish_text("zeta", NAMES).await["id"], first[0]["id"]);
}

#[tokio::test]
async fn what_does_not_fit_is_refused_with_its_place_and_nothing_is_registered() {
    let office = Office::new().await;
    for (files, bounds, place, code, word) in [
        (json!(["{ nobody }"]), Value::Null, json!(["files", "0"]), "INVALID", "nobody"),
        (json!([NAMES, "query Wrong {"]), Value::Null, json!(["files", "1"]), "INVALID", "cannot be read"),
        (json!(["[]"]), Value::Null, json!(["files", "0"]), "INVALID", "object"),
        (json!([json!({ "a b": NAMES }).to_string()]), Value::Null, json!(["files", "0"]), "INVALID", "no id"),
        (json!([NAMES]), json!([{ "variable": "last", "maximum": 5 }]), json!(["bounds", "0"]), "INVALID", "$last"),
        (
            json!([NAMES]),
            json!([{ "document": "Other", "variable": "first", "maximum": 5 }]),
            json!(["bounds", "0"]),
            "INVALID",
            "Other",
        ),
        (json!([NAMES]), json!([{ "variable": "first" }]), json!(["bounds", "0"]), "INVALID", "neither"),
        (json!([BILLS]), json!([{ "variable": "first", "maximum": 4 }]), json!(["bounds", "0"]), "INVALID", "default"),
    ] {
        let complaints = office.complaints(json!({ "client": "acme", "files": files, "bounds": bounds })).await;
        let [(field, its_code, message)] = complaints.as_slice() else { panic!("{files}: {complaints:?}") };
        assert_eq!((field, its_code.as_str()), (&place, code), "{message}");
        assert!(message.contains(word), "{message}");
    }
    for client in ["", "Acme", "a b", "-acme", &"a".repeat(64)] {
        let complaints = office.complaints(json!({ "client": client, "files": [NAMES] })).await;
        assert_eq!(complaints[0].0, json!(["client"]), "{client}");
    }
    assert_eq!(office.world.value("select count(*) from persisted_documents").await.as_deref(), Some("0"));
}

#[tokio::test]
async fn a_document_that_no_key_of_the_client_may_run_is_refused_with_what_is_missing() {
    let office = Office::new().await;
    // Before there is a key, the partner's rights are not known.
    office.publish_text("acme", BILLS).await;
    office.key("beta", &["organization.read"]).await;
    let refused = office.complaints(json!({ "client": "beta", "files": [NAMES, BILLS] })).await;
    let [(field, code, message)] = refused.as_slice() else { panic!("{refused:?}") };
    assert_eq!((field, code.as_str()), (&json!(["files", "1"]), "MISSING_PERMISSION"));
    assert!(message.contains("`billing.read`") && message.contains("`Bills`"), "{message}");
    assert_eq!(office.publish_text("beta", NAMES).await["client"], "beta");
    // A second key of theirs holds it.
    office.key("beta", &["organization.read", "billing.read"]).await;
    office.publish_text("beta", BILLS).await;

    office.key_with("cheap", &["organization.read"], json!({ "rateLimit": 10 })).await;
    let dear = office.complaints(json!({ "client": "cheap", "files": [NAMES] })).await;
    assert_eq!(dear[0].1, "TOO_EXPENSIVE", "{dear:?}");
    let bounds = json!([{ "variable": "first", "maximum": 5 }]);
    office.publish(json!({ "client": "cheap", "files": [NAMES], "bounds": bounds })).await;
}

#[tokio::test]
async fn an_alias_names_one_document_and_a_revoked_one_comes_back_only_when_that_is_said() {
    let office = Office::new().await;
    let file = |alias: &str, text: &str| json!({ alias: text }).to_string();
    let names = office.publish(json!({ "client": "acme", "files": [file("one", NAMES)] })).await.remove(0);
    for files in
        [json!([file("one", BILLS)]), json!([file("two", NAMES)]), json!([file("three", BILLS), file("three", "{ __typename }")])]
    {
        let complaints = office.complaints(json!({ "client": "acme", "files": files })).await;
        assert_eq!(complaints[0].1, "TAKEN", "{complaints:?}");
    }
    // Another client has names of its own.
    office.publish(json!({ "client": "zeta", "files": [file("one", BILLS)] })).await;
    office.revoke(&names["id"]).await;
    let complaints = office.complaints(json!({ "client": "acme", "files": [NAMES] })).await;
    assert_eq!(complaints[0].1, "IMMUTABLE", "{complaints:?}");
    let revived = office.publish(json!({ "client": "acme", "files": [NAMES], "revive": true })).await.remove(0);
    assert_eq!((&revived["id"], &revived["revokedAt"]), (&names["id"], &Value::Null));
    assert_eq!(office.run(&office.owner, "one", json!({ "first": 1 })).await.status, 200);
}

#[tokio::test]
async fn only_those_who_may_publish_do_and_only_in_their_tenant() {
    let office = Office::new().await;
    let document = office.publish_text("acme", NAMES).await;
    let input = json!({ "client": "acme", "files": [NAMES] });
    for person in ["manager", "readonly"] {
        let token = office.world.act_as(person).await;
        assert_eq!(office.try_publish(&token, input.clone()).await.codes(), ["FORBIDDEN"], "{person}");
        let list = office.world.ask(&token, "{ persistedDocuments { nodes { id } } }", Value::Null).await;
        assert_eq!(list.codes(), ["FORBIDDEN"], "{person}");
        let node = "query($id: ID!) { node(id: $id) { id } }";
        assert_eq!(office.world.ask(&token, node, json!({ "id": document["id"] })).await.data(), &json!({ "node": null }));
    }
    let outsider = office.world.act_as("outsider").await;
    assert_eq!(office.run(&outsider, &id_of(NAMES), json!({ "first": 1 })).await.codes(), ["PERSISTED_QUERY_NOT_FOUND"]);
    let revoke = "mutation($id: ID!) { revokeDocument(input: { documentId: $id }) { userErrors { code } } }";
    let refused = office.world.ask(&outsider, revoke, json!({ "id": document["id"] })).await;
    assert!(matches!(refused.codes().as_slice(), ["NOT_FOUND" | "FORBIDDEN"]), "{:#}", refused.body);
    // The locks of Postgres, too: what is registered for another tenant is not there.
    assert_ne!(identity("outsider").tenant_id, identity("owner").tenant_id);
}

#[tokio::test]
async fn documents_are_listed_by_client_and_retired_once() {
    let office = Office::in_world(World::demo().await).await;
    for (client, text) in [("acme", NAMES), ("acme", BILLS), ("zeta", NAMES)] {
        office.publish_text(client, text).await;
    }
    let list = "query($client: String, $revoked: Boolean, $after: String) {
        persistedDocuments(client: $client, includeRevoked: $revoked, first: 1, after: $after) {
            totalCount nodes { id name client registeredBy { displayName } } pageInfo { hasNextPage endCursor } } }";
    let page = async |variables: Value| office.world.ask(&office.owner, list, variables).await.data()["persistedDocuments"].clone();
    let first = page(json!({ "client": "acme" })).await;
    assert_eq!((&first["totalCount"], &first["nodes"][0]["name"]), (&json!(2), &json!("Names")));
    assert_eq!(first["nodes"][0]["registeredBy"]["displayName"], "Olivia Owner");
    let second = page(json!({ "client": "acme", "after": first["pageInfo"]["endCursor"] })).await;
    assert_eq!((&second["nodes"][0]["name"], &second["pageInfo"]["hasNextPage"]), (&json!("Bills"), &json!(false)));

    let id = &first["nodes"][0]["id"];
    let deprecate =
        "mutation($id: ID!) { deprecateDocument(input: { documentId: $id }) { document { deprecatedAt } userErrors { code } } }";
    let retired = async |mutation: &str| office.world.ask(&office.owner, mutation, json!({ "id": id })).await;
    assert!(retired(deprecate).await.data()["deprecateDocument"]["document"]["deprecatedAt"].is_string());
    assert_eq!(retired(deprecate).await.data()["deprecateDocument"]["userErrors"], json!([{ "code": "ALREADY_DONE" }]));
    // It runs all the same.
    assert_eq!(office.run(&office.owner, &id_of(NAMES), json!({ "first": 1 })).await.status, 200);
    office.revoke(id).await;
    assert_eq!(retired(deprecate).await.data()["deprecateDocument"]["userErrors"], json!([{ "code": "ALREADY_DONE" }]));
    assert_eq!(page(json!({ "client": "acme" })).await["totalCount"], 1);
    assert_eq!(page(json!({ "client": "acme", "revoked": true })).await["totalCount"], 2);
    let log = "select string_agg(action, ' ' order by index_id) from audit_logs where action like 'document.%'";
    let expected = "document.publish document.publish document.publish document.deprecate document.revoke";
    assert_eq!(office.world.value(log).await.as_deref(), Some(expected));
}
