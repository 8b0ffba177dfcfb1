//! `GET /audit.jsonl`: the audit log as lines of JSON (<https://jsonlines.org>), for whoever may export it. The rows come window by
//! window, each as a request of its own: admitted, charged, and asked anew who its caller is and what they may. Nothing is read before the
//! client has taken what came before. The last line says whether that was all, and from where to go on.

use std::collections::HashMap;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use futures_util::stream::unfold;
use serde_json::json;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::admission::run;
use super::answer::Refusal;
use super::log::{Came, Logged};
use super::payment::{self, Paid};
use crate::audit::{self, AuditLogFilter, EXPORT_WINDOW, ExportCursor, Exported};
use crate::error::{Code, Error};
use crate::gateway::Gateway;
use crate::graph::AnyId;

/// So many exports run side by side in one process: each may take its client's time.
static PLACES: Semaphore = Semaphore::const_new(16);

/// An export that is under way.
struct Export {
    gateway: Gateway,
    came: Came,
    headers: HeaderMap,
    filter: AuditLogFilter,
    after: Option<ExportCursor>,
    settled: Option<ExportCursor>,
    /// The first window, which was read before the status was sent.
    first: Option<Exported>,
    is_over: bool,
    _place: SemaphorePermit<'static>,
}

/// Begins an export.
pub(super) async fn get(
    State(gateway): State<Gateway>,
    Extension(came): Extension<Came>,
    headers: HeaderMap,
    parameters: Result<Query<HashMap<String, String>>, QueryRejection>,
) -> Response {
    let mut logged = Logged { operation: Some("audit_export".to_owned()), ..Logged::default() };
    let id = came.id.clone();
    let mut response = match begin(gateway, came, headers, parameters, &mut logged).await {
        Ok(export) => {
            let headers = [
                (header::CONTENT_TYPE, "application/jsonl"),
                (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.jsonl\""),
            ];
            (headers, Body::from_stream(unfold(export, Export::next))).into_response()
        }
        Err(refusal) => {
            logged.refuse(&refusal, &id, "an export failed");
            refusal.response(super::accept::MediaType::Json, &id)
        }
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(paid) = &logged.paid {
        response.headers_mut().extend(paid.headers());
    }
    response.extensions_mut().insert(logged);
    response
}

/// Any other method.
pub(super) async fn other_method() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET")], "fetch the audit log by GET").into_response()
}

async fn begin(
    gateway: Gateway,
    came: Came,
    headers: HeaderMap,
    parameters: Result<Query<HashMap<String, String>>, QueryRejection>,
    logged: &mut Logged,
) -> Result<Export, Refusal> {
    let place = PLACES.try_acquire().map_err(|_| Error::Unavailable("as many exports run as may".into()))?;
    let Query(parameters) = parameters.map_err(|error| Error::bad_input(format!("the query of the URL: {error}")))?;
    let (filter, after) = read(parameters)?;
    let mut own = HeaderMap::new();
    own.extend(headers.get(header::AUTHORIZATION).cloned().map(|value| (header::AUTHORIZATION, value)));
    let first = window(&gateway, &came, &own, logged, (&filter, after, after)).await?;
    let export = Export {
        gateway,
        came,
        headers: own,
        filter,
        after: first.next,
        settled: first.settled,
        first: Some(first),
        is_over: false,
        _place: place,
    };
    Ok(export)
}

/// One window, as a request of its own.
async fn window(
    gateway: &Gateway,
    came: &Came,
    headers: &HeaderMap,
    logged: &mut Logged,
    (filter, after, settled): (&AuditLogFilter, Option<ExportCursor>, Option<ExportCursor>),
) -> Result<Exported, Refusal> {
    let mut paid: Option<Paid> = None;
    let read = run(gateway, came.clone(), headers, logged, async |request, _| {
        let payer = payment::payer(&request).await?;
        let charge = payment::charge(&request, payer, EXPORT_WINDOW as u64, &mut paid).await?;
        let exported = async {
            payment::enter(&request).await?;
            Ok::<_, Refusal>(audit::export(&request, filter, after, settled).await?)
        };
        let exported = exported.await;
        let actual = exported.as_ref().map_or(1, |exported| exported.count.max(1));
        payment::settle(request.budgets(), charge, actual as u64, &mut paid);
        exported
    })
    .await;
    logged.paid = paid;
    read
}

impl Export {
    /// The next part of the body. What goes wrong after the status was sent is said in the last line.
    async fn next(mut self) -> Option<(Result<Bytes, std::convert::Infallible>, Self)> {
        if self.is_over {
            return None;
        }
        let read = match self.first.take() {
            Some(first) => Ok(first),
            None if self.gateway.live.is_stopping() => Err(Error::Unavailable("the process stops".into()).into()),
            None => {
                let mut logged = Logged::default();
                let of = (&self.filter, self.after, self.settled);
                window(&self.gateway, &self.came, &self.headers, &mut logged, of).await
            }
        };
        let part = match read {
            Ok(Exported { mut lines, next, settled, .. }) => {
                (self.after, self.settled) = (next, settled);
                if next.is_none() {
                    lines += &self.end(None);
                }
                lines
            }
            Err(refusal) => {
                let code = refusal.errors.first().map_or(Code::Internal, Error::code);
                for error in refusal.errors.iter().filter(|error| error.ends_request()) {
                    tracing::error!(request = %self.came.id, error = %error, "an export was cut off");
                }
                self.end(Some(code))
            }
        };
        Some((Ok(Bytes::from(part)), self))
    }

    /// The last line.
    fn end(&mut self, code: Option<Code>) -> String {
        self.is_over = true;
        let cursor = self.settled.map(ExportCursor::encode);
        let end = json!({ "end": { "complete": code.is_none(), "code": code.map(Code::name), "cursor": cursor } });
        format!("{end}\n")
    }
}

/// What the URL asks for.
fn read(parameters: HashMap<String, String>) -> Result<(AuditLogFilter, Option<ExportCursor>), Error> {
    let (mut filter, mut after) = (AuditLogFilter::default(), None);
    for (name, value) in parameters {
        let wrong = || Error::bad_input(format!("`{name}` cannot be read: {value}"));
        let id = |error: entity::IdError| Error::bad_input(format!("`{name}`: {error}"));
        let moment = || value.parse::<DateTime<Utc>>().map_err(|_| wrong());
        match name.as_str() {
            "action" => filter.action = Some(value),
            "resource" => filter.resource = Some(AnyId(value)),
            "actor" => filter.actor = Some(value.parse().map_err(id)?),
            "apiKey" => filter.api_key = Some(value.parse().map_err(id)?),
            "impersonator" => filter.impersonator = Some(value.parse().map_err(id)?),
            "organization" => filter.organization = Some(value.parse().map_err(id)?),
            "from" => filter.from = Some(moment()?),
            "to" => filter.to = Some(moment()?),
            "after" => after = Some(ExportCursor::decode(&value).ok_or_else(wrong)?),
            _ => return Err(Error::bad_input(format!("`{name}` is no parameter of an export"))),
        }
    }
    Ok((filter, after))
}
