//! Bodies of JSON: looked at before they are read, and bounded in size, in time, and in the memory that all take together.

use axum::body::{Body, Bytes};
use axum::extract::FromRequest as _;
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use http_body_util::Limited;

use super::admission::Door;
use super::answer::Refusal;
use crate::error::{Code, Error};

/// Reads a body to its end.
pub(super) async fn read(door: &Door, headers: &HeaderMap, body: Body) -> Result<Bytes, Refusal> {
    check(headers)?;
    let settings = &door.settings;
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let too_large = || Error::client(Code::BodyLimitExceeded, format!("the body is larger than {} KiB", settings.body / 1024));
    if length.is_some_and(|length| length > settings.body) {
        return Err(too_large().into());
    }
    let room = door.room(length)?;
    let request = Request::new(Body::new(Limited::new(body, settings.body)));
    let read = tokio::time::timeout(settings.sending, Bytes::from_request(request, &())).await.map_err(|_| too_slow())?;
    drop(room);
    read.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large().into(),
        _ => Error::bad_input("the body could not be read to its end").into(),
    })
}

/// Is this the media type of JSON, in UTF-8 where it says so?
pub(super) fn is_json(media_type: &str) -> bool {
    let mut parts = media_type.split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    let charset =
        parts.find_map(|part| part.to_ascii_lowercase().strip_prefix("charset=").map(|name| name.trim_matches('"').to_owned()));
    is_json && charset.is_none_or(|charset| matches!(charset.as_str(), "utf-8" | "utf8"))
}

/// Refuses a body before it is read that is not JSON as it is.
fn check(headers: &HeaderMap) -> Result<(), Refusal> {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !is_json(media_type) {
        let message = "send the request as JSON, with `Content-Type: application/json`";
        return Err(Error::client(Code::UnsupportedMediaType, message).into());
    }
    // What a kilobyte unpacks to is not known before it is there.
    let encodings = headers.get_all(header::CONTENT_ENCODING);
    if encodings.iter().any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        let message = "send the body as it is: compressed ones are not read";
        let refusal = Refusal::from(Error::client(Code::UnsupportedMediaType, message));
        return Err(refusal.with_header(header::ACCEPT_ENCODING, HeaderValue::from_static("identity")));
    }
    Ok(())
}

fn too_slow() -> Refusal {
    Refusal::from(Error::bad_input("the body did not come in time")).with_status(StatusCode::REQUEST_TIMEOUT)
}
