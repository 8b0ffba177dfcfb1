//! Requests made to hurt: refused cheaply, with a small answer that leaks nothing, and the server goes on.

mod arsenal;
mod memory;

use std::time::{Duration, Instant};

use reqwest::header::ACCEPT_ENCODING;
use serde_json::json;
use tenantry::document::Limits;
use tenantry::gateway;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use self::arsenal::{Attack, arsenal};
use crate::world::{Answer, World};

/// Bytes of the largest refusal: it says what is wrong, and no more.
const SMALL: usize = 2_000;

fn is_refused(what: &str, answer: &Answer, status: u16, code: &str) {
    let text = answer.body.to_string();
    assert_eq!((answer.status.as_u16(), answer.codes().first()), (status, Some(&code)), "{what}: {text:.500}");
    assert!(answer.body.get("data").is_none(), "{what}: {text:.500}");
    assert!(text.len() < SMALL, "{what}: an answer of {} bytes", text.len());
    for inside in ["panicked", "sqlx", "async_graphql", "src/", "127.0.0.1", "select ", "SELECT ", "tenantry_"] {
        assert!(!text.contains(inside), "{what}: {text}");
    }
}

async fn goes_on(world: &World) {
    assert_eq!(world.ask_as_stranger("{ __typename }").await.data(), &json!({ "__typename": "Query" }));
}

#[tokio::test]
async fn requests_made_to_hurt_are_refused_before_anything_runs() {
    let world = World::demo().await;
    let owner = world.act_as("owner").await;
    for attack in arsenal() {
        let Attack { what, method, parameters, headers, body, status, codes } = attack;
        let request = world.client().request(method.parse().unwrap(), world.url(&format!("/graphql{parameters}")));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        // Whoever has signed in is refused as strangers are.
        for request in [request.try_clone().unwrap(), request.bearer_auth(&owner)] {
            let answer = world.send(request.body(body.clone())).await;
            let code = answer.codes().first().copied().unwrap_or("none").to_owned();
            assert!(codes.contains(&code.as_str()), "{what}: {code}");
            is_refused(&what, &answer, status, &code);
            if status == 415 && headers.iter().any(|(name, _)| *name == "content-encoding") {
                assert_eq!(answer.headers[ACCEPT_ENCODING], "identity");
            }
        }
    }
    assert_eq!(world.value("select count(*) from organizations where name = 'Forged'").await.unwrap(), "0");
    goes_on(&world).await;
}

#[tokio::test]
async fn values_made_to_hurt_are_refused() {
    let world = World::demo().await;
    let owner = world.act_as("owner").await;
    let query = "query($id: ID!, $first: Int) { node(id: $id) { id } organizations(first: $first) { totalCount } }";
    for (what, variables) in [
        ("a huge id", json!({ "id": "x".repeat(500_000) })),
        ("a huge number", json!({ "id": "a", "first": 1e300 })),
        ("NUL", json!({ "id": "org_\0" })),
        ("an id of another kind", json!({ "id": { "a": 1 } })),
        ("many ids", json!({ "id": vec!["a"; 100_000] })),
    ] {
        let answer = world.ask(&owner, query, variables).await;
        let text = answer.body.to_string();
        assert!(answer.codes().contains(&"BAD_USER_INPUT"), "{what}: {text:.300}");
        assert!(text.len() < SMALL, "{what}: an answer of {} bytes", text.len());
    }
    goes_on(&world).await;
}

/// Sends bytes as they are, and reads until the server hangs up.
async fn raw(world: &World, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    // A server that has seen enough may hang up while we still send.
    let _ = stream.write_all(bytes).await;
    let mut received = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(30), stream.read_to_end(&mut received)).await.expect("it hangs up");
    String::from_utf8_lossy(&received).into_owned()
}

