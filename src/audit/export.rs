//! The audit log as lines of JSON, the oldest first, read in windows: each in a snapshot of its own, by whoever may read it at that
//! moment. So an export of any length holds one window in memory, and ends where its caller's rights do.
//!
//! Entries bear the time at which their transaction began, and appear when it ends: what is a minute old may still come after what was
//! read. So a cursor never passes the last minutes: whoever goes on from one gets some lines again, and loses none. Lines are known
//! by their `id`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use entity::audit_log::ActorType;
use entity::id::{self, ApiKeyId};
use entity::join;
use serde_json::{Value, json};

use super::{AuditLogEntry, AuditLogFilter, store};
use crate::error::Error;
use crate::request::Request;

/// Entries that are read at a time.
pub const EXPORT_WINDOW: usize = 500;

/// No transaction that writes takes as long: its requests are given up much earlier.
const SETTLED: TimeDelta = TimeDelta::minutes(2);

/// A place in the order of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportCursor {
    pub(super) created_at: DateTime<Utc>,
    pub(super) index_id: i64,
}

impl ExportCursor {
    /// As clients see it.
    #[must_use]
    pub fn encode(self) -> String {
        URL_SAFE_NO_PAD.encode(format!("x{}:{}", self.created_at.timestamp_micros(), self.index_id))
    }

    /// Reads what [`encode`](Self::encode) wrote.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let (micros, index_id) = text.strip_prefix('x')?.split_once(':')?;
        Some(Self { created_at: DateTime::from_timestamp_micros(micros.parse().ok()?)?, index_id: index_id.parse().ok()? })
    }
}

/// One window of an export.
#[derive(Debug)]
pub struct Exported {
    /// Its lines, each with its end.
    pub lines: String,
    /// How many there are.
    pub count: usize,
    /// Where the next window begins; `None`: this was the last one.
    pub next: Option<ExportCursor>,
    /// From where a later export goes on without losing anything.
    pub settled: Option<ExportCursor>,
}

/// Reads the window behind this place. `settled` is what the window before gave.
pub async fn export(
    request: &Request,
    filter: &AuditLogFilter,
    after: Option<ExportCursor>,
    mut settled: Option<ExportCursor>,
) -> Result<Exported, Error> {
    let rows = store::window(request, filter, after, EXPORT_WINDOW).await?;
    let mut lines = String::new();
    for row in &rows {
        let place = ExportCursor { created_at: row.created_at, index_id: row.index_id };
        if row.created_at < request.now() - SETTLED {
            settled = Some(place);
        }
        lines += &line(row, settled).to_string();
        lines.push('\n');
    }
    let last = rows.last().map(|row| ExportCursor { created_at: row.created_at, index_id: row.index_id });
    Ok(Exported { lines, count: rows.len(), next: last.filter(|_| rows.len() == EXPORT_WINDOW), settled })
}

fn line(entry: &AuditLogEntry, cursor: Option<ExportCursor>) -> Value {
    let actor = match entry.actor_type {
        ActorType::ApiKey => ApiKeyId::from(entry.actor.uuid()).to_string(),
        ActorType::User | ActorType::Developer => entry.actor.to_string(),
    };
    json!({
        "id": entry.id,
        "createdAt": entry.created_at.to_rfc3339_opts(SecondsFormat::Micros, true),
        "action": entry.action,
        "actorType": entry.actor_type.as_str().to_ascii_uppercase(),
        "actorId": actor,
        "impersonatorId": entry.impersonator,
        "impersonatorName": entry.impersonator_name,
        "resourceType": entry.resource_type,
        "resourceId": join(id::prefix(&entry.resource_type).unwrap_or(&entry.resource_type), entry.resource),
        "organizationId": entry.organization,
        "changes": entry.changes.0,
        "ipAddress": entry.ip_address,
        "userAgent": entry.user_agent,
        "requestId": entry.request_id,
        "cursor": cursor.map(ExportCursor::encode),
    })
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::ExportCursor;

    #[test]
    fn cursors_come_back_as_they_went() {
        let cursor = ExportCursor { created_at: DateTime::from_timestamp_micros(1_790_000_000_123_456).unwrap(), index_id: 42 };
        assert_eq!(ExportCursor::decode(&cursor.encode()), Some(cursor));
        assert_eq!(ExportCursor::decode("rubbish"), None);
        assert_eq!(ExportCursor::decode(""), None);
    }
}
