//! The line of an operation that came over a socket: what a request's line says, but for what only HTTP has.

use std::time::Instant;

use axum::http::StatusCode;

use crate::error::Code;
use crate::http::answer::status;
use crate::http::log::{Logged, milliseconds};
use crate::http::metrics;

/// Writes the line of an operation that was answered, or has begun.
pub(super) fn operation(request: &str, logged: &Logged, first: Option<Code>, start: Instant) {
    metrics::answered(logged, first.map_or(StatusCode::OK, status), start.elapsed());
    tracing::info!(
        request,
        path = "/graphql/ws",
        operation = logged.operation.as_deref(),
        codes = (!logged.codes.is_empty()).then(|| logged.codes.join(",")),
        cost = logged.paid.as_ref().and_then(|paid| paid.actual),
        statements = logged.statements,
        database_ms = milliseconds(logged.database),
        ms = milliseconds(start.elapsed()),
        "operation"
    );
}
