//! What requests made to hurt leave in the memory of the process.

use std::time::Duration;

use futures_util::future::join_all;
use migration::catalog::BaseRole;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::arsenal::{Attack, arsenal};
use crate::live::client::{Heard, Socket};
use crate::people::Script;
use crate::program::Program;
use crate::world::World;

/// MiB that all of it may take at its worst moment, beside what the process has taken before: large bodies may take 64.
const ROOM: u64 = 128;
/// Requests that are begun and never ended.
const HALVES: usize = 400;
/// Documents that nobody has registered.
const UNKNOWN: usize = 2_000;
/// Subscriptions that are asked for on one socket, of which some may run.
const SUBSCRIPTIONS: usize = 10_000;
const MAY_RUN: usize = 50;

/// MiB that a process has had in memory at its worst moment.
fn most(program: &Program) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", program.child.id().unwrap())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

/// Every attack twice: what the first leaves behind, the second must not add to.
async fn all_attacks(program: &Program) {
    let client = reqwest::Client::new();
    for Attack { what, method, parameters, headers, body, status, .. } in arsenal().into_iter().chain(arsenal()) {
        let url = format!("http://{}/graphql{parameters}", program.address());
        let request = headers
            .iter()
            .fold(client.request(method.parse().unwrap(), url), |request, (name, value)| request.header(*name, *value));
        let is_large = body.len() > 1024 * 1024;
        match request.body(body).send().await {
            Ok(answer) => assert_eq!(answer.status().as_u16(), status, "{what}"),
            // A server that has seen enough may hang up while we still send.
            Err(error) => assert!(is_large, "{what}: {error}"),
        }
    }
}

async fn unknown_documents(program: &Program) {
    let client = reqwest::Client::new();
    let url = format!("http://{}/graphql", program.address());
    for part in 0..UNKNOWN / 4 {
        let asked = (0..4).map(|number| {
            let hash = format!("{:064x}", part * 4 + number);
            client.post(&url).json(&json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": hash } } })).send()
        });
        for answer in join_all(asked).await {
            let answer: Value = answer.unwrap().json().await.unwrap();
            assert_eq!(answer["errors"][0]["message"], "PersistedQueryNotFound");
        }
    }
}

/// As many as may run do so, and each further one is refused.
async fn subscriptions(program: &Program, token: &str) {
    let mut socket = Socket::of(program.address(), token).await;
    let mut refused = 0;
    for part in 0..SUBSCRIPTIONS / 100 {
        for number in 0..100 {
            socket.begin(&format!("{part}-{number}"), "subscription { accessChanged { id } }", Value::Null).await;
        }
        let answers = if part == 0 { 100 - MAY_RUN } else { 100 };
        for _ in 0..answers {
            let Heard::Said(message) = socket.heard().await else { panic!("the socket is closed") };
            assert_eq!(message["payload"][0]["extensions"]["code"], "SUBSCRIPTION_LIMIT_EXCEEDED", "{message:#}");
            refused += 1;
        }
    }
    assert_eq!(refused, SUBSCRIPTIONS - MAY_RUN);
}

#[tokio::test]
async fn what_is_made_to_hurt_takes_no_memory_to_speak_of() {
    let world = World::empty().await;
    let mut script = Script::default();
    let (tenant, user) = (script.tenant("Target"), script.user("Victim"));
    script.member(tenant, user, BaseRole::Owner);
    script.organization(tenant, "House", user);
    script.run(&world).await;
    let token = world.token(user, Some(tenant)).await;
    let environment = [("TENANTRY_LIMIT_LIVE_MESSAGES", "1000000"), ("TENANTRY_BUDGET_ANONYMOUS", "10000000000")];
    let program = Program::serve_with(&world.database_url(), &environment).await;
    let viewer = "{ viewer { user { id } } }";
    for _ in 0..20 {
        program.ask(Some(&token), viewer).await.data();
    }
    let before = most(&program);
    let mut halves = Vec::new();
    for _ in 0..HALVES {
        let mut stream = TcpStream::connect(program.address()).await.unwrap();
        let head = "POST /graphql HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{";
        stream.write_all(head.as_bytes()).await.unwrap();
        halves.push(stream);
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    program.ask(Some(&token), viewer).await.data();
    drop(halves);
    all_attacks(&program).await;
    unknown_documents(&program).await;
    subscriptions(&program, &token).await;
    program.ask(Some(&token), viewer).await.data();
    let after = most(&program);
    assert!(after < before + ROOM, "{before} MiB before, {after} MiB at the worst");
    assert_eq!(program.stop().await, 0);
}
