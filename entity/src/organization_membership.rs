//! A person's membership in an organization.

use crate::id::{DeletionId, OrganizationId, OrganizationMembershipId, TenantId, UserId};
use crate::prelude::*;
use crate::tenant_membership::MembershipStatus;

/// A role in an organization, as stored. Owner is not one: it is derived from `owner_id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum OrganizationRole {
    /// Runs the organization day to day.
    Admin,
    /// Looks after people and teams.
    Manager,
    /// Works here.
    Member,
    /// Looks, and touches nothing.
    Readonly,
}

impl OrganizationRole {
    /// As the database writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Manager => "manager",
            Self::Member => "member",
            Self::Readonly => "readonly",
        }
    }
}

/// A row of `organization_memberships`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organization_memberships")]
pub struct Model {
    /// The tenant it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Identifies the membership.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrganizationMembershipId,
    /// Its place in lists; made by the database, and never shown.
    pub index_id: i64,
    /// The organization it belongs to.
    pub organization_id: OrganizationId,
    /// The person.
    pub user_id: UserId,
    /// The role in the organization; that of its owner is derived.
    pub role: OrganizationRole,
    /// Whether it is in force.
    pub status: MembershipStatus,
    /// Who invited the person.
    pub invited_by_user_id: Option<UserId>,
    /// When the person was last active here.
    pub last_active_at: Option<DateTimeUtc>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed; kept by the database.
    pub updated_at: DateTimeUtc,
    /// When it was deleted, if it was.
    pub deleted_at: Option<DateTimeUtc>,
    /// The deletion that took it down, together with whatever bears the same.
    pub deletion_id: Option<DeletionId>,
    /// Its organization.
    #[sea_orm(belongs_to, from = "(tenant_id, organization_id)", to = "(tenant_id, id)")]
    pub organization: BelongsTo<super::organization::Entity>,
    /// The person.
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: BelongsTo<super::user::Entity>,
    /// The person's membership in the tenant.
    #[sea_orm(belongs_to, from = "(tenant_id, user_id)", to = "(tenant_id, user_id)")]
    pub tenant_membership: BelongsTo<super::tenant_membership::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
