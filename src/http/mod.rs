//! The door: routes, limits, media types, health, the request log and the playground.

mod authzen;
mod body;
mod graphql;
mod health;
mod log;
mod playground;

use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use axum::{Router, response::IntoResponse};
use tower_http::catch_panic::CatchPanicLayer;

use crate::error::Error;
use crate::gateway::Gateway;

/// Bodies up to one mebibyte.
const LARGEST_BODY: usize = 1024 * 1024;

/// All routes.
pub fn router(gateway: Gateway) -> Router {
    let mut router = Router::new()
        .route("/graphql", get(graphql::get).post(graphql::post).fallback(graphql::other_method))
        .route("/access/v1/evaluation", post(authzen::evaluation).fallback(authzen::other_method))
        .route("/access/v1/evaluations", post(authzen::evaluations).fallback(authzen::other_method))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready));
    if gateway.is_development() {
        router = router
            .route("/", get(playground::index))
            .route("/playground/identities", get(playground::identities))
            .route("/assets/{*path}", get(playground::asset));
    }
    router
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        // The last resort: a panic ends one request, is logged, and tells the client nothing.
        .layer(CatchPanicLayer::custom(|_| body::refusal(&Error::internal("a panic"), "").into_response()))
        .layer(middleware::from_fn(log::requests))
        .with_state(gateway)
}
