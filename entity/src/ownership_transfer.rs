//! An offer of an organization's ownership, and what became of it.

use crate::id::{OrganizationId, OwnershipTransferId, TenantId, UserId};
use crate::prelude::*;

/// What became of an offer, as stored. One whose time has passed is `offered` until another makes it `expired`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum TransferStatus {
    /// It waits for an answer.
    Offered,
    /// The organization has changed hands.
    Accepted,
    /// The person does not want it.
    Declined,
    /// It was taken back.
    Withdrawn,
    /// Its time has passed.
    Expired,
}

impl TransferStatus {
    /// As the database writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
        }
    }
}

/// A row of `ownership_transfers`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ownership_transfers")]
pub struct Model {
    /// The tenant it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Identifies the offer.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OwnershipTransferId,
    /// Its place in lists; made by the database, and never shown.
    pub index_id: i64,
    /// The organization that is offered.
    pub organization_id: OrganizationId,
    /// Who owned it when it was offered.
    pub from_user_id: UserId,
    /// To whom it is offered.
    pub to_user_id: UserId,
    /// Who offers it.
    pub offered_by_user_id: UserId,
    /// What became of it.
    pub status: TransferStatus,
    /// Whether the platform's staff offers it.
    pub is_rescue: bool,
    /// Why, of a rescue.
    pub reason: Option<String>,
    /// Until when it can be accepted.
    pub expires_at: DateTimeUtc,
    /// When it was answered or taken back.
    pub answered_at: Option<DateTimeUtc>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed; kept by the database.
    pub updated_at: DateTimeUtc,
    /// Its organization.
    #[sea_orm(belongs_to, from = "(tenant_id, organization_id)", to = "(tenant_id, id)")]
    pub organization: BelongsTo<super::organization::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
