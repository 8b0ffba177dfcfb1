//! The request log: one line per request, and an id that leads from an answer to it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use entity::id::ApiKeyId;

use super::answer::Refusal;
use super::metrics;
use super::payment::Paid;
use super::trace;
use crate::clock;
use crate::request::Origin;

pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Ids that clients bring are taken up to this length.
const LONGEST_ID: usize = 64;

/// What a client calls itself is kept up to this length.
const LONGEST_USER_AGENT: usize = 400;

/// How the request at hand came: its id, and from where.
#[derive(Clone, Debug)]
pub(super) struct Came {
    pub id: String,
    pub origin: Origin,
}

/// What a GraphQL answer adds to its line.
#[derive(Clone, Debug, Default)]
pub(super) struct Logged {
    /// The name of the operation.
    pub operation: Option<String>,
    /// What kind of caller it was; empty where none was looked for.
    pub caller: &'static str,
    /// The API key, where one asked that holds.
    pub api_key: Option<ApiKeyId>,
    /// Is there no `data`?
    pub refused: bool,
    pub codes: Vec<String>,
    /// What it paid, where anything was charged.
    pub paid: Option<Paid>,
    pub statements: u32,
    pub database: Duration,
}

impl Logged {
    /// Notes a refusal, and writes down what of it is our fault.
    pub fn refuse(&mut self, refusal: &Refusal, id: &str, what: &'static str) {
        for error in refusal.errors.iter().filter(|error| error.ends_request()) {
            tracing::error!(request = %id, error = %error, "{what}");
        }
        self.codes = refusal.errors.iter().map(|error| error.code().name().to_owned()).collect();
        self.refused = true;
    }
}

/// Gives each request its id, and writes its line when it has been answered.
pub(super) async fn requests(mut request: Request, next: Next) -> Response {
    let start = Instant::now();
    let id = brought(&request).unwrap_or_else(|| clock::new_id::<uuid::Uuid>().simple().to_string());
    let origin = origin(&request);
    let trace = origin.trace.as_ref().map(|caller| caller.trace_id().to_string());
    request.extensions_mut().insert(Came { id: id.clone(), origin });
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().entry(REQUEST_ID).or_insert(value);
    }
    let logged = response.extensions_mut().remove::<Logged>();
    if let Some(logged) = &logged {
        metrics::answered(logged, response.status(), start.elapsed());
    }
    let Logged { operation, caller, api_key, codes, paid, statements, database, .. } = logged.unwrap_or_default();
    tracing::info!(
        request = %id,
        trace,
        %method,
        path = %path,
        status = response.status().as_u16(),
        operation = operation.as_deref(),
        caller = (!caller.is_empty()).then_some(caller),
        api_key = api_key.map(tracing::field::display),
        codes = (!codes.is_empty()).then(|| codes.join(",")),
        cost = paid.and_then(|paid| paid.actual),
        statements,
        database_ms = milliseconds(database),
        ms = milliseconds(start.elapsed()),
        "request"
    );
    response
}

/// Where a request came from. The address is that of the other end: what a client says of itself in headers proves nothing.
fn origin(request: &Request) -> Origin {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let user_agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    Origin {
        ip: peer.map(|ConnectInfo(address)| address.ip().to_canonical()),
        user_agent: user_agent.map(|text| text.chars().take(LONGEST_USER_AGENT).collect()),
        trace: trace::of_caller(request.headers()),
    }
}

/// An id that the client brings, where it is harmless in a log.
fn brought(request: &Request) -> Option<String> {
    let id = request.headers().get(REQUEST_ID)?.to_str().ok()?;
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (!id.is_empty() && id.len() <= LONGEST_ID && id.bytes().all(harmless)).then(|| id.to_owned())
}

pub(super) fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 100_000.0).round() / 100.0
}
