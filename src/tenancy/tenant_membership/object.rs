//! The type `TenantMembership`.

use chrono::{DateTime, Utc};
use entity::id::{TenantMembershipId, UserId};
use entity::tenant_membership::{MembershipStatus, TenantRole};
use migration::catalog::Permission;

use super::store::visible_tenant_memberships;
use crate::access::Scope;
use crate::graph::{Enumeration, Object, ObjectType};
use crate::people::user::users_by_id;
use crate::roles::assignment::assignments_of_tenant_memberships;
use crate::roles::grant::grants_of_tenant_memberships;
use crate::roles::permission_override::overrides_of_tenant_memberships;
use crate::teams::team::teams_of_tenant_memberships;

/// Somebody's place in the tenant.
#[derive(Debug)]
pub struct TenantMembership {
    /// Its id.
    pub id: TenantMembershipId,
    /// Its place in time.
    pub index_id: i64,
    /// Who.
    pub user: UserId,
    /// As what, in the whole tenant.
    pub role: TenantRole,
    /// May the member do anything there?
    pub status: MembershipStatus,
    /// When the member was last seen there.
    pub last_active_at: Option<DateTime<Utc>>,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl Object for TenantMembership {
    fn name() -> &'static str {
        "TenantMembership"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("Somebody's place in the tenant as a whole.")
            .scope(|membership| Scope::Person(membership.user))
            .node(|membership| membership.id, visible_tenant_memberships)
            .field("role", "As what the member belongs to the tenant.", |membership| &membership.role)
            .field("status", "Whether the member may do anything in the tenant.", |membership| &membership.status)
            .field("lastActiveAt", "When the member was last seen there.", |membership| &membership.last_active_at)
            .field("createdAt", "Since when.", |membership| &membership.created_at)
            .field("updatedAt", "When it was last changed.", |membership| &membership.updated_at)
            .one("user", "Who.", users_by_id, |membership| membership.user)
            .connection(
                "teams",
                "The teams that the member is in, of those that you may see.",
                teams_of_tenant_memberships,
                |membership| membership.id,
            )
            .connection(
                "roleAssignments",
                "The roles assigned to the member, wherever they hold, the oldest first. Your own you always see.",
                assignments_of_tenant_memberships,
                |membership| membership.id,
            )
            .requires(Permission::MembersRead)
            .connection(
                "permissionOverrides",
                "The permissions that are decided for the member before all roles, the oldest first. Your own you always see.",
                overrides_of_tenant_memberships,
                |membership| membership.id,
            )
            .requires(Permission::AccessExplain)
            .connection(
                "grants",
                "What the member is granted on single resources, the oldest first. Your own you always see.",
                grants_of_tenant_memberships,
                |membership| membership.id,
            )
            .requires(Permission::AccessExplain)
    }
}

impl Enumeration for TenantRole {
    const NAME: &'static str = "TenantRole";
    const DESCRIPTION: &'static str = "As what somebody belongs to a tenant, the most powerful first.";
    const VALUES: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Owner, "OWNER", "Holds everything, in all organizations."),
        (Self::Admin, "ADMIN", "Runs the tenant and all its organizations."),
        (Self::Manager, "MANAGER", "Looks after people and teams in all organizations."),
        (Self::Member, "MEMBER", "Belongs to the tenant; what it may do in an organization depends on its place there."),
        (Self::Readonly, "READONLY", "Looks, and changes nothing."),
    ];
}
