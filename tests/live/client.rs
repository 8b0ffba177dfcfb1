//! The other end: a socket and an event stream, as clients have them.

use std::fmt::Display;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// What does not come in this time does not come.
const PATIENCE: Duration = Duration::from_secs(60);
const PROTOCOL: &str = "graphql-transport-ws";

/// A socket.
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// What comes over it.
#[derive(Debug, PartialEq)]
pub enum Heard {
    Said(Value),
    Closed(u16, String),
    /// Without a goodbye.
    Gone,
}

impl Socket {
    /// Opens one with these headers; or the status of a refusal.
    pub async fn with(address: impl Display, headers: &[(&'static str, &str)]) -> Result<Self, u16> {
        let mut request = format!("ws://{address}/graphql/ws").into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_str(value).unwrap());
        }
        match connect_async(request).await {
            Ok((stream, _)) => Ok(Self(stream)),
            Err(tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// One of the right protocol.
    pub async fn open(address: impl Display) -> Self {
        Self::with(address, &[("sec-websocket-protocol", PROTOCOL)]).await.unwrap()
    }

    /// The same where somebody is there to open it.
    pub async fn try_open(address: impl Display) -> Option<Self> {
        let mut request = format!("ws://{address}/graphql/ws").into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static(PROTOCOL));
        match connect_async(request).await {
            Ok((stream, _)) => Some(Self(stream)),
            Err(tungstenite::Error::Http(response)) => {
                assert_eq!(response.status().as_u16(), 503, "a socket is refused");
                None
            }
            Err(_) => None,
        }
    }

    /// One that has been introduced.
    pub async fn of(address: impl Display, token: &str) -> Self {
        let mut socket = Self::open(address).await;
        socket.say(json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {token}") } })).await;
        assert_eq!(socket.heard().await, Heard::Said(json!({ "type": "connection_ack" })));
        socket
    }

    /// One on which an operation runs, `1`.
    pub async fn running(address: impl Display, token: &str, query: &str, variables: Value) -> Self {
        let mut socket = Self::of(address, token).await;
        socket.begin("1", query, variables).await;
        socket
    }

    pub async fn begin(&mut self, id: &str, query: &str, variables: Value) {
        self.say(json!({ "type": "subscribe", "id": id, "payload": { "query": query, "variables": variables } })).await;
    }

    pub async fn say(&mut self, message: Value) {
        self.send(Message::text(message.to_string())).await;
    }

    pub async fn send(&mut self, message: Message) {
        // What is sent to a socket that has just been closed is lost: what closed it is heard next.
        let _ = self.0.send(message).await;
    }

    /// What comes next; pings are answered.
    pub async fn heard(&mut self) -> Heard {
        loop {
            match self.heard_raw().await {
                Heard::Said(message) if message["type"] == "ping" => self.say(json!({ "type": "pong" })).await,
                heard => return heard,
            }
        }
    }

    /// What comes next, pings of the protocol included.
    pub async fn heard_raw(&mut self) -> Heard {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.0.next()).await.expect("something comes");
            match next {
                Some(Ok(Message::Text(text))) => return Heard::Said(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(Some(frame)))) => return Heard::Closed(frame.code.into(), frame.reason.to_string()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(message)) => panic!("{message:?}"),
                Some(Err(_)) | None => return Heard::Gone,
            }
        }
    }

    /// The payload of an answer.
    pub async fn next(&mut self) -> Value {
        match self.heard().await {
            Heard::Said(message) if message["type"] == "next" => message["payload"].clone(),
            heard => panic!("no answer: {heard:?}"),
        }
    }

    /// The one field of an answer without errors.
    pub async fn event(&mut self) -> Value {
        let payload = self.next().await;
        assert!(payload.get("errors").is_none(), "{payload:#}");
        payload["data"].as_object().unwrap().values().next().unwrap().clone()
    }

    /// The first of the errors with which an operation ends.
    pub async fn error(&mut self) -> Value {
        match self.heard().await {
            Heard::Said(message) if message["type"] == "error" => message["payload"][0].clone(),
            heard => panic!("no error: {heard:?}"),
        }
    }

    /// Its code.
    pub async fn code(&mut self) -> String {
        self.error().await["extensions"]["code"].as_str().unwrap().to_owned()
    }

    /// The code with which the socket is closed, and the reason.
    pub async fn closed(&mut self) -> (u16, String) {
        match self.heard().await {
            Heard::Closed(code, reason) => (code, reason),
            heard => panic!("not closed: {heard:?}"),
        }
    }

    /// Nothing was said up to now: what is asked next is answered next.
    pub async fn is_silent(&mut self) {
        self.say(json!({ "type": "ping", "payload": { "mark": 1 } })).await;
        assert_eq!(self.heard().await, Heard::Said(json!({ "type": "pong", "payload": { "mark": 1 } })));
    }
}

/// An event stream.
pub struct Stream {
    response: reqwest::Response,
    read: String,
}

/// One of its events.
#[derive(Debug, PartialEq)]
pub struct Told {
    pub event: String,
    pub id: Option<String>,
    /// JSON, or nothing.
    pub data: Value,
}

impl Stream {
    pub async fn post(address: impl Display, token: Option<&str>, body: &Value, headers: &[(&'static str, &str)]) -> Self {
        Self::try_post(address, token, body, headers).await.unwrap()
    }

    /// The same where somebody is there to answer.
    pub async fn try_post(
        address: impl Display,
        token: Option<&str>,
        body: &Value,
        headers: &[(&'static str, &str)],
    ) -> Option<Self> {
        let mut all = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("text/event-stream"))]);
        for (name, value) in headers {
            all.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        let request = reqwest::Client::new().post(format!("http://{address}/graphql/stream")).headers(all).json(body);
        let request = if let Some(token) = token { request.bearer_auth(token) } else { request };
        Some(Self::of(request.send().await.ok()?))
    }

    pub fn of(response: reqwest::Response) -> Self {
        Self { response, read: String::new() }
    }

    pub fn response(&self) -> &reqwest::Response {
        &self.response
    }

    /// The next event; nothing where the stream has ended.
    pub async fn told(&mut self) -> Option<Told> {
        loop {
            if let Some(end) = self.read.find("\n\n") {
                let block: String = self.read.drain(..end + 2).collect();
                let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(|text| text.trim().to_owned());
                let Some(event) = field("event:") else { continue };
                let data = field("data:").filter(|data| !data.is_empty());
                return Some(Told {
                    event,
                    id: field("id:"),
                    data: data.map_or(Value::Null, |data| serde_json::from_str(&data).unwrap()),
                });
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await.expect("something comes");
            match chunk {
                Ok(Some(bytes)) => self.read += std::str::from_utf8(&bytes).unwrap(),
                Ok(None) | Err(_) => return None,
            }
        }
    }
}
