//! The playground: GraphiQL from assets inside the binary, and the demo identities to act as. In development only.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use crate::gateway::{DemoIdentity, Gateway, Mode};

/// What `npm run build` made of `web/`; empty where it has not run.
#[derive(RustEmbed)]
#[folder = "web/dist/"]
#[allow_missing = true]
struct Assets;

/// Nothing of a foreign host: scripts, workers and requests stay here.
const POLICY: &str = "default-src 'self'; script-src 'self'; worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; \
    font-src 'self' data:; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";

const NOT_BUILT: &str = "The playground is not part of this binary: run `npm ci && npm run build` in web/, then build again. \
    The API is at /graphql.\n";

/// `GET /`
pub(super) async fn index() -> Response {
    match Assets::get("index.html") {
        Some(page) => {
            let headers = [
                (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
                (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            ];
            (headers, page.data).into_response()
        }
        None => (StatusCode::NOT_FOUND, NOT_BUILT).into_response(),
    }
}

/// `GET /assets/…`: the names hold a hash of the content.
pub(super) async fn asset(Path(path): Path<String>) -> Response {
    let name = format!("assets/{path}");
    let Some(file) = Assets::get(&name) else { return StatusCode::NOT_FOUND.into_response() };
    let media_type = mime_guess::from_path(&name).first_or_octet_stream();
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_str(media_type.as_ref()).unwrap_or(HeaderValue::from_static("application/octet-stream")),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    ];
    (headers, file.data).into_response()
}

/// `GET /playground/identities`
pub(super) async fn identities(State(gateway): State<Gateway>) -> Json<Vec<DemoIdentity>> {
    Json(match &gateway.mode {
        Mode::Development(identities) => identities.clone(),
        Mode::Production => Vec::new(),
    })
}
