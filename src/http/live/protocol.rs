//! The messages of `graphql-transport-ws`, <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>.

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The subprotocol.
pub(super) const NAME: &str = "graphql-transport-ws";
/// Letters of the longest id of an operation.
const LONGEST_ID: usize = 256;

/// What a client says.
#[derive(Debug, PartialEq)]
pub(super) enum Incoming {
    ConnectionInit(Option<Map<String, Value>>),
    Ping(Option<Map<String, Value>>),
    Pong,
    Subscribe { id: String, payload: Map<String, Value> },
    Complete { id: String },
}

/// Why a socket is closed: a code, and a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Close(pub u16, pub &'static str);

impl Close {
    pub const GOING_AWAY: Self = Self(1001, "the server stops: connect again");
    pub const TOO_LARGE: Self = Self(1009, "the message is too large");
    pub const TOO_MANY_MESSAGES: Self = Self(1008, "too many messages");
    pub const TRY_AGAIN: Self = Self(1013, "try again later");
    pub const TOO_MANY_SOCKETS: Self = Self(1013, "you have as many sockets open as you may: close one");
    pub const INVALID: Self = Self(4400, "Invalid message");
    pub const UNAUTHORIZED: Self = Self(4401, "Unauthorized");
    pub const FORBIDDEN: Self = Self(4403, "Forbidden");
    pub const SUBPROTOCOL: Self = Self(4406, "Subprotocol not acceptable");
    pub const INIT_TIMEOUT: Self = Self(4408, "Connection initialisation timeout");
    pub const TOO_MANY_INITS: Self = Self(4429, "Too many initialisation requests");
    pub const INTERNAL: Self = Self(4500, "Internal server error");
}

/// That of a second operation with an id that is in use. A reason has at most 123 bytes.
pub(super) fn already_exists(id: &str) -> (u16, String) {
    let id: String = id.chars().take(20).collect();
    (4409, format!("Subscriber for {id} already exists"))
}

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    id: Option<Value>,
    #[serde(default)]
    payload: Option<Value>,
}

impl Incoming {
    /// Reads a message; nothing where it is none of the protocol.
    pub fn read(text: &str) -> Option<Self> {
        let Message { kind, id, payload } = serde_json::from_str(text).ok()?;
        let object = || match payload.clone() {
            None | Some(Value::Null) => Some(None),
            Some(Value::Object(members)) => Some(Some(members)),
            Some(_) => None,
        };
        let id = || match id {
            Some(Value::String(id)) if !id.is_empty() && id.len() <= LONGEST_ID => Some(id),
            _ => None,
        };
        match &*kind {
            "connection_init" => object().map(Self::ConnectionInit),
            "ping" => object().map(Self::Ping),
            "pong" => object().map(|_| Self::Pong),
            "subscribe" => Some(Self::Subscribe { id: id()?, payload: object()?? }),
            "complete" => Some(Self::Complete { id: id()? }),
            _ => None,
        }
    }
}

/// `connection_ack`
pub(super) fn acknowledgement() -> String {
    json!({ "type": "connection_ack" }).to_string()
}

/// `ping`
pub(super) fn ping() -> String {
    json!({ "type": "ping" }).to_string()
}

/// `pong`, with what came with the ping.
pub(super) fn pong(payload: Option<Map<String, Value>>) -> String {
    match payload {
        Some(payload) => json!({ "type": "pong", "payload": payload }).to_string(),
        None => json!({ "type": "pong" }).to_string(),
    }
}

/// `next`: an answer as it was written.
pub(super) fn next(id: &str, body: &str) -> String {
    format!("{{\"id\":{},\"type\":\"next\",\"payload\":{body}}}", json!(id))
}

/// `error`, with the errors of an answer without data.
pub(super) fn error(id: &str, body: &[u8]) -> String {
    let errors = serde_json::from_slice::<Value>(body).map(|mut body| body["errors"].take()).unwrap_or_default();
    json!({ "id": id, "type": "error", "payload": errors }).to_string()
}

/// `complete`
pub(super) fn complete(id: &str) -> String {
    json!({ "id": id, "type": "complete" }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_as_the_protocol_says_and_nothing_else_is() {
        let read = |value: Value| Incoming::read(&value.to_string());
        assert_eq!(read(json!({ "type": "connection_init" })), Some(Incoming::ConnectionInit(None)));
        assert_eq!(read(json!({ "type": "connection_init", "payload": null })), Some(Incoming::ConnectionInit(None)));
        assert_eq!(read(json!({ "type": "ping", "payload": {} })), Some(Incoming::Ping(Some(Map::new()))));
        assert_eq!(read(json!({ "type": "pong" })), Some(Incoming::Pong));
        assert_eq!(read(json!({ "type": "complete", "id": "1" })), Some(Incoming::Complete { id: "1".to_owned() }));
        assert_eq!(
            read(json!({ "type": "subscribe", "id": "1", "payload": {} })),
            Some(Incoming::Subscribe { id: "1".to_owned(), payload: Map::new() })
        );
        for wrong in [
            json!({}),
            json!([]),
            json!("ping"),
            json!({ "type": 1 }),
            json!({ "type": "connection_ack" }),
            json!({ "type": "next", "id": "1", "payload": {} }),
            json!({ "type": "start", "id": "1", "payload": {} }),
            json!({ "type": "connection_init", "payload": "token" }),
            json!({ "type": "ping", "payload": [] }),
            json!({ "type": "subscribe", "payload": {} }),
            json!({ "type": "subscribe", "id": "", "payload": {} }),
            json!({ "type": "subscribe", "id": 1, "payload": {} }),
            json!({ "type": "subscribe", "id": "x".repeat(300), "payload": {} }),
            json!({ "type": "subscribe", "id": "1" }),
            json!({ "type": "subscribe", "id": "1", "payload": "{ viewer }" }),
            json!({ "type": "complete" }),
        ] {
            assert_eq!(read(wrong.clone()), None, "{wrong}");
        }
        assert_eq!(Incoming::read("{"), None);
    }

    #[test]
    fn answers_are_wrapped_as_they_are() {
        assert_eq!(next("a\"b", "{\"data\":1}"), r#"{"id":"a\"b","type":"next","payload":{"data":1}}"#);
        assert_eq!(error("1", br#"{"errors":[{"message":"no"}]}"#), r#"{"id":"1","payload":[{"message":"no"}],"type":"error"}"#);
    }
}
