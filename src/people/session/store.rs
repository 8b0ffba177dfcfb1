//! Every statement about sessions.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::id::{OrganizationId, SessionId, UserId};
use entity::subscription::SubscriptionStatus;
use uuid::Uuid;

use super::Session;
use crate::database::{Binds, FromRow, Row, TokenHash, Wanted};
use crate::error::Error;
use crate::graph::Connection;
use crate::page::{ListOfCaller, Listed, Order, Page};
use crate::request::{Request, Stranger, Writer};

impl FromRow for Session {
    const WANTED: &'static [Wanted] = &[
        Wanted("session.id", &[]),
        Wanted("session.index_id", &[]),
        Wanted("session.device", &["device"]),
        Wanted("session.ip", &["ipAddress"]),
        Wanted("session.location", &["location"]),
        Wanted("session.user_agent", &["userAgent"]),
        Wanted("session.created_at", &["createdAt"]),
        Wanted("session.last_seen_at", &["lastSeenAt"]),
        Wanted("session.expires_at", &["expiresAt"]),
        Wanted("session.id = $2", &["isCurrent"]),
        Wanted("session.impersonator_name", &["impersonatorName"]),
        Wanted("session.impersonation_reason", &["impersonationReason"]),
    ];

    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.column::<Uuid>()?.into(),
            index_id: row.column()?,
            device: row.column()?,
            ip_address: row.column()?,
            location: row.column()?,
            user_agent: row.column()?,
            created_at: row.column()?,
            last_seen_at: row.column()?,
            expires_at: row.column()?,
            is_current: row.column()?,
            impersonator_name: row.column()?,
            impersonation_reason: row.column()?,
        })
    }
}

impl Listed for Session {
    fn index_id(&self) -> i64 {
        self.index_id
    }
}

/// The caller's sessions that hold, the newest first.
pub async fn sessions_of_caller(
    request: Request,
    parents: Vec<()>,
    page: Page<()>,
) -> Result<Vec<Arc<Connection<Session>>>, Error> {
    let list = ListOfCaller {
        rows: "sessions session
            where session.user_id = $1 and session.revoked_at is null and session.expires_at > now() and $2::uuid is not null",
        order: Order { tag: 's', key: None, index_id: "session.index_id", descending: true },
    };
    let reader = request.reader().await?;
    reader.caller.require_person()?;
    let current = reader.caller.session.map_or(Uuid::nil(), SessionId::uuid);
    let connection = list.load(&reader, Binds::of([current.into()]), &page).await?;
    Ok(vec![connection; parents.len()])
}

/// An organization that somebody would find, and how it stands with its bills.
pub(super) struct Place {
    pub organization: OrganizationId,
    pub owner: UserId,
    pub owner_name: String,
    pub status: SubscriptionStatus,
    pub past_due_since: Option<DateTime<Utc>>,
    pub grace_until: Option<DateTime<Utc>>,
}

impl FromRow for Place {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            organization: row.column::<Uuid>()?.into(),
            owner: row.column::<Uuid>()?.into(),
            owner_name: row.column()?,
            status: row.member(SubscriptionStatus::as_str)?,
            past_due_since: row.column()?,
            grace_until: row.column()?,
        })
    }
}

/// The organizations that this person would find; none where there is something else to do for them.
pub(super) async fn places(stranger: &Stranger, user: UserId) -> Result<Vec<Place>, Error> {
    const PLACES: &str =
        "select organization_id, owner_id, owner_name, status, past_due_since, grace_until from tenantry_places_of($1)";
    stranger.transaction.all(PLACES, vec![user.uuid().into()]).await
}

/// Forgets the failed attempts of the person that the transaction is of.
pub(super) async fn forget_attempts(stranger: &Stranger) -> Result<(), Error> {
    stranger.transaction.one::<bool>("select tenantry_forget_attempts()", Vec::new()).await?;
    Ok(())
}

/// What is known of a session before it begins.
pub(super) struct NewSession {
    pub id: SessionId,
    pub token_hash: TokenHash,
    pub expires_at: DateTime<Utc>,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub device: Option<String>,
}

/// Begins a session; false where the account has ended.
pub(super) async fn begin(stranger: &Stranger, user: UserId, new: NewSession) -> Result<bool, Error> {
    const BEGIN: &str = "select tenantry_begin_session($1, $2, $3, $4, $5, $6, $7)";
    let values = vec![
        user.uuid().into(),
        new.id.uuid().into(),
        new.token_hash.bytes().to_vec().into(),
        new.expires_at.into(),
        new.ip.into(),
        new.user_agent.into(),
        new.device.into(),
    ];
    Ok(stranger.transaction.one::<bool>(BEGIN, values).await?.unwrap_or_default())
}

/// Ends a session of the caller's, where it holds.
pub(super) async fn end(writer: &Writer, session: SessionId) -> Result<bool, Error> {
    const END: &str = "
        update sessions session set revoked_at = now()
        where session.user_id = $1 and session.id = $2 and session.revoked_at is null and session.expires_at > now()
        returning session.index_id";
    let values = vec![writer.caller.user.uuid().into(), session.uuid().into()];
    Ok(writer.transaction.one::<i64>(END, values).await?.is_some())
}

/// Ends all other sessions of the caller's, and says how many held.
pub(super) async fn end_others(writer: &Writer, kept: SessionId) -> Result<usize, Error> {
    const END: &str = "
        update sessions session set revoked_at = now()
        where session.user_id = $1 and session.id <> $2 and session.revoked_at is null and session.expires_at > now()
        returning session.index_id";
    let values = vec![writer.caller.user.uuid().into(), kept.uuid().into()];
    Ok(writer.transaction.all::<i64>(END, values).await?.len())
}
