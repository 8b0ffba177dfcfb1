//! The type `OrganizationMembership`.

use chrono::{DateTime, Utc};
use entity::id::{OrganizationId, OrganizationMembershipId, UserId};
use entity::organization_membership::OrganizationRole;
use entity::tenant_membership::MembershipStatus;
use migration::catalog::{BaseRole, Permission};

use super::store::memberships_by_id;
use crate::access::Scope;
use crate::graph::{Enumeration, Object, ObjectType};
use crate::people::user::users_by_id;
use crate::roles::assignment::{Seat, assignments_of_seats};
use crate::roles::grant::grants_of_memberships;
use crate::roles::permission_override::overrides_of_memberships;
use crate::roles::role::{Assignee, roles_of_members};
use crate::teams::team::teams_of_memberships;
use crate::tenancy::organization::organizations_by_id;

/// Somebody's place in an organization.
#[derive(Debug)]
pub struct OrganizationMembership {
    /// Its id.
    pub id: OrganizationMembershipId,
    /// Its place in time.
    pub index_id: i64,
    /// Where.
    pub organization: OrganizationId,
    /// Who.
    pub user: UserId,
    /// As what.
    pub role: OrganizationMemberRole,
    /// May the member do anything there?
    pub status: MembershipStatus,
    /// When the member was last seen there.
    pub last_active_at: Option<DateTime<Utc>>,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// The role of a member as clients see it: what is stored, and the owner, who is derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrganizationMemberRole {
    /// The member whose user the organization names as its owner.
    Owner,
    /// What the row says.
    Stored(OrganizationRole),
}

impl OrganizationMemberRole {
    /// The base role behind it.
    #[must_use]
    pub fn base(self) -> BaseRole {
        match self {
            Self::Owner => BaseRole::Owner,
            Self::Stored(OrganizationRole::Admin) => BaseRole::Admin,
            Self::Stored(OrganizationRole::Manager) => BaseRole::Manager,
            Self::Stored(OrganizationRole::Member) => BaseRole::Member,
            Self::Stored(OrganizationRole::Readonly) => BaseRole::Readonly,
        }
    }
}

impl OrganizationMembership {
    /// Whose roles its `roles` are.
    fn assignee(&self) -> Assignee {
        Assignee { organization: self.organization, user: self.user, base: self.role.base() }
    }
}

impl Object for OrganizationMembership {
    fn name() -> &'static str {
        "OrganizationMembership"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("Somebody's place in an organization.")
            .scope(|membership| Scope::Organization(membership.organization))
            .node(|membership| membership.id, memberships_by_id)
            .field("role", "As what the member belongs to it.", |membership| &membership.role)
            .field("status", "Whether the member may do anything there.", |membership| &membership.status)
            .field("lastActiveAt", "When the member was last seen there.", |membership| &membership.last_active_at)
            .field("createdAt", "Since when.", |membership| &membership.created_at)
            .field("updatedAt", "When it was last changed.", |membership| &membership.updated_at)
            .one("user", "Who.", users_by_id, |membership| membership.user)
            .one("organization", "Where.", organizations_by_id, |membership| membership.organization)
            .many(
                "roles",
                "The roles in force there: the base role first, then those assigned, the oldest first.",
                roles_of_members,
                Self::assignee,
            ).supposes(3)
            .requires(Permission::MembersRead)
            .connection(
                "teams",
                "The teams of the organization that the member is in, of those that you may see.",
                teams_of_memberships,
                |membership| (membership.organization, membership.id),
            )
            .connection(
                "permissionOverrides",
                "The permissions that are decided for the member there before all roles: those of the organization, and those of the whole tenant.",
                overrides_of_memberships,
                |membership| membership.id,
            )
            .requires(Permission::AccessExplain)
            .connection("grants", "What the member is granted on the organization itself and on its teams.", grants_of_memberships, |membership| membership.id)
            .requires(Permission::AccessExplain)
            .connection(
                "roleAssignments",
                "The assignments behind `roles`, there or in the whole tenant, the oldest first.",
                assignments_of_seats,
                |membership| Seat { organization: membership.organization, user: membership.user },
            )
            .requires(Permission::MembersRead)
    }
}

impl Enumeration for OrganizationMemberRole {
    const NAME: &'static str = "OrganizationRole";
    const DESCRIPTION: &'static str = "As what somebody belongs to an organization, the most powerful first.";
    const VALUES: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Owner, "OWNER", "Owns it: may do everything there. Exactly one member."),
        (Self::Stored(OrganizationRole::Admin), "ADMIN", "Runs it: settings, people, billing."),
        (Self::Stored(OrganizationRole::Manager), "MANAGER", "Looks after people and teams."),
        (Self::Stored(OrganizationRole::Member), "MEMBER", "Works in it."),
        (Self::Stored(OrganizationRole::Readonly), "READONLY", "Looks, and changes nothing."),
    ];
}

impl Enumeration for MembershipStatus {
    const NAME: &'static str = "MembershipStatus";
    const DESCRIPTION: &'static str = "Whether a member may do anything.";
    const VALUES: &'static [(Self, &'static str, &'static str)] =
        &[(Self::Active, "ACTIVE", "May do what the roles permit."), (Self::Suspended, "SUSPENDED", "May do nothing for now.")];
}
