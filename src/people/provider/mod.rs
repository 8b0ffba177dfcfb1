//! What an identity provider tells of people, of their companies, and of who belongs where.

mod store;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::error::Error;
use crate::request::Request;

/// Something that the provider tells.
#[derive(Clone, Debug)]
pub struct ProviderEvent {
    /// Its id: telling it again has no further effect.
    pub id: String,
    /// What happened: `user.created`, …
    pub kind: String,
    /// When it happened: an older one does not overwrite a newer one.
    pub created: DateTime<Utc>,
    /// All of it.
    pub payload: Value,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is taken over, or was before, or nothing is to be done about it.
    Done,
    /// What it speaks of is not known yet: tell it again later.
    Early,
}

impl ProviderEvent {
    /// Reads a message of the provider.
    pub fn read(id: String, sent_at: DateTime<Utc>, payload: Value) -> Result<Self, Error> {
        let kind = payload.get("type").and_then(Value::as_str).filter(|kind| kind.len() <= LONGEST_KIND);
        let kind = kind.ok_or_else(|| Error::bad_input("`type` is missing: what happened?"))?.to_owned();
        let milliseconds = |place: Option<&Value>| place.and_then(Value::as_i64).and_then(DateTime::from_timestamp_millis);
        let updated = payload.get("data").and_then(|data| data.get("updated_at"));
        let created = milliseconds(payload.get("timestamp")).or_else(|| milliseconds(updated)).unwrap_or(sent_at);
        Ok(Self { id, kind, created, payload })
    }

    /// Takes it over, all of it or nothing.
    pub async fn take(&self, request: &Request) -> Result<Outcome, Error> {
        let stranger = request.stranger().await?;
        let outcome = store::take(&stranger, self).await?;
        stranger.commit().await?;
        tracing::info!(event = %self.id, kind = %self.kind, %outcome, "the identity provider told something");
        Ok(if outcome == "early" { Outcome::Early } else { Outcome::Done })
    }
}

const LONGEST_KIND: usize = 100;
