//! Somebody signed in somewhere, and the tenant they are in at the moment.

use crate::id::{SessionId, TenantId, UserId};
use crate::prelude::*;

/// A row of `sessions`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// Identifies the session.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SessionId,
    /// Its place in lists; made by the database, and never shown.
    pub index_id: i64,
    /// Whose it is.
    pub user_id: UserId,
    /// The tenant the person is in at the moment.
    pub tenant_id: Option<TenantId>,
    /// The token's SHA-256; the token itself is stored nowhere.
    #[sea_orm(unique)]
    pub token_hash: Vec<u8>,
    /// The device, as far as it is known.
    pub device: Option<String>,
    /// The address it came from.
    pub ip: Option<String>,
    /// Where that is, roughly.
    pub location: Option<String>,
    /// What the browser says of itself.
    pub user_agent: Option<String>,
    /// When it ends by itself.
    pub expires_at: DateTimeUtc,
    /// When it was last used.
    pub last_seen_at: Option<DateTimeUtc>,
    /// When it was ended before its time.
    pub revoked_at: Option<DateTimeUtc>,
    /// The one of the platform's staff who acts as the person in it.
    pub impersonator_id: Option<UserId>,
    /// What that one is called.
    pub impersonator_name: Option<String>,
    /// Why they act as the person.
    pub impersonation_reason: Option<String>,
    /// Their own session, with which it ends.
    pub begun_in_session_id: Option<SessionId>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed; kept by the database.
    pub updated_at: DateTimeUtc,
    /// The person.
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: BelongsTo<super::user::Entity>,
    /// The tenant the person is in at the moment.
    #[sea_orm(belongs_to, from = "tenant_id", to = "id")]
    pub tenant: BelongsTo<Option<super::tenant::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
