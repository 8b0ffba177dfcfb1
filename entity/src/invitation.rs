//! An invitation to an organization.

use crate::id::{InvitationId, OrganizationId, TenantId, UserId};
use crate::organization_membership::OrganizationRole;
use crate::prelude::*;

/// What became of an invitation, as stored. One whose time has passed is still pending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum InvitationStatus {
    /// Nobody has answered.
    Pending,
    /// The person has joined.
    Accepted,
    /// The person does not want to.
    Declined,
    /// It was taken back.
    Revoked,
}

impl InvitationStatus {
    /// As the database writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Revoked => "revoked",
        }
    }
}

/// A row of `invitations`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitations")]
pub struct Model {
    /// The tenant it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Identifies the invitation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InvitationId,
    /// Its place in lists; made by the database, and never shown.
    pub index_id: i64,
    /// Shared by those that one call made.
    pub batch_id: Uuid,
    /// The organization to join.
    pub organization_id: OrganizationId,
    /// To whom it was sent, normalised.
    pub email: String,
    /// The role offered.
    pub role: OrganizationRole,
    /// The SHA-256 of the token that accepts it.
    pub token_hash: Vec<u8>,
    /// What became of it.
    pub status: InvitationStatus,
    /// Until when it can be accepted.
    pub expires_at: DateTimeUtc,
    /// Who answers for what it offers.
    pub invited_by_user_id: UserId,
    /// When it was last sent.
    pub sent_at: DateTimeUtc,
    /// How often it was sent again.
    pub resent_count: i32,
    /// When it was accepted, declined or taken back.
    pub answered_at: Option<DateTimeUtc>,
    /// Who accepted it.
    pub accepted_by_user_id: Option<UserId>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed; kept by the database.
    pub updated_at: DateTimeUtc,
    /// Its organization.
    #[sea_orm(belongs_to, from = "(tenant_id, organization_id)", to = "(tenant_id, id)")]
    pub organization: BelongsTo<super::organization::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
