//! The type `RoleAssignment`.

use chrono::{DateTime, Utc};
use entity::id::{MemberRoleId, OrganizationId, RoleId, TenantMembershipId, UserId};

use super::store::visible_assignments;
use crate::access::Scope;
use crate::graph::{Id, Object, ObjectType};
use crate::people::user::users_by_id;
use crate::roles::role::roles_by_id;
use crate::tenancy::organization::organizations_by_id;
use crate::tenancy::tenant_membership::tenant_memberships_by_id;

/// That somebody has a role.
#[derive(Debug)]
pub struct RoleAssignment {
    /// Below which of the parents it was read.
    pub(super) place: i64,
    /// Its id.
    pub id: MemberRoleId,
    /// Its place in time.
    pub index_id: i64,
    /// Which role.
    pub role: RoleId,
    /// Who, as a member of the tenant.
    pub tenant_membership: TenantMembershipId,
    /// Who.
    pub user: UserId,
    /// Where; none: in the whole tenant.
    pub organization: Option<OrganizationId>,
    /// Who assigned it.
    pub assigned_by: Option<UserId>,
    /// Since when.
    pub assigned_at: DateTime<Utc>,
    /// Until when.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was taken back.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Who took it back.
    pub revoked_by: Option<UserId>,
    /// Why it was taken back.
    pub revoke_reason: Option<String>,
}

impl RoleAssignment {
    /// Where it holds.
    pub(super) fn scope(&self) -> Scope {
        self.organization.map_or(Scope::Tenant, Scope::Organization)
    }
}

impl Object for RoleAssignment {
    fn name() -> &'static str {
        "RoleAssignment"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("That somebody has a role, in one organization or in the whole tenant.")
            .scope(Self::scope)
            .node(|assignment| assignment.id, visible_assignments)
            .one("role", "Which role; null where it was deleted.", roles_by_id, |assignment| assignment.role)
            .one("user", "Who has it.", users_by_id, |assignment| assignment.user)
            .one("membership", "The membership in the tenant that has it.", tenant_memberships_by_id, |assignment| {
                assignment.tenant_membership
            })
            .computed("tenantMembershipId", "The membership in the tenant that has it.", |assignment| {
                Id(assignment.tenant_membership)
            })
            .one(
                "organization",
                "Where; null: in the whole tenant, or where you may not know of it.",
                organizations_by_id,
                |assignment| assignment.organization,
            )
            .computed("isTenantWide", "Does it hold in the whole tenant?", |assignment| assignment.organization.is_none())
            .one("assignedBy", "Who assigned it.", users_by_id, |assignment| assignment.assigned_by)
            .field("assignedAt", "Since when.", |assignment| &assignment.assigned_at)
            .field("expiresAt", "When it ends by itself; null: never.", |assignment| &assignment.expires_at)
            .field("revokedAt", "When it was taken back.", |assignment| &assignment.revoked_at)
            .one("revokedBy", "Who took it back.", users_by_id, |assignment| assignment.revoked_by)
            .field("revokeReason", "Why it was taken back.", |assignment| &assignment.revoke_reason)
    }
}
