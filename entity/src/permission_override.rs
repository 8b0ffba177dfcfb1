//! One permission decided for one member, before all roles.

use crate::id::{DeletionId, OrganizationId, PermissionId, PermissionOverrideId, TenantId, TenantMembershipId, UserId};
use crate::prelude::*;
use crate::role_permission::Effect;

/// A row of `member_permission_overrides`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "member_permission_overrides")]
pub struct Model {
    /// The tenant it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Identifies the override.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PermissionOverrideId,
    /// Its place in lists; made by the database, and never shown.
    pub index_id: i64,
    /// The member.
    pub tenant_membership_id: TenantMembershipId,
    /// Where it holds; nothing means the whole tenant.
    pub organization_id: Option<OrganizationId>,
    /// The permission.
    pub permission_id: PermissionId,
    /// Whether it allows or denies.
    pub effect: Effect,
    /// Among several, the highest decides.
    pub priority: i32,
    /// When it applies, as `JSONLogic`; nothing means always.
    pub conditions: Option<JsonValue>,
    /// Why it was made.
    pub reason: Option<String>,
    /// When it ends by itself.
    pub expires_at: Option<DateTimeUtc>,
    /// Who made it.
    pub created_by: Option<UserId>,
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
    /// The permission.
    #[sea_orm(belongs_to, from = "permission_id", to = "id")]
    pub permission: BelongsTo<super::permission::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
