//! The door: routes, limits, media types, health, the request log and the playground.

mod accept;
mod admission;
mod answer;
mod audit_export;
mod authzen;
mod caching;
mod concurrency;
mod document;
mod dry_run;
mod graphql;
mod health;
mod introspection;
mod json_body;
mod live;
mod log;
mod mailbox;
mod metrics;
mod parameters;
mod patient_stream;
mod payment;
mod playground;
mod serve;
mod settings;
mod webhooks;

use axum::Router;
use axum::http::{HeaderName, Method, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use std::time::Duration;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate as _, SizeAbove};
use tower_http::cors::CorsLayer;

use crate::error::Error;
use crate::gateway::Gateway;

pub use admission::Door;
pub use live::Settings as LiveSettings;
pub use metrics::{Metrics, serve_metrics};
pub use serve::serve;
pub use settings::{Audience, Origin, Settings};

/// How long a browser may remember what CORS allows.
const REMEMBERED: Duration = Duration::from_secs(3_600);

/// All routes.
pub fn router(gateway: Gateway) -> Router {
    let mut router = Router::new()
        .route("/graphql", get(graphql::get).post(graphql::post).fallback(graphql::other_method))
        .route("/graphql/d/{id}", get(graphql::get_by_id).fallback(graphql::only_get))
        .route("/graphql/ws", any(live::upgrade))
        .route("/graphql/stream", get(live::get).post(live::post).fallback(live::other_method))
        .route("/access/v1/evaluation", post(authzen::evaluation).fallback(authzen::other_method))
        .route("/access/v1/evaluations", post(authzen::evaluations).fallback(authzen::other_method))
        .route("/audit.jsonl", get(audit_export::get).fallback(audit_export::other_method))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready));
    if gateway.is_development() {
        router = router
            .route("/", get(playground::index))
            .route("/dev/mailbox", get(mailbox::page))
            .route("/dev/mailbox.json", get(mailbox::json))
            .route("/playground/identities", get(playground::identities))
            .route("/assets/{*path}", get(playground::asset));
    }
    if gateway.identity_webhook.is_some() {
        router = router.route("/webhooks/identity", post(webhooks::identity));
    }
    let settings = gateway.door.settings.clone();
    // The last resort: a panic ends one request, is logged, and tells the client nothing.
    router = router.layer(CatchPanicLayer::custom(|_| panicked()));
    if let Some(bytes) = settings.compress_above {
        // The fastest level: what takes longer costs more than it saves on the way.
        let layer = CompressionLayer::new().quality(CompressionLevel::Fastest);
        router = router.layer(layer.compress_when(SizeAbove::new(bytes).and(NotForContentType::SSE)));
        router = router.layer(middleware::map_response(async |response: Response| caching::tag_of_compressed(response)));
    }
    if !settings.cors_origins.is_empty() {
        router = router.layer(cors(settings));
    }
    router.layer(middleware::from_fn(log::requests)).with_state(gateway)
}

fn panicked() -> Response {
    answer::Refusal::from(Error::internal("a panic")).response(accept::MediaType::Json, "").into_response()
}

/// Pages of these origins may ask. Tokens are sent by the page itself, so no browser has to bring credentials along.
fn cors(settings: Settings) -> CorsLayer {
    let own =
        ["graphql-require-preflight", "apollo-require-preflight", "x-request-id", "last-event-id"].map(HeaderName::from_static);
    CorsLayer::new()
        .allow_origin(settings.cors_origins)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(
            [header::AUTHORIZATION, header::CONTENT_TYPE, header::IF_NONE_MATCH].into_iter().chain(own).collect::<Vec<_>>(),
        )
        .expose_headers([
            HeaderName::from_static("x-request-id"),
            header::RETRY_AFTER,
            header::ETAG,
            payment::RATE_LIMIT,
            payment::RATE_LIMIT_POLICY,
        ])
        .max_age(REMEMBERED)
}
