//! What is decided for single members and on single resources, beside all roles: rows of overrides and of grants.

use chrono::{DateTime, Utc};
use migration::catalog::Permission;
use uuid::Uuid;

use super::copy::{Line, Record};

/// A row of `member_permission_overrides`.
pub(super) struct Override {
    pub(super) tenant_id: Uuid,
    pub(super) id: Uuid,
    pub(super) tenant_membership_id: Uuid,
    pub(super) organization_id: Option<Uuid>,
    pub(super) permission: Permission,
    pub(super) effect: &'static str,
    pub(super) reason: &'static str,
    pub(super) expires_at: Option<DateTime<Utc>>,
    pub(super) created_by: Uuid,
    pub(super) created_at: DateTime<Utc>,
}

impl Record for Override {
    const TABLE: &'static str = "member_permission_overrides";
    const COLUMNS: &'static str = "tenant_id, id, tenant_membership_id, organization_id, permission_id, effect, reason, \
                                   expires_at, created_by, created_at, updated_at";

    fn fill(&self, line: &mut Line<'_>) {
        line.add(self.tenant_id)
            .add(self.id)
            .add(self.tenant_membership_id)
            .add(self.organization_id)
            .add(Uuid::from_u128(self.permission.id()))
            .add(self.effect)
            .add(self.reason)
            .add(self.expires_at)
            .add(self.created_by)
            .add(self.created_at)
            .add(self.created_at);
    }
}

/// To whom something is granted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Grantee {
    /// A member of the tenant.
    Member(Uuid),
    /// The members of a team.
    Team(Uuid),
}

/// A row of `resource_grants`.
pub(super) struct Grant {
    pub(super) tenant_id: Uuid,
    pub(super) id: Uuid,
    pub(super) resource: (&'static str, Uuid),
    pub(super) grantee: Grantee,
    pub(super) permission: Permission,
    pub(super) granted_by: Uuid,
    pub(super) created_at: DateTime<Utc>,
}

impl Record for Grant {
    const TABLE: &'static str = "resource_grants";
    const COLUMNS: &'static str = "tenant_id, id, resource_type, resource_id, tenant_membership_id, team_id, permission_id, \
                                   granted_by, created_at, updated_at";

    fn fill(&self, line: &mut Line<'_>) {
        let (member, team) = match self.grantee {
            Grantee::Member(id) => (Some(id), None),
            Grantee::Team(id) => (None, Some(id)),
        };
        line.add(self.tenant_id)
            .add(self.id)
            .add(self.resource.0)
            .add(self.resource.1)
            .add(member)
            .add(team)
            .add(Uuid::from_u128(self.permission.id()))
            .add(self.granted_by)
            .add(self.created_at)
            .add(self.created_at);
    }
}