#[tokio::test]
async fn heads_and_requests_that_never_end_are_ended() {
    let brief = Duration::from_millis(300);
    let world = World::behind(|settings| gateway::Settings {
        door: tenantry::http::Settings { idle: brief, sending: brief, ..settings.door },
        ..settings
    })
    .await;
    let head = "POST /graphql HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n";
    assert_eq!(raw(&world, b"POST /graphql HTTP/1.1\r\nHost: gate").await, "");
    let half = raw(&world, format!("{head}Content-Length: 100\r\nConnection: close\r\n\r\n{{\"query\"").as_bytes()).await;
    assert!(half.starts_with("HTTP/1.1 408 ") && half.contains("BAD_USER_INPUT"), "{half}");
    let chunked =
        raw(&world, format!("{head}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\n{{\"que").as_bytes()).await;
    assert!(chunked.starts_with("HTTP/1.1 408 "), "{chunked}");
    let headers = "X-Many: 1\r\n".repeat(200);
    let many = raw(&world, format!("{head}{headers}\r\n").as_bytes()).await;
    assert!(many.starts_with("HTTP/1.1 431 "), "{many}");
    let long = raw(&world, format!("{head}X-Long: {}\r\n\r\n", "x".repeat(100_000)).as_bytes()).await;
    assert!(long.starts_with("HTTP/1.1 431 "), "{long:.100}");
    let url = raw(&world, format!("GET /graphql?query={} HTTP/1.1\r\nHost: gateway\r\n\r\n", "x".repeat(200_000)).as_bytes()).await;
    assert!(url.starts_with("HTTP/1.1 414 ") || url.starts_with("HTTP/1.1 431 "), "{url:.100}");
    assert!(
        raw(&world, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 nothing of HTTP\r\n\r\n").await.starts_with("HTTP/1.1 400 ")
    );
    // A hundred of them at once keep nobody else out.
    let mut halves = Vec::new();
    for _ in 0..100 {
        let mut stream = TcpStream::connect(world.address).await.unwrap();
        stream.write_all(format!("{head}Content-Length: 100\r\n\r\n{{").as_bytes()).await.unwrap();
        halves.push(stream);
    }
    goes_on(&world).await;
}

/// A gateway that gives clients so long, and has room for so many.
async fn impatient(writing: Duration, connections: usize) -> World {
    World::behind(|settings| gateway::Settings {
        door: tenantry::http::Settings { writing, connections, ..settings.door },
        documents: Limits { root_fields: 100, aliases: 100, ..settings.documents },
        ..settings
    })
    .await
}

/// A client that has asked for more than fits on its way, and has not read any of it.
async fn asked_for_much(world: &World) -> TcpStream {
    let document = format!("{{ {} }}", (0..100).map(|n| format!("a{n}: _service {{ sdl }} ")).collect::<Vec<_>>().concat());
    let body = json!({ "query": document }).to_string();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(16 * 1024).unwrap();
    let mut stream = socket.connect(world.address).await.unwrap();
    let head = "POST /graphql HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\nConnection: close\r\n";
    stream.write_all(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes()).await.unwrap();
    stream
}

/// Is what was received the whole answer, by its own account?
fn is_whole(received: &[u8]) -> bool {
    let text = String::from_utf8_lossy(received);
    let (head, body) = text.split_once("\r\n\r\n").expect("the head fits on the way");
    let length: usize = head.to_lowercase().split("content-length: ").nth(1).unwrap().lines().next().unwrap().parse().unwrap();
    assert!(head.starts_with("HTTP/1.1 200 ") && length > 5_000_000, "{head}");
    body.len() == length
}

#[tokio::test]
async fn an_answer_that_nobody_reads_is_not_held() {
    // There is room for one: whoever comes next is answered when that one is gone.
    let world = impatient(Duration::from_millis(300), 1).await;
    let mut stalled = asked_for_much(&world).await;
    goes_on(&world).await;
    let mut received = Vec::new();
    // What had been sent before is there; then it ends, however it ends.
    let _ = stalled.read_to_end(&mut received).await;
    assert!(!is_whole(&received), "it was sent to the end");
}

#[tokio::test]
async fn an_answer_that_is_read_slowly_but_steadily_is_sent_to_its_end() {
    let patience = Duration::from_secs(1);
    let world = impatient(patience, 1).await;
    let mut stream = asked_for_much(&world).await;
    let (mut received, mut longest, start) = (Vec::new(), Duration::ZERO, Instant::now());
    let mut last = start;
    let mut part = vec![0; 512 * 1024];
    while let Ok(count @ 1..) = stream.read(&mut part).await {
        received.extend_from_slice(&part[..count]);
        if received.len() % (512 * 1024) < count {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        longest = longest.max(last.elapsed());
        last = Instant::now();
    }
    // Where this machine itself stood still, the server was right to end it.
    assert!(is_whole(&received) || longest * 4 > patience, "{} bytes, {longest:?}", received.len());
}
