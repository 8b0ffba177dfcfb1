//! One socket: it is introduced, then carries operations, until either side ends it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use axum::http::{HeaderMap, HeaderValue, header};
use metrics::counter;
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::MissedTickBehavior;

use super::operation::{Asking, begin, carry, enter};
use super::outlet::{Key, Outgoing, Outlet, PATIENCE, WAITING};
use super::places::{OwnPlace, Place};
use super::protocol::{self, Close, Incoming};
use crate::clock;
use crate::error::{Code, Error};
use crate::gateway::Gateway;
use crate::graph::request_errors;
use crate::http::graphql::By;
use crate::http::log::{Came, Logged};
use crate::http::parameters::Parameters;

/// Messages are counted for so long.
const PACE: Duration = Duration::from_secs(10);
/// What runs when the process stops may end within so long.
const DRAIN: Duration = Duration::from_secs(10);
/// After so many ticks of silence a client is asked whether it is there.
const ASKED: u32 = 2;
/// And after so many it is gone.
const GONE: u32 = 4;
/// Whoever is told to go has so long to say goodbye.
const GOODBYE: Duration = Duration::from_secs(2);

/// A socket.
pub(super) struct Socket {
    gateway: Gateway,
    asking: Asking,
    /// As it came: what comes with the introduction goes before.
    credential: Option<HeaderValue>,
    own_place: Option<OwnPlace>,
    operations: HashMap<Arc<str>, (u64, AbortHandle)>,
    /// Dropped with the socket, they end.
    tasks: JoinSet<()>,
    next: u64,
    outlet: mpsc::Sender<(Key, Outgoing)>,
    inlet: mpsc::Receiver<(Key, Outgoing)>,
    counted_since: Instant,
    counted: u32,
}

/// Why a socket ends.
enum End {
    /// The other side has gone.
    Gone,
    Close(u16, String),
}

impl From<Close> for End {
    fn from(Close(code, reason): Close) -> Self {
        Self::Close(code, reason.to_owned())
    }
}

impl Socket {
    pub fn new(gateway: Gateway, mut came: Came, credential: Option<HeaderValue>) -> Self {
        let (outlet, inlet) = mpsc::channel(WAITING);
        // The trace of whoever opened it ends with that: what comes over it in the hours to come are traces of their own.
        came.origin.trace = None;
        Self {
            gateway,
            asking: Asking { came, headers: HeaderMap::new() },
            credential,
            own_place: None,
            operations: HashMap::new(),
            tasks: JoinSet::new(),
            next: 0,
            outlet,
            inlet,
            counted_since: Instant::now(),
            counted: 0,
        }
    }

    /// Runs until either side ends it.
    pub async fn run(mut self, mut socket: WebSocket, _place: Place) {
        let end = match socket.protocol() {
            Some(_) => self.follow(&mut socket).await,
            None => Close::SUBPROTOCOL.into(),
        };
        // Operations end first: what they still had to say is no more to be said.
        self.tasks.abort_all();
        let (code, reason) = match end {
            End::Gone => (0, String::new()),
            End::Close(code, reason) => (code, reason),
        };
        counter!("tenantry_live_sockets_closed_total", "code" => code.to_string()).increment(1);
        tracing::info!(request = %self.asking.came.id, code, reason, "a socket closed");
        if code == 0 {
            return;
        }
        let goodbye = async {
            socket.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await?;
            // The other side closes the connection, so that nothing that is under way is cut off.
            while let Some(Ok(_)) = socket.recv().await {}
            Ok::<_, axum::Error>(())
        };
        let _ = tokio::time::timeout(GOODBYE, goodbye).await;
    }

    async fn follow(&mut self, socket: &mut WebSocket) -> End {
        let settings = self.gateway.door.settings.live;
        let live = self.gateway.live.clone();
        let mut stopping = std::pin::pin!(live.stopped());
        let introduction = tokio::time::sleep(settings.introduction);
        tokio::pin!(introduction);
        let mut ping = tokio::time::interval(settings.ping);
        // Of a process that stood still it is not the client that was silent.
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut silence = 0;
        loop {
            let acted = tokio::select! {
                () = &mut stopping => return self.drain(socket).await,
                Some((key, outgoing)) = self.inlet.recv() => self.send(socket, &key, outgoing).await,
                () = &mut introduction, if self.own_place.is_none() => Err(Close::INIT_TIMEOUT.into()),
                Some(ended) = self.tasks.join_next() => match ended {
                    Err(error) if error.is_panic() => Err(Close::INTERNAL.into()),
                    _ => Ok(()),
                },
                _ = ping.tick() => {
                    silence += 1;
                    match silence {
                        ASKED if self.own_place.is_some() => say(socket, protocol::ping()).await,
                        GONE.. => Err(End::Gone),
                        _ => Ok(()),
                    }
                }
                message = socket.recv() => {
                    silence = 0;
                    self.hear(socket, message).await
                }
            };
            if let Err(end) = acted {
                return end;
            }
        }
    }

