//! Conversations: of one person in one tenant, and nobody else's.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tenantry::retention::{Purge, purge};

use crate::world::{Answer, World};

async fn send(world: &World, token: &str, mutation: &str, input: Value) -> Answer {
    let kind = mutation[..1].to_uppercase() + &mutation[1..];
    let message = if mutation == "postMessage" { "message { id role content metadata }" } else { "" };
    let query = format!(
        "mutation($input: {kind}Input!) {{ it: {mutation}(input: $input) {{ conversation {{ id title status context archivedAt }} {message}
            userErrors {{ field code message }} clientMutationId }} }}"
    );
    world.ask(token, &query, json!({ "input": input })).await
}

/// The payload of a mutation that must succeed.
async fn done(world: &World, token: &str, mutation: &str, input: Value) -> Value {
    let answer = send(world, token, mutation, input).await;
    let payload = answer.data()["it"].clone();
    assert_eq!(payload["userErrors"], json!([]), "{mutation}: {payload:#}");
    payload
}

/// Path and code of each user error.
async fn refused(world: &World, token: &str, mutation: &str, input: Value) -> Vec<(String, String)> {
    let answer = send(world, token, mutation, input).await;
    let errors = answer.data()["it"]["userErrors"].as_array().unwrap().clone();
    let path = |error: &Value| error["field"].as_array().unwrap().iter().filter_map(Value::as_str).collect::<Vec<_>>().join(".");
    errors.iter().map(|error| (path(error), error["code"].as_str().unwrap().to_owned())).collect()
}

