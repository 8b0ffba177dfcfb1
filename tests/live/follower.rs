//! A client that listens on, whatever comes in between: by a socket, or by an event stream.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::PgPool;

use super::client::{Heard, Socket, Stream};

/// What is listened to.
pub const TOLD: &str =
    "subscription Told($id: ID!, $after: String) { organizationChanged(id: $id, after: $after) { id cursor action occurredAt } }";

/// By what a subscription may end for a moment: whoever hears it comes back.
const PASSING: [&str; 3] = ["UNAVAILABLE", "TIMEOUT", "SLOW_CONSUMER"];
/// Codes with which a socket may be closed for a moment: the server stops, and is too busy.
const AGAIN: [u16; 2] = [1001, 1013];

/// Listens, and comes back by its cursor whenever it is cut off.
pub struct Follower {
    token: String,
    id: String,
    after: String,
    /// Every event that it was told, in that order.
    pub told: Vec<Value>,
    by: By,
    line: Option<Line>,
}

/// How it listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Socket,
    Stream,
}

enum Line {
    Socket(Socket),
    Stream(Stream),
}

impl Follower {
    /// Listens to this organization, from there on.
    pub fn new(token: &str, organization: &str, after: String) -> Self {
        Self::by(By::Socket, token, organization, after)
    }

    /// The same, by either way.
    pub fn by(by: By, token: &str, organization: &str, after: String) -> Self {
        Self { token: token.to_owned(), id: organization.to_owned(), after, told: Vec::new(), by, line: None }
    }

    /// Listens for so long at one of these addresses: the first that opens.
    pub async fn follow(&mut self, addresses: &[&str], time: Duration) {
        let _ = tokio::time::timeout(time, async {
            loop {
                if self.line.is_none() {
                    self.line = self.connect(addresses).await;
                }
                match &mut self.line {
                    Some(Line::Socket(socket)) => {
                        let heard = socket.heard().await;
                        self.hear(heard);
                    }
                    Some(Line::Stream(stream)) => match stream.told().await {
                        Some(told) if told.event == "next" => self.note(&told.data),
                        Some(told) => assert_eq!((&*told.event, told.data), ("complete", Value::Null)),
                        None => self.line = None,
                    },
                    None => tokio::time::sleep(Duration::from_millis(50)).await,
                }
            }
        })
        .await;
    }

    fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Said(message) if message["type"] == "next" => self.note(&message["payload"]),
            Heard::Said(message) => {
                assert_eq!(message["type"], "error", "{message:#}");
                is_passing(&message["payload"]);
                self.line = None;
            }
            Heard::Closed(code, reason) => {
                assert!(AGAIN.contains(&code), "{code} {reason}");
                self.line = None;
            }
            Heard::Gone => self.line = None,
        }
    }

    /// Notes an event; or why there are no more for a moment.
    fn note(&mut self, payload: &Value) {
        if payload.get("errors").is_some() {
            is_passing(&payload["errors"]);
            self.line = None;
            return;
        }
        let event = payload["data"]["organizationChanged"].clone();
        event["cursor"].as_str().unwrap().clone_into(&mut self.after);
        self.told.push(event);
    }

    async fn connect(&self, addresses: &[&str]) -> Option<Line> {
        for address in addresses {
            if tokio::net::TcpStream::connect(address).await.is_err() {
                continue;
            }
            let line = match self.by {
                By::Socket => self.socket(address).await,
                By::Stream => self.stream(address).await,
            };
            if line.is_some() {
                return line;
            }
        }
        None
    }

    async fn socket(&self, address: &str) -> Option<Line> {
        let mut socket = Socket::try_open(address).await?;
        socket.say(json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {}", self.token) } })).await;
        match socket.heard().await {
            Heard::Said(message) => assert_eq!(message, json!({ "type": "connection_ack" })),
            Heard::Closed(code, reason) => {
                assert!(AGAIN.contains(&code), "{code} {reason}");
                return None;
            }
            Heard::Gone => return None,
        }
        socket.begin("1", TOLD, json!({ "id": self.id, "after": self.after })).await;
        Some(Line::Socket(socket))
    }

    /// By the id of the last event, as browsers come back.
    async fn stream(&self, address: &str) -> Option<Line> {
        let body = json!({ "query": TOLD, "variables": { "id": self.id } });
        let stream = Stream::try_post(address, Some(&self.token), &body, &[("last-event-id", &self.after)]).await?;
        match stream.response().status().as_u16() {
            200 => Some(Line::Stream(stream)),
            status => {
                assert_eq!(status, 503, "a stream is refused");
                None
            }
        }
    }

    /// Listens on until it has heard of all that was written.
    pub async fn has_heard_all(&mut self, pool: &PgPool, addresses: &[&str]) {
        let sql = "select id::text from outbox_events where type = 'organization.update' order by transaction, index_id";
        let written: Vec<String> = sqlx::query_scalar(sql).fetch_all(pool).await.unwrap();
        for _ in 0..600 {
            if self.told.len() >= written.len() {
                break;
            }
            self.follow(addresses, Duration::from_millis(100)).await;
        }
        let told: Vec<String> = self
            .told
            .iter()
            .map(|event| event["id"].as_str().unwrap().parse::<entity::id::EventId>().unwrap().uuid().to_string())
            .collect();
        assert_eq!(told, written, "each once, and in order");
    }
}

fn is_passing(errors: &Value) {
    let code = errors[0]["extensions"]["code"].as_str().unwrap_or("none");
    assert!(PASSING.contains(&code), "{errors:#}");
}
