//! A person's membership in a tenant, and the base role it carries.

use crate::id::{DeletionId, TenantId, TenantMembershipId, UserId};
use crate::prelude::*;

/// A base role in a whole tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum TenantRole {
    /// Holds everything.
    Owner,
    /// Runs the tenant day to day.
    Admin,
    /// Looks after people and teams.
    Manager,
    /// Works here.
    Member,
    /// Looks, and touches nothing.
    Readonly,
}

impl TenantRole {
    /// As the database writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Manager => "manager",
            Self::Member => "member",
            Self::Readonly => "readonly",
        }
    }
}

/// Whether a membership, of a tenant or of an organization, is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum MembershipStatus {
    /// In force.
    Active,
    /// Shut out for now.
    Suspended,
}

impl MembershipStatus {
    /// As the database writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }
}

/// A row of `tenant_memberships`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tenant_memberships")]
pub struct Model {
    /// The tenant it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Identifies the membership.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TenantMembershipId,
    /// Its place in lists; made by the database, and never shown.
    pub index_id: i64,
    /// The person.
    pub user_id: UserId,
    /// The base role in the whole tenant.
    pub role: TenantRole,
    /// Whether it is in force.
    pub status: MembershipStatus,
    /// Whether this is the tenant the person starts in.
    pub is_primary: bool,
    /// Who invited the person.
    pub invited_by: Option<UserId>,
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
    /// Its tenant.
    #[sea_orm(belongs_to, from = "tenant_id", to = "id")]
    pub tenant: BelongsTo<super::tenant::Entity>,
    /// The person.
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: BelongsTo<super::user::Entity>,
    /// The organizations of the tenant the person belongs to.
    #[sea_orm(has_many)]
    pub organization_memberships: HasMany<super::organization_membership::Entity>,
    /// The roles assigned.
    #[sea_orm(has_many)]
    pub roles: HasMany<super::member_role::Entity>,
    /// The permissions overridden.
    #[sea_orm(has_many)]
    pub overrides: HasMany<super::permission_override::Entity>,
    /// Places in teams.
    #[sea_orm(has_many)]
    pub teams: HasMany<super::team_member::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
