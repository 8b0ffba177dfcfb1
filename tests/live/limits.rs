//! How much one may have open, and what comes beyond.

use std::time::Duration;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::client::{Heard, Socket, Stream};
use super::{ORGANIZATION, Office};
use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_subscriptions_on_one_socket_are_refused() {
    let office = Office::build().await;
    let after = office.now(&office.boss).await;
    let mut socket = Socket::of(office.world.address, &office.boss.token).await;
    let mut refused = 0;
    for number in 0..10_000 {
        socket.begin(&number.to_string(), ORGANIZATION, office.about(0, &after)).await;
    }
    let (code, reason) = loop {
        match socket.heard().await {
            Heard::Said(message) => {
                assert_eq!(message["payload"][0]["extensions"]["code"], "SUBSCRIPTION_LIMIT_EXCEEDED", "{message:#}");
                assert!(message.to_string().len() < 300, "{message}");
                refused += 1;
            }
            Heard::Closed(code, reason) => break (code, reason),
            Heard::Gone => panic!("without a word"),
        }
    };
    assert_eq!((code, &*reason), (1008, "too many messages"));
    assert!(refused < 500, "{refused}");
    // Nothing of them is left.
    nothing_runs(&office).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_carries_so_many_operations_and_takes_another_when_one_is_over() {
    let office = Office::with(|mut settings| {
        settings.door.live.operations = 3;
        settings.door.live.messages = 100_000;
        settings
    })
    .await;
    let after = office.now(&office.boss).await;
    let mut socket = Socket::of(office.world.address, &office.boss.token).await;
    for id in ["1", "2", "3"] {
        socket.begin(id, ORGANIZATION, office.about(0, &after)).await;
    }
    for number in 0..10_000 {
        socket.begin(&format!("more {number}"), ORGANIZATION, office.about(0, &after)).await;
        let Heard::Said(message) = socket.heard().await else { panic!("it goes on") };
        assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!(format!("more {number}"))));
        assert_eq!(message["payload"][0]["extensions"]["code"], "SUBSCRIPTION_LIMIT_EXCEEDED");
    }
    socket.say(json!({ "type": "complete", "id": "2" })).await;
    socket.begin("4", "{ __typename }", json!({})).await;
    assert_eq!(socket.next().await["data"], json!({ "__typename": "Query" }));
    assert_eq!(socket.heard().await, Heard::Said(json!({ "type": "complete", "id": "4" })));
    // Those that were let in hear what happens.
    office.rename(0, "Heard twice").await;
    for _ in 0..2 {
        assert_eq!(socket.event().await["organization"]["name"], "Heard twice");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_has_so_many_sockets_and_the_process_so_many_in_all() {
    let office = Office::with(|mut settings| {
        settings.door.live.connections = 3;
        settings.door.live.of_caller = 2;
        settings.door.live.introduction = Duration::from_secs(60);
        settings
    })
    .await;
    let address = office.world.address;
    let first = Socket::of(address, &office.boss.token).await;
    let _second = Socket::of(address, &office.boss.token).await;
    let mut third = Socket::open(address).await;
    third.say(json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {}", office.boss.token) } })).await;
    assert_eq!(third.closed().await.0, 1013);
    // Somebody else is welcome, and then the house is full.
    let _mia = loop {
        match Socket::with(address, &[("sec-websocket-protocol", "graphql-transport-ws")]).await {
            Ok(socket) => break socket,
            // The third is still going.
            Err(status) => assert_eq!(status, 503),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let full = Socket::with(address, &[("sec-websocket-protocol", "graphql-transport-ws")]).await;
    assert_eq!(full.err(), Some(503));
    let stream = Stream::post(address, Some(&office.mia.token), &json!({ "query": "{ __typename }" }), &[]).await;
    assert_eq!((stream.response().status().as_u16(), stream.response().headers()["retry-after"].to_str().unwrap()), (503, "1"));
    // Requests are none of this.
    office.rename(0, "As ever").await;
    drop(first);
    loop {
        let again = Stream::post(address, Some(&office.mia.token), &json!({ "query": "{ __typename }" }), &[]).await;
        if again.response().status() == 200 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_is_too_large_ends_the_socket() {
    let world = World::behind(|mut settings| {
        settings.door.body = 10_000;
        settings
    })
    .await;
    let mut socket = Socket::of(world.address, &world.act_as("owner").await).await;
    socket.send(Message::text(format!("{{\"type\":\"ping\",\"payload\":{{\"x\":\"{}\"}}}}", "x".repeat(20_000)))).await;
    assert_eq!(socket.closed().await.0, 1009);
    let token = world.act_as("owner").await;
    assert_eq!(world.ask(&token, "{ __typename }", Value::Null).await.data(), &json!({ "__typename": "Query" }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_strangers_open_no_socket() {
    let world = World::behind(|mut settings| {
        settings.door.cors_origins = vec!["https://app.example.com".parse().unwrap()];
        settings
    })
    .await;
    let own = format!("http://{}", world.address);
    for (origin, expected) in
        [("https://evil.example.com", Some(403)), ("null", Some(403)), ("https://app.example.com", None), (&*own, None)]
    {
        let headers = [("sec-websocket-protocol", "graphql-transport-ws"), ("origin", origin)];
        assert_eq!(Socket::with(world.address, &headers).await.err(), expected, "{origin}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscriptions_count_among_subscriptions_and_not_among_requests() {
    let office = Office::with(|mut settings| {
        settings.door.running = 2;
        settings.live.subscriptions = 10;
        settings
    })
    .await;
    let after = office.now(&office.boss).await;
    let mut socket = Socket::of(office.world.address, &office.boss.token).await;
    for number in 0..10 {
        socket.begin(&number.to_string(), ORGANIZATION, office.about(0, &after)).await;
        // One after the other: two at a time may begin.
        socket.is_silent().await;
        while office.world.gateway.live.subscriptions() <= number {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    socket.begin("more", ORGANIZATION, office.about(0, &after)).await;
    assert_eq!(socket.code().await, "SUBSCRIPTION_LIMIT_EXCEEDED");
    // Far more subscriptions run than requests may, and requests are answered.
    office.rename(0, "Told to ten").await;
    for _ in 0..10 {
        assert_eq!(socket.event().await["organization"]["name"], "Told to ten");
    }
    drop(socket);
    nothing_runs(&office).await;
}

async fn nothing_runs(office: &Office) {
    for _ in 0..600 {
        if office.world.gateway.live.subscriptions() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("subscriptions are left");
}
