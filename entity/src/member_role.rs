//! A role assigned to a member, in one organization or in the whole tenant.

use crate::id::{DeletionId, MemberRoleId, OrganizationId, RoleId, TenantId, TenantMembershipId, UserId};
use crate::prelude::*;

/// A row of `member_roles`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "member_roles")]
pub struct Model {
    /// The tenant it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Identifies the assignment.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MemberRoleId,
    /// Its place in lists; made by the database, and never shown.
    pub index_id: i64,
    /// The member.
    pub tenant_membership_id: TenantMembershipId,
    /// Where it holds; nothing means the whole tenant.
    pub organization_id: Option<OrganizationId>,
    /// The role.
    pub role_id: RoleId,
    /// Who assigned it.
    pub assigned_by_user_id: Option<UserId>,
    /// When it was assigned.
    pub assigned_at: DateTimeUtc,
    /// When it ends by itself.
    pub expires_at: Option<DateTimeUtc>,
    /// When it was revoked.
    pub revoked_at: Option<DateTimeUtc>,
    /// Who revoked it.
    pub revoked_by_user_id: Option<UserId>,
    /// Why it was revoked.
    pub revoke_reason: Option<String>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed; kept by the database.
    pub updated_at: DateTimeUtc,
    /// When it was deleted, if it was.
    pub deleted_at: Option<DateTimeUtc>,
    /// The deletion that took it down, together with whatever bears the same.
    pub deletion_id: Option<DeletionId>,
    /// The member.
    #[sea_orm(belongs_to, from = "(tenant_id, tenant_membership_id)", to = "(tenant_id, id)")]
    pub tenant_membership: BelongsTo<super::tenant_membership::Entity>,
    /// Its organization.
    #[sea_orm(belongs_to, from = "(tenant_id, organization_id)", to = "(tenant_id, id)")]
    pub organization: BelongsTo<Option<super::organization::Entity>>,
    /// The role.
    #[sea_orm(belongs_to, from = "(tenant_id, role_id)", to = "(tenant_id, id)")]
    pub role: BelongsTo<super::role::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
