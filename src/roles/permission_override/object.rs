//! The type `PermissionOverride`.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::id::{OrganizationId, PermissionId, PermissionOverrideId, TenantMembershipId, UserId};
use entity::role_permission::Effect;

use super::store::visible_overrides;
use crate::graph::{Json, Object, ObjectType};
use crate::people::user::users_by_id;
use crate::roles::permission::Permission;
use crate::tenancy::organization::organizations_by_id;
use crate::tenancy::tenant_membership::tenant_memberships_by_id;

/// One permission decided for one member.
#[derive(Debug)]
pub struct PermissionOverride {
    /// Its id.
    pub id: PermissionOverrideId,
    /// Its place in time.
    pub index_id: i64,
    /// Whose.
    pub membership: TenantMembershipId,
    /// The member's user.
    pub user: UserId,
    /// Where; absent: in the tenant and all its organizations.
    pub organization: Option<OrganizationId>,
    /// Which permission.
    pub permission: PermissionId,
    /// What it does.
    pub effect: Effect,
    /// Which of several decides.
    pub priority: i32,
    /// When it applies.
    pub conditions: Option<Json>,
    /// Why it is there.
    pub reason: Option<String>,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// Who set it.
    pub created_by: Option<UserId>,
    /// When it was set.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl Object for PermissionOverride {
    fn name() -> &'static str {
        "PermissionOverride"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new(
            "One permission decided for one member, whatever its roles say. Of several that apply, the one with the highest \
            priority decides; at equal priority a denial.",
        )
        .node(|row| row.id, visible_overrides)
        .field("effect", "Whether it allows or denies.", |row| &row.effect)
        .field("priority", "The higher one decides; 100 where nothing else was said.", |row| &row.priority)
        .field("conditions", "When it applies, as JSONLogic; null where it always does.", |row| &row.conditions)
        .field("reason", "Why it was set.", |row| &row.reason)
        .field("expiresAt", "When it ends by itself; null where it does not. After that it says nothing.", |row| &row.expires_at)
        .field("createdAt", "When it was set.", |row| &row.created_at)
        .field("updatedAt", "When it was last changed.", |row| &row.updated_at)
        .inline_one("permission", "Which permission it decides.", |row| -> Option<Arc<Permission>> {
            Permission::by_id(row.permission)
        })
        .one("membership", "Whose permission it decides.", tenant_memberships_by_id, |row| row.membership)
        .one("user", "The person whose permission it decides.", users_by_id, |row| row.user)
        .one(
            "organization",
            "Where it holds; null: in the tenant and in all its organizations, or in one that you may not know of.",
            organizations_by_id,
            |row| row.organization,
        )
        .computed("isTenantWide", "Whether it holds in the tenant and in all its organizations.", |row| row.organization.is_none())
        .one("createdBy", "Who set it.", users_by_id, |row| row.created_by)
    }
}
