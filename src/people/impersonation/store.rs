//! The statements that begin and end such sessions, by functions that look at the developer themselves.

use chrono::{DateTime, Utc};
use entity::id::{SessionId, TenantId, UserId};
use uuid::Uuid;

use crate::database::{FromRow, Row, TokenHash};
use crate::error::Error;
use crate::request::Writer;

/// What is known of a session before it begins.
pub(super) struct NewImpersonation<'a> {
    pub user: UserId,
    pub tenant: TenantId,
    pub reason: &'a str,
    pub session: SessionId,
    pub token_hash: TokenHash,
    pub expires_at: DateTime<Utc>,
    /// The session of the developer.
    pub own_session: SessionId,
    pub device: Option<String>,
}

/// What came of beginning one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Begun {
    /// It holds until then.
    Until(DateTime<Utc>),
    /// The caller may not act as anybody.
    Forbidden,
    /// The person works for the platform, too.
    Staff,
    /// Nobody of the tenant, or no tenant.
    NotFound,
}

impl FromRow for Begun {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        let (outcome, until) = (row.column::<String>()?, row.column::<Option<DateTime<Utc>>>()?);
        match (outcome.as_str(), until) {
            ("begun", Some(until)) => Ok(Self::Until(until)),
            ("forbidden", _) => Ok(Self::Forbidden),
            ("staff", _) => Ok(Self::Staff),
            ("not_found", _) => Ok(Self::NotFound),
            _ => Err(Error::internal("an impersonation has come out as something else")),
        }
    }
}

/// Begins a session of another person.
pub(super) async fn begin(writer: &Writer, new: NewImpersonation<'_>) -> Result<Begun, Error> {
    const BEGIN: &str = "select outcome, until from tenantry_begin_impersonation($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let origin = writer.request().origin();
    let values = vec![
        new.user.uuid().into(),
        new.tenant.uuid().into(),
        new.reason.into(),
        new.session.uuid().into(),
        new.token_hash.bytes().to_vec().into(),
        new.expires_at.into(),
        new.own_session.uuid().into(),
        origin.ip.map(|ip| ip.to_string()).into(),
        origin.user_agent.clone().into(),
        new.device.into(),
    ];
    let begun: Option<Begun> = writer.transaction.one(BEGIN, values).await?;
    begun.ok_or_else(|| Error::internal("nothing came of an impersonation"))
}

/// Whose session was ended, and where it was.
pub(super) struct Ended {
    pub user: UserId,
    pub tenant: TenantId,
}

impl FromRow for Ended {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self { user: row.column::<Uuid>()?.into(), tenant: row.column::<Uuid>()?.into() })
    }
}

/// Ends one that this developer began, where it holds.
pub(super) async fn end(writer: &Writer, session: SessionId, developer: UserId) -> Result<Option<Ended>, Error> {
    const END: &str = "select user_id, tenant_id from tenantry_end_impersonation($1, $2)";
    writer.transaction.one(END, vec![session.uuid().into(), developer.uuid().into()]).await
}
