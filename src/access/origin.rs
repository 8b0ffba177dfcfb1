//! Where a rule comes from: the rows that one would change to change it.

use entity::id::{
    DeveloperRoleAssignmentId, MemberRoleId, OrganizationId, OrganizationMembershipId, PermissionOverrideId, ResourceGrantId,
    RoleId, TeamId, TeamMemberId, TenantMembershipId, UserId,
};
use migration::catalog::BaseRole;

/// The row that says something, and how it came to speak of this user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleOrigin {
    /// The base role of the membership in the tenant.
    TenantRole {
        /// The membership.
        membership: TenantMembershipId,
        /// Its base role.
        base: BaseRole,
        /// Which role said it.
        role: RoleRule,
    },
    /// The base role of the membership in the organization.
    OrganizationRole {
        /// The membership.
        membership: OrganizationMembershipId,
        /// Where.
        organization: OrganizationId,
        /// Its base role.
        base: BaseRole,
        /// Which role said it.
        role: RoleRule,
    },
    /// A role that was assigned to the member.
    MemberRole {
        /// The assignment.
        assignment: MemberRoleId,
        /// Where it holds; absent: in the whole tenant.
        organization: Option<OrganizationId>,
        /// Which role said it.
        role: RoleRule,
    },
    /// A role of a team.
    TeamRole {
        /// How the user belongs to the team.
        team: TeamPath,
        /// Which role said it.
        role: RoleRule,
    },
    /// An override of the member's permission.
    Override {
        /// The override.
        id: PermissionOverrideId,
        /// Where it holds; absent: in the whole tenant.
        organization: Option<OrganizationId>,
        /// Among several, the highest decides.
        priority: i32,
    },
    /// A grant on the very resource.
    Grant {
        /// The grant.
        id: ResourceGrantId,
        /// To whom it was given.
        grantee: Grantee,
    },
    /// The organization's owner.
    Owner {
        /// Which organization.
        organization: OrganizationId,
        /// Who owns it.
        owner: UserId,
    },
    /// A role of the platform's staff.
    Developer {
        /// The assignments that give it; known where it was asked why.
        assignments: Vec<DeveloperRoleAssignmentId>,
    },
}

/// A rule of a role: of itself, or of the nearest parent that says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RoleRule {
    /// The role that the user has.
    pub role: RoleId,
    /// The role whose rule it is: itself or a parent.
    pub speaker: RoleId,
}

/// How a user belongs to a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TeamPath {
    /// The place in a team.
    pub place: TeamMemberId,
    /// The team of that place.
    pub member_of: TeamId,
    /// The team that has something: the same or one above it.
    pub team: TeamId,
}

/// To whom a grant was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Grantee {
    /// To the member.
    Member(TenantMembershipId),
    /// To a team.
    Team(TeamPath),
    /// To a role that the user has.
    Role(RoleId),
}
