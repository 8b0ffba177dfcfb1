//! `/graphql/stream`: one operation, answered as server-sent events, in the "distinct connections mode" of graphql-sse,
//! <https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md>. What is wrong with an operation is an event, too; what is
//! wrong with the request, or the moment, is a status, as everywhere.

use std::time::Duration;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::operation::{Asking, Begun, begin, carry, enter};
use super::outlet::{Key, Outgoing, Outlet, WAITING};
use super::places::{OwnPlace, Place};
use crate::error::{Code, Error};
use crate::gateway::Gateway;
use crate::http::accept::MediaType;
use crate::http::answer::Refusal;
use crate::http::graphql::{By, read_url};
use crate::http::json_body;
use crate::http::log::{Came, Logged};
use crate::http::parameters::{InUrl, Parameters};
use crate::live::Cursor;

/// How a client that comes back says which event it saw last.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Proxies cut off what is silent; a comment this often is enough for all that are known.
const KEEP_ALIVE: Duration = Duration::from_secs(12);
/// Letters of what `Accept` may want besides.
const EVENT_STREAM: &str = "text/event-stream";

/// `POST /graphql/stream`
pub(in crate::http) async fn post(
    State(gateway): State<Gateway>,
    Extension(came): Extension<Came>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let read = async { Parameters::of_body(&json_body::read(&gateway.door, &headers, body).await?) };
    respond(&gateway, came, &headers, read, By::Post).await
}

/// `GET /graphql/stream`
pub(in crate::http) async fn get(
    State(gateway): State<Gateway>,
    Extension(came): Extension<Came>,
    headers: HeaderMap,
    parameters: Result<Query<InUrl>, QueryRejection>,
) -> Response {
    let read = async { read_url(&headers, parameters) };
    respond(&gateway, came, &headers, read, By::Get).await
}

/// Any other method.
pub(in crate::http) async fn other_method(Extension(came): Extension<Came>) -> Response {
    let refused = Refusal::from(Error::client(Code::MethodNotAllowed, "send operations by POST or GET, mutations by POST"));
    refused.with_header(header::ALLOW, HeaderValue::from_static("GET, POST")).response(MediaType::Json, &came.id)
}

async fn respond(
    gateway: &Gateway,
    came: Came,
    headers: &HeaderMap,
    read: impl Future<Output = Result<Parameters, Refusal>>,
    by: By,
) -> Response {
    let mut logged = Logged::default();
    let id = came.id.clone();
    let mut response = match stream(gateway, came, headers, read, by, &mut logged).await {
        Ok(response) => response,
        Err(refusal) => {
            logged.codes = refusal.errors.iter().map(|error| error.code().name().to_owned()).collect();
            logged.refused = true;
            refusal.response(MediaType::Json, &id)
        }
    };
    response.extensions_mut().insert(logged);
    response
}

async fn stream(
    gateway: &Gateway,
    came: Came,
    headers: &HeaderMap,
    read: impl Future<Output = Result<Parameters, Refusal>>,
    by: By,
    logged: &mut Logged,
) -> Result<Response, Refusal> {
    if !accepts(headers) {
        let error = Error::client(Code::UnsupportedMediaType, "accept `text/event-stream`");
        return Err(Refusal::from(error).with_status(StatusCode::NOT_ACCEPTABLE));
    }
    if gateway.live.is_stopping() {
        return Err(Error::Unavailable("the process stops".into()).into());
    }
    let after = match headers.get(&LAST_EVENT_ID).map(HeaderValue::to_str) {
        Some(Ok(text)) if !text.is_empty() => Some(Cursor::decode(text).ok_or_else(|| {
            Refusal::malformed(Error::bad_input("`Last-Event-ID` is no id of an event: send one as the server gave it"))
        })?),
        _ => None,
    };
    let place = gateway.door.live.enter()?;
    let parameters = read.await?;
    let mut asking = Asking { came, headers: HeaderMap::new() };
    asking.headers.extend(headers.get(header::AUTHORIZATION).cloned().map(|value| (header::AUTHORIZATION, value)));
    let begun = begin(gateway, &asking, &parameters, by, after, logged).await;
    let own_place = match &begun {
        // Only what stays is counted for its caller.
        Ok(Begun::Subscription(_)) => Some(enter(gateway, &asking).await?),
        Ok(Begun::Answer(_)) => None,
        Err(refusal) => match refusal.errors.first() {
            // Clients come again by themselves where a status says so.
            Some(error) if error.ends_request() => return begun.map(|_| StatusCode::OK.into_response()),
            _ => None,
        },
    };
    let (sender, inlet) = mpsc::channel(WAITING);
    let outlet = Outlet { key: Key { id: "".into(), number: 0 }, sender };
    let task = tokio::spawn(async move { carry(begun, &asking, outlet).await });
    let events = Events { inlet, is_over: false, _task: Task(task), _place: place, _own_place: own_place };
    let head = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        // nginx waits for whole pages of an answer unless told not to.
        (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    Ok((head, Body::from_stream(unfold(events, Events::next))).into_response())
}

/// Does `Accept` take event streams?
fn accepts(headers: &HeaderMap) -> bool {
    let mut wanted =
        headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    wanted.any(|range| {
        let essence = range.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case(EVENT_STREAM) || essence.eq_ignore_ascii_case("text/*") || essence == "*/*"
    })
}

/// The body of an answer: what an operation says, as events.
struct Events {
    inlet: mpsc::Receiver<(Key, Outgoing)>,
    is_over: bool,
    _task: Task,
    _place: Place,
    _own_place: Option<OwnPlace>,
}

/// Ends with the body that it fills.
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Events {
    async fn next(mut self) -> Option<(Result<Bytes, std::convert::Infallible>, Self)> {
        if self.is_over {
            return None;
        }
        let text = match tokio::time::timeout(KEEP_ALIVE, self.inlet.recv()).await {
            Err(_) => b":\n\n".to_vec(),
            Ok(Some((_, Outgoing::Next { body, cursor }))) => event(cursor.as_deref(), &body),
            Ok(Some((_, Outgoing::Refused { body }))) => {
                self.is_over = true;
                [event(None, &body), COMPLETE.to_vec()].concat()
            }
            Ok(Some((_, Outgoing::Complete))) => {
                self.is_over = true;
                COMPLETE.to_vec()
            }
            // Cut off without having been completed: the client comes again.
            Ok(Some((_, Outgoing::Interrupted)) | None) => return None,
        };
        Some((Ok(text.into()), self))
    }
}

const COMPLETE: &[u8] = b"event: complete\ndata:\n\n";

/// An answer as an event. JSON as it is written here has no line breaks.
fn event(id: Option<&str>, body: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(body.len() + 160);
    text.extend_from_slice(b"event: next\n");
    if let Some(id) = id {
        text.extend_from_slice(format!("id: {id}\n").as_bytes());
    }
    text.extend_from_slice(b"data: ");
    text.extend_from_slice(body);
    text.extend_from_slice(b"\n\n");
    text
}
