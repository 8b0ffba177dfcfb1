//! `/healthz` and `/readyz`: for whoever starts and stops processes.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::database::MigrationState;
use crate::gateway::Gateway;

/// A database that does not answer in this time is not there.
const PATIENCE: Duration = Duration::from_secs(3);

/// The process is alive.
pub(super) async fn alive() -> Response {
    Json(json!({ "status": "alive" })).into_response()
}

/// The process can answer: the database is reachable, and as this version expects it.
pub(super) async fn ready(State(gateway): State<Gateway>) -> Response {
    let state = tokio::time::timeout(PATIENCE, gateway.services.database.migration_state()).await;
    let reason = match state {
        Ok(Ok(MigrationState::Current)) => return Json(json!({ "status": "ready" })).into_response(),
        Ok(Ok(MigrationState::Behind(pending))) => format!("{pending} migrations are to be run: `tenantry migrate up`"),
        Ok(Ok(MigrationState::Ahead)) => "the database is of a newer version".to_owned(),
        Ok(Err(_)) | Err(_) => "the database cannot be reached".to_owned(),
    };
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "unavailable", "reason": reason }))).into_response()
}