async fn start(world: &World, token: &str, title: &str) -> String {
    let started = done(world, token, "startConversation", json!({ "title": title })).await;
    started["conversation"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_is_said_stands_in_its_order_and_is_read_from_both_ends() {
    let world = World::demo().await;
    let me = world.act_as("member").await;
    let input = json!({ "title": " Seats ", "context": { "page": "/members" }, "idempotencyKey": "once" });
    let started = done(&world, &me, "startConversation", input.clone()).await;
    assert_eq!(done(&world, &me, "startConversation", input).await, started);
    let conversation = &started["conversation"];
    let id = conversation["id"].as_str().unwrap();
    assert_eq!((&conversation["title"], &conversation["context"]), (&json!("Seats"), &json!({ "page": "/members" })));
    for number in 0..5 {
        let role = ["USER", "ASSISTANT"][number % 2];
        let input = json!({
            "conversationId": id, "content": format!("message {number}"), "role": role, "metadata": { "number": number },
            "idempotencyKey": format!("message {number}"),
        });
        let posted = done(&world, &me, "postMessage", input.clone()).await;
        assert_eq!((&posted["message"]["role"], &posted["message"]["metadata"]), (&json!(role), &json!({ "number": number })));
        assert_eq!(done(&world, &me, "postMessage", input).await["message"], posted["message"], "a key says it once");
    }
    let page = async |arguments: &str| {
        let query = format!(
            "query($id: ID!) {{ conversation(id: $id) {{ messages({arguments}) {{ totalCount edges {{ cursor node {{ content conversation {{ id }} }} }} }} }} }}"
        );
        world.ask(&me, &query, json!({ "id": id })).await.data()["conversation"]["messages"].clone()
    };
    let said = |page: &Value| -> Vec<String> {
        page["edges"].as_array().unwrap().iter().map(|edge| edge["node"]["content"].as_str().unwrap().to_owned()).collect()
    };
    let last = page("last: 2").await;
    assert_eq!((said(&last), &last["totalCount"]), (vec!["message 3".to_owned(), "message 4".to_owned()], &json!(5)));
    let earlier = page(&format!("last: 2, before: {}", last["edges"][0]["cursor"])).await;
    assert_eq!(said(&earlier), ["message 1", "message 2"]);
    let later = page(&format!("first: 10, after: {}", earlier["edges"][1]["cursor"])).await;
    assert_eq!(said(&later), ["message 3", "message 4"]);
    assert_eq!(later["edges"][0]["node"]["conversation"]["id"], json!(id));
}

#[tokio::test]
async fn nobody_else_reads_a_conversation_nor_goes_on_with_it() {
    let world = World::demo().await;
    let me = world.act_as("member").await;
    let id = start(&world, &me, "private matters").await;
    let posted = done(&world, &me, "postMessage", json!({ "conversationId": id, "content": "between us" })).await;
    let message = &posted["message"]["id"];
    let owner = world.act_as("owner").await;
    let key = "mutation { createApiKey(input: { name: \"Key\", client: \"acme\", scopes: [\"audit.read\"], documentsOnly: false }) { secret } }";
    let key = world.ask(&me, key, Value::Null).await.body["data"]["createApiKey"]["secret"].clone();
    let read = "query($id: ID!, $message: ID!) { conversation(id: $id) { id } nodes(ids: [$id, $message]) { id }
        viewer { conversations(filter: { title: \"private\" }) { totalCount nodes { id messages { totalCount } } } } }";
    let seen = world.ask(&me, read, json!({ "id": id, "message": message })).await;
    assert_eq!(seen.data()["viewer"]["conversations"]["nodes"], json!([{ "id": id, "messages": { "totalCount": 1 } }]));
    assert_eq!(seen.data()["nodes"][1]["id"], *message);
    assert_eq!(key, Value::Null, "who holds nothing makes no key of it");
    let own_key = "mutation { createApiKey(input: { name: \"Key\", client: \"acme\", scopes: [\"audit.read\"], documentsOnly: false }) { secret userErrors { message } } }";
    let own_key = world.ask(&owner, own_key, Value::Null).await.data()["createApiKey"]["secret"].as_str().unwrap().to_owned();
    for token in [&owner, &own_key, &world.act_as("developer").await, &world.act_as("outsider").await] {
        let unseen = world.ask(token, read, json!({ "id": id, "message": message })).await;
        let data = &unseen.body["data"];
        assert_eq!((&data["conversation"], &data["nodes"]), (&Value::Null, &json!([null, null])));
        assert_eq!(data["viewer"]["conversations"]["totalCount"], 0);
        let meddled = send(&world, token, "postMessage", json!({ "conversationId": id, "content": "me too" })).await;
        assert!(["NOT_FOUND", "FORBIDDEN"].contains(&meddled.codes()[0]), "{:#}", meddled.body);
    }
    let by_key = send(&world, &own_key, "startConversation", json!({})).await;
    assert_eq!(by_key.codes(), ["FORBIDDEN"]);
    // What was said is in no log: who reads that may not read this.
    let logged = "select concat((select string_agg(row::text, ' ') from audit_logs row), (select string_agg(row::text, ' ') from outbox_events row))";
    let logged = world.value(logged).await.unwrap();
    assert!(
        logged.contains("conversation.post") && !logged.contains("between us") && !logged.contains("private matters"),
        "{logged}"
    );
}

#[tokio::test]
async fn what_was_put_aside_is_read_and_nothing_is_said_in_it_until_it_is_taken_up_again() {
    let world = World::demo().await;
    let me = world.act_as("member").await;
    let id = start(&world, &me, "Aside").await;
    let this = json!({ "conversationId": id });
    assert_eq!(
        refused(&world, &me, "unarchiveConversation", this.clone()).await,
        [("conversationId".into(), "ALREADY_DONE".into())]
    );
    let aside = done(&world, &me, "archiveConversation", this.clone()).await;
    assert_eq!(aside["conversation"]["status"], "ARCHIVED");
    assert!(aside["conversation"]["archivedAt"].is_string());
    let message = json!({ "conversationId": id, "content": "hello?" });
    assert_eq!(refused(&world, &me, "postMessage", message.clone()).await, [("conversationId".into(), "ENDED".into())]);
    let archived = "{ viewer { conversations(filter: { status: ARCHIVED }) { nodes { id } } } }";
    assert_eq!(world.ask(&me, archived, Value::Null).await.data()["viewer"]["conversations"]["nodes"], json!([{ "id": id }]));
    let again = done(&world, &me, "unarchiveConversation", this).await;
    assert_eq!((&again["conversation"]["status"], &again["conversation"]["archivedAt"]), (&json!("ACTIVE"), &Value::Null));
    done(&world, &me, "postMessage", message).await;
    // Whoever is suspended in the tenant has none.
    world.sql("update tenant_memberships set status = 'suspended'").await;
    let shut_out = send(&world, &me, "startConversation", json!({})).await;
    assert_eq!(shut_out.codes(), ["FORBIDDEN"]);
    let read = "query($id: ID!) { conversation(id: $id) { id } }";
    assert_eq!(world.ask(&me, read, json!({ "id": id })).await.body["data"]["conversation"], Value::Null);
}

#[tokio::test]
async fn what_is_too_long_or_no_object_is_refused_and_keys_hold_under_concurrency() {
    let world = World::demo().await;
    let me = world.act_as("member").await;
    let wrong = json!({ "title": "t".repeat(201), "context": ["a list"], "idempotencyKey": "" });
    assert_eq!(
        refused(&world, &me, "startConversation", wrong).await,
        [("idempotencyKey", "INVALID"), ("title", "TOO_LONG"), ("context", "INVALID")]
            .map(|(field, code)| (field.into(), code.into()))
    );
    let id = start(&world, &me, "Limits").await;
    for (content, metadata, field, code) in [
        (" ".to_owned(), json!({}), "content", "INVALID"),
        ("ü".repeat(32_001), json!({}), "content", "TOO_LONG"),
        ("x".to_owned(), json!("text"), "metadata", "INVALID"),
        ("x".to_owned(), json!({ "text": "y".repeat(17_000) }), "metadata", "TOO_LONG"),
    ] {
        let input = json!({ "conversationId": id, "content": content, "metadata": metadata });
        assert_eq!(refused(&world, &me, "postMessage", input).await, [(field.to_owned(), code.to_owned())]);
    }
    done(&world, &me, "postMessage", json!({ "conversationId": id, "content": "ü".repeat(32_000) })).await;
    let same = json!({ "conversationId": id, "content": "once", "idempotencyKey": "same" });
    let posted = join_all((0..8).map(|_| done(&world, &me, "postMessage", same.clone()))).await;
    assert!(posted.iter().all(|payload| payload["message"]["id"] == posted[0]["message"]["id"]));
    assert_eq!(world.value("select count(*) from messages where content = 'once'").await.as_deref(), Some("1"));
    let other = json!({ "conversationId": id, "content": "twice", "idempotencyKey": "same" });
    assert_eq!(refused(&world, &me, "postMessage", other).await, [("idempotencyKey".into(), "IDEMPOTENCY_KEY_REUSED".into())]);
}

#[tokio::test]
async fn what_somebody_said_goes_and_comes_with_their_place_in_the_tenant_and_ends_with_it() {
    let world = World::demo().await;
    let (me, owner) = (world.act_as("member").await, world.act_as("owner").await);
    let id = start(&world, &me, "Before I went").await;
    done(&world, &me, "postMessage", json!({ "conversationId": id, "content": "see you" })).await;
    let place = "select member.id from tenant_memberships member join conversations said using (tenant_id, user_id)
        where said.title = 'Before I went'";
    let place = json!({ "id": entity::join("tmem", world.value(place).await.unwrap().parse().unwrap()) });
    let change = async |name: &str| {
        let mutation =
            format!("mutation($id: ID!) {{ it: {name}(input: {{ tenantMembershipId: $id }}) {{ userErrors {{ message }} }} }}");
        let answer = world.ask(&owner, &mutation, place.clone()).await;
        assert_eq!(answer.data()["it"]["userErrors"], json!([]), "{name}");
    };
    let read = async || {
        let query = "query($id: ID!) { conversation(id: $id) { messages { nodes { content } } } }";
        world.ask(&me, query, json!({ "id": id })).await.body["data"]["conversation"].clone()
    };
    change("removeTenantMember").await;
    assert_eq!(read().await, Value::Null);
    change("restoreTenantMember").await;
    assert_eq!(read().await, json!({ "messages": { "nodes": [{ "content": "see you" }] } }));
    change("removeTenantMember").await;
    world.sql("update deletions set deleted_at = deleted_at - interval '2556 days'").await;
    let report = purge(&world.gateway.services.database, Purge::ForGood).await.unwrap().expect("nobody else purges");
    assert_eq!(report.kept, 0);
    let left = "select (select count(*) from conversations where title = 'Before I went')
        + (select count(*) from messages where content = 'see you')";
    assert_eq!(world.value(left).await.as_deref(), Some("0"));
}
