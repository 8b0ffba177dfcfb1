//! The statement that takes over what the provider tells.

use super::ProviderEvent;
use crate::database::{FromRow, Row};
use crate::error::Error;
use crate::request::Stranger;

/// What came of it, in a word.
struct Word(String);

impl FromRow for Word {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self(row.column()?))
    }
}

/// Takes an event over; where it comes too early, nothing is written.
pub(super) async fn take(stranger: &Stranger, event: &ProviderEvent) -> Result<String, Error> {
    const TAKE: &str = "select tenantry_take_identity_event($1, $2, $3, $4)";
    let values = vec![event.id.as_str().into(), event.kind.as_str().into(), event.created.into(), event.payload.clone().into()];
    let word: Option<Word> = stranger.transaction.one(TAKE, values).await?;
    word.map(|Word(word)| word).ok_or_else(|| Error::internal("an event was taken without a word"))
}
