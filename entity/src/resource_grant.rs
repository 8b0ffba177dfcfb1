//! A permission on a single resource, given to a member, a team or a role.

use crate::id::{DeletionId, PermissionId, ResourceGrantId, RoleId, TeamId, TenantId, TenantMembershipId, UserId};
use crate::prelude::*;
use crate::role_permission::Effect;

/// A row of `resource_grants`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "resource_grants")]
pub struct Model {
    /// The tenant it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Identifies the grant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ResourceGrantId,
    /// Its place in lists; made by the database, and never shown.
    pub index_id: i64,
    /// What kind of thing the resource is.
    pub resource_type: String,
    /// The resource, as a bare UUID: its kind stands beside it.
    pub resource_id: Uuid,
    /// The member it is given to; exactly one of these three.
    pub tenant_membership_id: Option<TenantMembershipId>,
    /// The team it is given to.
    pub team_id: Option<TeamId>,
    /// The role it is given to.
    pub role_id: Option<RoleId>,
    /// The permission.
    pub permission_id: PermissionId,
    /// Whether it allows or denies.
    pub effect: Effect,
    /// When it applies, as `JSONLogic`; nothing means always.
    pub conditions: Option<JsonValue>,
    /// When it ends by itself.
    pub expires_at: Option<DateTimeUtc>,
    /// Who gave it.
    pub granted_by: Option<UserId>,
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
    pub tenant_membership: BelongsTo<Option<super::tenant_membership::Entity>>,
    /// The team.
    #[sea_orm(belongs_to, from = "(tenant_id, team_id)", to = "(tenant_id, id)")]
    pub team: BelongsTo<Option<super::team::Entity>>,
    /// The role.
    #[sea_orm(belongs_to, from = "(tenant_id, role_id)", to = "(tenant_id, id)")]
    pub role: BelongsTo<Option<super::role::Entity>>,
    /// The permission.
    #[sea_orm(belongs_to, from = "permission_id", to = "id")]
    pub permission: BelongsTo<super::permission::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
