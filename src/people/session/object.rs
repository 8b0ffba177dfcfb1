//! The type `Session`.

use chrono::{DateTime, Utc};
use entity::id::SessionId;

use crate::graph::{Id, Object, ObjectType};

/// Somewhere where somebody is signed in.
#[derive(Debug)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Its place in time.
    pub index_id: i64,
    /// The device, as far as it is known.
    pub device: Option<String>,
    /// The address it began from.
    pub ip_address: Option<String>,
    /// Where that is, roughly.
    pub location: Option<String>,
    /// What the client called itself.
    pub user_agent: Option<String>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last used.
    pub last_seen_at: Option<DateTime<Utc>>,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
    /// Is it the one that asks?
    pub is_current: bool,
    /// Who of the platform's staff acts as the person in it.
    pub impersonator_name: Option<String>,
    /// Why.
    pub impersonation_reason: Option<String>,
}

impl Object for Session {
    fn name() -> &'static str {
        "Session"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("Somewhere where you are signed in.")
            .computed("id", "The id of the session: what `revokeSession` takes.", |session| Id(session.id))
            .field("device", "The device, such as `Firefox on Linux`; null where nothing tells.", |session| &session.device)
            .field("ipAddress", "The address that it began from.", |session| &session.ip_address)
            .field("location", "Where that is, roughly; null where nobody knows.", |session| &session.location)
            .field("userAgent", "What the client called itself when it began.", |session| &session.user_agent)
            .field("createdAt", "When you signed in.", |session| &session.created_at)
            .field("lastSeenAt", "When it was last used, to the minute.", |session| &session.last_seen_at)
            .field("expiresAt", "When it ends by itself.", |session| &session.expires_at)
            .field("isCurrent", "Is it the session that asks?", |session| &session.is_current)
            .field(
                "impersonatorName",
                "What the one of the platform's staff is called who acts as you in it; null where it is your own. `revokeSession` ends it.",
                |session| &session.impersonator_name,
            )
            .field("impersonationReason", "Why they act as you.", |session| &session.impersonation_reason)
    }
}
