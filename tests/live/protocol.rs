//! `graphql-transport-ws`, message by message and code by code.

use std::time::Duration;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::client::{Heard, Socket};
use super::{ORGANIZATION, Office};
use crate::world::World;

const VIEWER: &str = "query Me { viewer { user { displayName } } }";

fn init(token: &str) -> Value {
    json!({ "type": "connection_init", "payload": { "Authorization": format!("Bearer {token}") } })
}

async fn with_live(adjust: impl FnOnce(&mut tenantry::http::LiveSettings)) -> World {
    World::behind(|mut settings| {
        adjust(&mut settings.door.live);
        settings
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_is_closed_with_the_code_for_what_was_wrong() {
    let world = World::demo().await;
    let token = world.act_as("owner").await;
    let ack = json!({ "type": "connection_ack" });
    let subscribe = |id: &str| json!({ "type": "subscribe", "id": id, "payload": { "query": ORGANIZATION } });
    let cases: Vec<(&str, Vec<Message>, u16)> = vec![
        ("no JSON", vec![Message::text("{")], 4400),
        ("no message", vec![Message::text("{}")], 4400),
        ("an unknown message", vec![Message::text(json!({ "type": "start", "id": "1" }).to_string())], 4400),
        ("binary", vec![Message::binary(vec![1, 2, 3])], 4400),
        (
            "an operation without an id",
            vec![Message::text(init(&token).to_string()), Message::text(subscribe("").to_string())],
            4400,
        ),
        ("an operation before the introduction", vec![Message::text(subscribe("1").to_string())], 4401),
        ("a token that is unknown", vec![Message::text(init("ts_nobody").to_string())], 4403),
        (
            "a token that is none",
            vec![Message::text(json!({ "type": "connection_init", "payload": { "authorization": 7 } }).to_string())],
            4403,
        ),
        ("a second introduction", vec![Message::text(init(&token).to_string()), Message::text(init(&token).to_string())], 4429),
    ];
    for (what, messages, code) in cases {
        let mut socket = Socket::open(world.address).await;
        let count = messages.len();
        for message in messages {
            socket.send(message).await;
        }
        for _ in 1..count {
            assert_eq!(socket.heard().await, Heard::Said(ack.clone()), "{what}");
        }
        assert_eq!(socket.closed().await.0, code, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_that_is_in_use_closes_the_socket_and_one_that_is_over_does_not() {
    let office = Office::build().await;
    let after = office.now(&office.boss).await;
    let mut socket = Socket::of(office.world.address, &office.boss.token).await;
    for _ in 0..3 {
        socket.begin("same", VIEWER, json!({})).await;
        assert_eq!(socket.event().await["user"]["displayName"], "Boss");
        assert_eq!(socket.heard().await, Heard::Said(json!({ "type": "complete", "id": "same" })));
    }
    for _ in 0..3 {
        socket.begin("same", ORGANIZATION, office.about(0, &after)).await;
        socket.say(json!({ "type": "complete", "id": "same" })).await;
    }
    socket.begin("same", ORGANIZATION, office.about(0, &after)).await;
    socket.begin("same", ORGANIZATION, office.about(1, &after)).await;
    assert_eq!(socket.closed().await, (4409, "Subscriber for same already exists".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_needs_the_subprotocol() {
    let world = World::demo().await;
    let mut without = Socket::with(world.address, &[]).await.unwrap();
    assert_eq!(without.closed().await, (4406, "Subprotocol not acceptable".to_owned()));
    let plain = world.client().get(world.url("/graphql/ws")).send().await.unwrap();
    assert_eq!(plain.status(), 426);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_introduce_itself_is_sent_away_and_who_has_is_not() {
    let world = with_live(|live| live.introduction = Duration::from_millis(1_500)).await;
    let mut silent = Socket::open(world.address).await;
    let mut known = Socket::of(world.address, &world.act_as("owner").await).await;
    assert_eq!(silent.closed().await, (4408, "Connection initialisation timeout".to_owned()));
    tokio::time::sleep(Duration::from_millis(500)).await;
    known.is_silent().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_sides_ask_whether_the_other_is_there() {
    let world = with_live(|live| live.ping = Duration::from_secs(1)).await;
    let mut socket = Socket::open(world.address).await;
    // Before the introduction, too.
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.heard_raw().await, Heard::Said(json!({ "type": "pong" })));
    socket.say(init(&world.act_as("owner").await)).await;
    assert_eq!(socket.heard_raw().await, Heard::Said(json!({ "type": "connection_ack" })));
    for _ in 0..3 {
        assert_eq!(socket.heard_raw().await, Heard::Said(json!({ "type": "ping" })));
        socket.say(json!({ "type": "pong", "payload": {} })).await;
    }
    // From here on it says nothing any more, and is cut off.
    loop {
        match socket.heard_raw().await {
            Heard::Said(message) => assert_eq!(message, json!({ "type": "ping" })),
            heard => break assert_eq!(heard, Heard::Gone),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queries_and_mutations_are_answered_as_over_http() {
    let world = World::demo().await;
    let token = world.act_as("owner").await;
    let mut socket = Socket::of(world.address, &token).await;
    let query = "query Names($first: Int!) { organizations(first: $first) { totalCount nodes { name billingEmail } } }";
    let over_http = world.ask(&token, query, json!({ "first": 3 })).await;
    socket.begin("1", query, json!({ "first": 3 })).await;
    assert_eq!(&socket.next().await["data"], over_http.data());
    assert_eq!(socket.heard().await, Heard::Said(json!({ "type": "complete", "id": "1" })));

    let create = "mutation { createOrganization(input: { name: \"Over a socket\" }) { organization { name } } }";
    socket.begin("2", create, json!({})).await;
    assert_eq!(socket.event().await["organization"]["name"], "Over a socket");
    assert_eq!(socket.heard().await, Heard::Said(json!({ "type": "complete", "id": "2" })));
    for (document, variables, code) in [
        ("{ nope }", json!({}), "GRAPHQL_VALIDATION_FAILED"),
        ("{", json!({}), "GRAPHQL_PARSE_FAILED"),
        (query, json!({}), "BAD_USER_INPUT"),
        ("", json!({}), "BAD_USER_INPUT"),
        ("subscription { accessChanged { id } b: accessChanged { id } }", json!({}), "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { __typename }", json!({}), "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { accessChanged @skip(if: true) { id } }", json!({}), "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { accessChanged(after: \"rubbish\") { id } }", json!({}), "BAD_USER_INPUT"),
    ] {
        socket.begin("3", document, variables).await;
        assert_eq!(socket.code().await, code, "{document}");
    }
    // Errors of fields come beside the data.
    let mut readonly = Socket::of(world.address, &world.act_as("readonly").await).await;
    readonly.begin("1", query, json!({ "first": 1 })).await;
    let payload = readonly.next().await;
    assert_eq!(payload["data"]["organizations"]["nodes"][0]["billingEmail"], Value::Null);
    assert_eq!(payload["errors"][0]["extensions"]["code"], "FORBIDDEN");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_is_said_by_the_introduction_or_by_the_request_and_may_be_nobody() {
    let world = World::demo().await;
    let bearer = format!("Bearer {}", world.act_as("owner").await);
    let headers = [("sec-websocket-protocol", "graphql-transport-ws"), ("authorization", &bearer)];
    let mut by_request = Socket::with(world.address, &headers).await.unwrap();
    let mut nobody = Socket::open(world.address).await;
    for socket in [&mut by_request, &mut nobody] {
        socket.say(json!({ "type": "connection_init" })).await;
        assert_eq!(socket.heard().await, Heard::Said(json!({ "type": "connection_ack" })));
        socket.begin("1", VIEWER, json!({})).await;
    }
    assert_eq!(by_request.event().await["user"]["displayName"], "Olivia Owner");
    assert_eq!(nobody.event().await, Value::Null);
    assert_eq!(nobody.heard().await, Heard::Said(json!({ "type": "complete", "id": "1" })));
    let id = "org_01h455vb4pex5vsknk084sn02q";
    for field in [
        format!("organizationChanged(id: \"{id}\") {{ id }}"),
        format!("membershipChanged(organizationId: \"{id}\") {{ id }}"),
        "accessChanged { id }".to_owned(),
    ] {
        nobody.begin("2", &format!("subscription {{ {field} }}"), json!({})).await;
        assert_eq!(nobody.code().await, "UNAUTHENTICATED", "{field}");
    }
    let over_http = world.ask(&world.act_as("owner").await, "subscription { accessChanged { id } }", json!({})).await;
    assert_eq!((over_http.status.as_u16(), over_http.codes()), (400, vec!["BAD_USER_INPUT"]));
}
