//! The mailbox of development: what was written to people, newest first. There is none in production.

use std::fmt::Write as _;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::answer::Refusal;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::mail::{Kept, escaped};

/// Nothing runs here, and nothing is loaded.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";

const HEAD: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Mailbox</title><meta http-equiv=\"refresh\" content=\"5\">\
    <style>body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}\
    article{border:1px solid #8886;border-radius:8px;padding:0 1.2rem;margin:1rem 0}h2{font-size:1.1rem}\
    small{opacity:.7}a{overflow-wrap:anywhere}</style></head><body><h1>Mailbox</h1>";

/// `GET /dev/mailbox`
pub(super) async fn page(State(gateway): State<Gateway>) -> Response {
    let kept = match kept(&gateway).await {
        Ok(kept) => kept,
        Err(error) => return Refusal::from(error).text(),
    };
    let mut page = HEAD.to_owned();
    if kept.is_empty() {
        page.push_str("<p>Nothing was written to anybody yet.</p>");
    }
    for Kept { to, at, letter, .. } in &kept {
        // Writing to a String cannot fail. The HTML of a letter is made by us, and names in it are escaped.
        let _ = write!(
            page,
            "<article><h2>{}</h2><small>to {} at {}</small>{}</article>",
            escaped(&letter.subject),
            escaped(to),
            at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            letter.html
        );
    }
    page.push_str("</body></html>");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, page).into_response()
}

/// `GET /dev/mailbox.json`: the same for programs, such as the tests of a front end.
pub(super) async fn json(State(gateway): State<Gateway>) -> Response {
    match kept(&gateway).await {
        Ok(kept) => Json(kept).into_response(),
        Err(error) => Refusal::from(error).text(),
    }
}

async fn kept(gateway: &Gateway) -> Result<Vec<Kept>, Error> {
    gateway.services.mail.kept(&gateway.services.database).await
}