    async fn hear(&mut self, socket: &mut WebSocket, message: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        let text = match message {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Binary(_))) => return Err(Close::INVALID.into()),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return self.keep_pace(),
            // All that a client can do wrong below messages is to send one that is too large, or none that is one.
            Some(Err(error)) if error.to_string().contains("too long") || error.to_string().contains("too large") => {
                return Err(Close::TOO_LARGE.into());
            }
            Some(Err(_) | Ok(Message::Close(_))) | None => return Err(End::Gone),
        };
        self.keep_pace()?;
        match Incoming::read(&text) {
            None => Err(Close::INVALID.into()),
            Some(Incoming::ConnectionInit(payload)) => {
                self.introduce(payload).await?;
                say(socket, protocol::acknowledgement()).await
            }
            Some(Incoming::Ping(payload)) => say(socket, protocol::pong(payload)).await,
            Some(Incoming::Pong) => Ok(()),
            Some(Incoming::Subscribe { id, payload }) => self.subscribe(socket, id, payload).await,
            Some(Incoming::Complete { id }) => {
                if let Some((_, task)) = self.operations.remove(&*id) {
                    task.abort();
                }
                Ok(())
            }
        }
    }

    /// Counts a message, of which there may be so many.
    fn keep_pace(&mut self) -> Result<(), End> {
        if self.counted_since.elapsed() >= PACE {
            (self.counted_since, self.counted) = (Instant::now(), 0);
        }
        self.counted += 1;
        if self.counted > self.gateway.door.settings.live.messages { Err(Close::TOO_MANY_MESSAGES.into()) } else { Ok(()) }
    }

    /// Who this is. A credential that does not hold is told at once, and not with the first operation.
    async fn introduce(&mut self, payload: Option<Map<String, Value>>) -> Result<(), End> {
        if self.own_place.is_some() {
            return Err(Close::TOO_MANY_INITS.into());
        }
        let sent = payload.and_then(|mut payload| payload.remove("authorization").or_else(|| payload.remove("Authorization")));
        let credential = match sent {
            None | Some(Value::Null) => self.credential.take(),
            Some(Value::String(text)) => Some(HeaderValue::from_str(&text).map_err(|_| Close::FORBIDDEN)?),
            Some(_) => return Err(Close::FORBIDDEN.into()),
        };
        self.asking.headers.extend(credential.map(|credential| (header::AUTHORIZATION, credential)));
        match enter(&self.gateway, &self.asking).await {
            Ok(place) => {
                self.own_place = Some(place);
                Ok(())
            }
            Err(refusal) => Err(match refusal.errors.first().map_or(Code::Internal, Error::code) {
                Code::Unauthenticated | Code::Forbidden => Close::FORBIDDEN.into(),
                Code::SubscriptionLimitExceeded => Close::TOO_MANY_SOCKETS.into(),
                Code::Internal => Close::INTERNAL.into(),
                _ => Close::TRY_AGAIN.into(),
            }),
        }
    }

    /// Begins an operation beside those that run.
    async fn subscribe(&mut self, socket: &mut WebSocket, id: String, payload: Map<String, Value>) -> Result<(), End> {
        if self.own_place.is_none() {
            return Err(Close::UNAUTHORIZED.into());
        }
        if self.operations.contains_key(&*id) {
            let (code, reason) = protocol::already_exists(&id);
            return Err(End::Close(code, reason));
        }
        let request = clock::new_id::<uuid::Uuid>().simple().to_string();
        let most = self.gateway.door.settings.live.operations;
        if self.operations.len() >= most {
            let message = format!("a socket carries {most} operations at a time: complete one first");
            let error = Error::client(Code::SubscriptionLimitExceeded, message);
            return say(socket, protocol::error(&id, &request_errors(&[error], &request))).await;
        }
        let parameters = match Parameters::of_members(payload) {
            Ok(parameters) => parameters,
            Err(refusal) => return say(socket, protocol::error(&id, &request_errors(&refusal.errors, &request))).await,
        };
        self.next += 1;
        let key = Key { id: id.into(), number: self.next };
        let outlet = Outlet { key: key.clone(), sender: self.outlet.clone() };
        let gateway = self.gateway.clone();
        let mut asking = self.asking.clone();
        asking.came.id = request;
        let task = self.tasks.spawn(async move {
            let (mut logged, start) = (Logged::default(), Instant::now());
            let begun = begin(&gateway, &asking, &parameters, By::Post, None, &mut logged).await;
            let first = begun.as_ref().err().and_then(|refusal| refusal.errors.first()).map(Error::code);
            super::log::operation(&asking.came.id, &logged, first, start);
            carry(begun, &asking, outlet).await;
        });
        self.operations.insert(key.id, (key.number, task));
        Ok(())
    }

    /// Sends what an operation has to say, unless its client has completed it meanwhile.
    async fn send(&mut self, socket: &mut WebSocket, key: &Key, outgoing: Outgoing) -> Result<(), End> {
        if self.operations.get(&key.id).is_none_or(|(number, _)| *number != key.number) {
            return Ok(());
        }
        if !matches!(outgoing, Outgoing::Next { .. }) {
            self.operations.remove(&key.id);
        }
        match outgoing {
            Outgoing::Next { body, .. } => match std::str::from_utf8(&body) {
                Ok(body) => say(socket, protocol::next(&key.id, body)).await,
                Err(_) => Err(Close::INTERNAL.into()),
            },
            Outgoing::Refused { body } => say(socket, protocol::error(&key.id, &body)).await,
            Outgoing::Complete => say(socket, protocol::complete(&key.id)).await,
            Outgoing::Interrupted => Ok(()),
        }
    }

    /// The process stops: what runs may end, then the client is told to come again.
    async fn drain(&mut self, socket: &mut WebSocket) -> End {
        let drained = async {
            while !self.operations.is_empty() {
                let Some((key, outgoing)) = self.inlet.recv().await else { return };
                if self.send(socket, &key, outgoing).await.is_err() {
                    return;
                }
            }
        };
        let _ = tokio::time::timeout(DRAIN, drained).await;
        Close::GOING_AWAY.into()
    }
}

/// Sends a message. Who does not take it is gone.
async fn say(socket: &mut WebSocket, text: String) -> Result<(), End> {
    match tokio::time::timeout(PATIENCE, socket.send(Message::Text(text.into()))).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(End::Gone),
    }
}
