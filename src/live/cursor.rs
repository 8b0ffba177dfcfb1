//! Where an event stands in the one order of all events, and what a client keeps of it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};

use super::Settings;
use crate::error::{Code, Error};

/// A place in the order of events: by the transaction that wrote them, and within it as they were written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The transaction, as `xid8`.
    pub transaction: u64,
    /// `index_id`
    pub index_id: i64,
}

/// What a client sends to go on after an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The event.
    pub position: Position,
    /// When it was, in seconds: whether it is still known what came after it.
    pub at: i64,
    /// What was the case then, where events tell of a state and not of an occurrence.
    pub state: Option<u64>,
}

/// Letters of the longest cursor.
const LONGEST: usize = 128;

impl Cursor {
    /// As clients see it.
    #[must_use]
    pub fn encode(&self) -> String {
        let Self { position: Position { transaction, index_id }, at, state } = self;
        let state = state.map(|state| format!("{state:x}")).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(format!("e{transaction:x}.{index_id:x}.{at:x}.{state}"))
    }

    /// Reads what [`encode`](Self::encode) wrote.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let mut parts = text.strip_prefix('e')?.split('.');
        let mut next = || parts.next();
        let transaction = u64::from_str_radix(next()?, 16).ok()?;
        let index_id = i64::from_str_radix(next()?, 16).ok()?;
        let at = i64::from_str_radix(next()?, 16).ok()?;
        let state = match next()? {
            "" => None,
            state => Some(u64::from_str_radix(state, 16).ok()?),
        };
        parts.next().is_none().then_some(Self { position: Position { transaction, index_id }, at, state })
    }

    /// Refuses a cursor so old that events after it may be gone.
    pub fn require_known(&self, now: DateTime<Utc>, settings: &Settings) -> Result<(), Error> {
        let kept = TimeDelta::from_std(settings.retention).unwrap_or(TimeDelta::MAX);
        let is_known = now.signed_duration_since(DateTime::from_timestamp(self.at, 0).unwrap_or_default()) < kept;
        if is_known {
            return Ok(());
        }
        Err(Error::client(
            Code::CursorExpired,
            "what came after this cursor is no longer known: read anew what you show, and subscribe without `after`",
        ))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written_and_nothing_else_is() {
        let position = Position { transaction: 7_000_000_000, index_id: 42 };
        for state in [None, Some(0), Some(u64::MAX)] {
            let cursor = Cursor { position, at: 1_700_000_000, state };
            assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        }
        let written = |text: &str| URL_SAFE_NO_PAD.encode(text);
        for text in [
            "",
            "e",
            "rubbish",
            &written("m12:"),
            &written("e1.2.3"),
            &written("e1.2.3..5"),
            &written("e-1.2.3."),
            &"A".repeat(200),
        ] {
            assert_eq!(Cursor::decode(text), None, "{text}");
        }
    }

    #[test]
    fn a_cursor_is_good_for_as_long_as_events_are_kept() {
        let settings = Settings { retention: Duration::from_secs(100), ..Settings::default() };
        let cursor = Cursor { position: Position::default(), at: 1_000, state: None };
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        assert!(cursor.require_known(at(1_099), &settings).is_ok());
        assert_eq!(cursor.require_known(at(1_100), &settings).unwrap_err().code(), Code::CursorExpired);
    }
}
