//! Rows that are written together, in the order in which they refer to each other.

use uuid::Uuid;

use super::{
    SeedError,
    business::Business,
    copy::Writer,
    exception::{Grant, Override},
    record::{MemberRole, Membership, Organization, Quota, Team, TeamMember, TeamRole, TenantMembership, User},
    subscription::Subscription,
    team::Formation,
};

/// Some of a tenant's organizations, and all that hangs on them.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) organizations: Vec<Organization>,
    pub(super) memberships: Vec<Membership>,
    pub(super) member_roles: Vec<MemberRole>,
    pub(super) teams: Vec<Team>,
    pub(super) team_members: Vec<TeamMember>,
    pub(super) team_roles: Vec<TeamRole>,
    pub(super) overrides: Vec<Override>,
    pub(super) grants: Vec<Grant>,
    pub(super) subscriptions: Vec<Subscription>,
    pub(super) businesses: Vec<Business>,
}

/// Some people, and their memberships of the tenant.
#[derive(Default)]
pub(super) struct People {
    pub(super) users: Vec<User>,
    pub(super) memberships: Vec<TenantMembership>,
}

/// A person as other rows name it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Person {
    pub(super) user_id: Uuid,
    pub(super) membership_id: Uuid,
}

/// A tenant's quotas: as much again as it uses, and a hundred at least.
pub(super) fn quotas(tenant_id: Uuid, organizations: usize, members: usize) -> [Quota; 5] {
    let quota = |metric, used: usize, least: i64| {
        let usage = i64::try_from(used).unwrap_or(i64::MAX / 2);
        Quota { tenant_id, metric, limit: least.max(usage * 2), usage }
    };
    [
        quota("organizations", organizations, 100),
        quota("members", members, 100),
        quota("api_keys", 0, 100),
        quota("webhook_endpoints", 0, 100),
        quota("storage_bytes", 0, 100 << 30),
    ]
}

// === impl Draft ===

impl Draft {
    /// Takes the teams of an organization in.
    pub(super) fn adopt(&mut self, formation: Formation) {
        self.teams.extend(formation.teams);
        self.team_members.extend(formation.members);
        self.team_roles.push(formation.role);
    }

    /// Writes it all.
    pub(super) async fn write(&self, writer: &mut Writer<'_>) -> Result<(), SeedError> {
        writer.write(&self.organizations).await?;
        writer.write(&self.memberships).await?;
        writer.write(&self.member_roles).await?;
        writer.write(&self.teams).await?;
        writer.write(&self.team_members).await?;
        writer.write(&self.team_roles).await?;
        writer.write(&self.overrides).await?;
        writer.write(&self.grants).await?;
        writer.write(&self.subscriptions).await?;
        writer.write(&self.businesses).await
    }
}

// === impl People ===

impl People {
    /// Writes them all.
    pub(super) async fn write(&self, writer: &mut Writer<'_>) -> Result<(), SeedError> {
        writer.write(&self.users).await?;
        writer.write(&self.memberships).await
    }
}
