//! Time, new ids and secrets: the one place that reads the clock and the random generator of the system.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Now.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the room")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// A new id, ordered by time.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the room")]
pub fn new_id<I: From<Uuid>>() -> I {
    Uuid::now_v7().into()
}

/// A new secret of 256 random bits, in the letters of URLs, after a prefix that tells what it is.
#[must_use]
pub fn secret(prefix: &str) -> String {
    let bytes: [u8; 32] = rand::random();
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes))
}
