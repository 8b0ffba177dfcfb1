//! The type `ResourceGrant`.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::id::{PermissionId, ResourceGrantId, RoleId, TeamId, TenantMembershipId, UserId};
use entity::role_permission::Effect;

use super::store::visible_grants;
use crate::access::Resource;
use crate::graph::{AnyId, Json, Object, ObjectType};
use crate::people::user::users_by_id;
use crate::roles::permission::Permission;
use crate::roles::role::roles_by_id;
use crate::teams::team::visible_teams;
use crate::tenancy::tenant_membership::tenant_memberships_by_id;

/// A permission on a single resource.
#[derive(Debug)]
pub struct ResourceGrant {
    /// Its id.
    pub id: ResourceGrantId,
    /// Its place in time.
    pub index_id: i64,
    /// On what.
    pub resource: Resource,
    /// To a member,
    pub membership: Option<TenantMembershipId>,
    /// to a team,
    pub team: Option<TeamId>,
    /// or to a role.
    pub role: Option<RoleId>,
    /// Which permission.
    pub permission: PermissionId,
    /// What it does.
    pub effect: Effect,
    /// When it applies.
    pub conditions: Option<Json>,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// Who gave it.
    pub granted_by: Option<UserId>,
    /// When it was given.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl Object for ResourceGrant {
    fn name() -> &'static str {
        "ResourceGrant"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new(
            "A permission on a single resource, for a member, for the members of a team and of those below it, or for everybody \
            who has a role: exactly one of the three.",
        )
        .node(|grant| grant.id, visible_grants)
        .computed("resource", "The id of the resource, such as `org_…`, or that of a resource of your own.", |grant| {
            AnyId(grant.resource.typed_id())
        })
        .computed("resourceType", "What kind of resource it is, such as `organization`.", |grant| {
            grant.resource.kind.clone().into_owned()
        })
        .inline_one("permission", "Which permission it is about.", |grant| -> Option<Arc<Permission>> {
            Permission::by_id(grant.permission)
        })
        .field("effect", "Whether it allows or denies.", |grant| &grant.effect)
        .field("conditions", "When it applies, as JSONLogic; null where it always does.", |grant| &grant.conditions)
        .field("expiresAt", "When it ends by itself; null where it does not. After that it says nothing.", |grant| {
            &grant.expires_at
        })
        .field("createdAt", "When it was given.", |grant| &grant.created_at)
        .field("updatedAt", "When it was last changed.", |grant| &grant.updated_at)
        .one("membership", "The member who has it, where it is a member.", tenant_memberships_by_id, |grant| grant.membership)
        .one("team", "The team whose members have it, where it is a team.", visible_teams, |grant| grant.team)
        .one("role", "The role with which it comes, where it is a role.", roles_by_id, |grant| grant.role)
        .one("grantedBy", "Who gave it.", users_by_id, |grant| grant.granted_by)
    }
}
