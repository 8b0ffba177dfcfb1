//! The tables as they are written: every row with the columns that a seed decides.
//!
//! `updated_at` is written beside `created_at`, so that it does not tell when the seed ran.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::copy::{Line, Record};

type Time = DateTime<Utc>;

/// A row of `tenants`.
pub(super) struct Tenant {
    pub(super) id: Uuid,
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) status: &'static str,
    /// What is switched on for all of it, as JSON.
    pub(super) features: &'static str,
    pub(super) created_at: Time,
}

impl Record for Tenant {
    const TABLE: &'static str = "tenants";
    const COLUMNS: &'static str = "id, slug, name, brand, status, features, created_at, updated_at";

    fn fill(&self, line: &mut Line<'_>) {
        line.add(self.id)
            .add(&*self.slug)
            .add(&*self.name)
            .add(&*self.name)
            .add(self.status)
            .add(self.features)
            .add(self.created_at)
            .add(self.created_at);
    }
}

/// A row of `tenant_quotas`.
pub(super) struct Quota {
    pub(super) tenant_id: Uuid,
    pub(super) metric: &'static str,
    pub(super) limit: i64,
    pub(super) usage: i64,
}

impl Record for Quota {
    const TABLE: &'static str = "tenant_quotas";
    const COLUMNS: &'static str = "tenant_id, metric, quota_limit, usage";

    fn fill(&self, line: &mut Line<'_>) {
        line.add(self.tenant_id).add(self.metric).add(self.limit).add(self.usage);
    }
}

/// A row of `users`.
pub(super) struct User {
    pub(super) id: Uuid,
    pub(super) email: String,
    pub(super) display_name: String,
    pub(super) kind: &'static str,
    pub(super) last_active_at: Option<Time>,
    pub(super) created_at: Time,
}

impl Record for User {
    const TABLE: &'static str = "users";
    const COLUMNS: &'static str = "id, email, email_verified_at, display_name, user_type, last_login_at, \
                                   last_active_at, created_at, updated_at";

    fn fill(&self, line: &mut Line<'_>) {
        line.add(self.id)
            .add(&*self.email)
            .add(self.created_at)
            .add(&*self.display_name)
            .add(self.kind)
            .add(self.last_active_at)
            .add(self.last_active_at)
            .add(self.created_at)
            .add(self.created_at);
    }
}

/// A row of `tenant_memberships`.
pub(super) struct TenantMembership {
    pub(super) tenant_id: Uuid,
    pub(super) id: Uuid,
    pub(super) user_id: Uuid,
    pub(super) role: &'static str,
    pub(super) status: &'static str,
    pub(super) is_primary: bool,
    pub(super) last_active_at: Option<Time>,
    pub(super) created_at: Time,
}

impl Record for TenantMembership {
    const TABLE: &'static str = "tenant_memberships";
    const COLUMNS: &'static str = "tenant_id, id, user_id, role, status, is_primary, last_active_at, created_at, updated_at";

    fn fill(&self, line: &mut Line<'_>) {
        line.add(self.tenant_id)
            .add(self.id)
            .add(self.user_id)
            .add(self.role)
            .add(self.status)
            .add(self.is_primary)
            .add(self.last_active_at)
            .add(self.created_at)
            .add(self.created_at);
    }
}

/// A row of `organizations`.
pub(super) struct Organization {
    pub(super) tenant_id: Uuid,
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) domain: Option<String>,
    pub(super) domain_verified_at: Option<Time>,
    pub(super) billing_email: Option<String>,
    pub(super) billing_address: Option<String>,
    pub(super) owner_id: Uuid,
    pub(super) metadata: String,
    pub(super) created_at: Time,
}

impl Record for Organization {
    const TABLE: &'static str = "organizations";
    const COLUMNS: &'static str = "tenant_id, id, name, domain, domain_verified_at, billing_email, \
                                   billing_address, owner_id, metadata, created_at, updated_at";

    fn fill(&self, line: &mut Line<'_>) {
        line.add(self.tenant_id)
            .add(self.id)
            .add(&*self.name)
            .add(self.domain.as_deref())
            .add(self.domain_verified_at)
            .add(self.billing_email.as_deref())
            .add(self.billing_address.as_deref())
            .add(self.owner_id)
            .add(&*self.metadata)
            .add(self.created_at)
            .add(self.created_at);
    }
}

/// A row of `organization_memberships`.
pub(super) struct Membership {
    pub(super) tenant_id: Uuid,
    pub(super) id: Uuid,
    pub(super) organization_id: Uuid,
    pub(super) user_id: Uuid,
    pub(super) role: &'static str,
    pub(super) status: &'static str,
    pub(super) invited_by_user_id: Option<Uuid>,
    pub(super) last_active_at: Option<Time>,
    pub(super) created_at: Time,
}

impl Record for Membership {
    const TABLE: &'static str = "organization_memberships";
    const COLUMNS: &'static str = "tenant_id, id, organization_id, user_id, role, status, \
                                   invited_by_user_id, last_active_at, created_at, updated_at";

    fn fill(&self, line: &mut Line<'_>) {
        line.add(self.tenant_id)
            .add(self.id)
            .add(self.organization_id)
            .add(self.user_id)
            .add(self.role)
            .add(self.status)
            .add(self.invited_by_user_id)
            .add(self.last_active_at)
            .add(self.created_at)
            .add(self.created_at);
    }
}

/// A row of `roles`: one of the tenant's own.
pub(super) struct Role {
    pub(super) tenant_id: Uuid,
    pub(super) id: Uuid,
    pub(super) key: &'static str,
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    pub(super) parent_role_id: Uuid,
    pub(super) created_at: Time,
}

impl Record for Role {
    const TABLE: &'static str = "roles";
    const COLUMNS: &'static str = "tenant_id, id, key, name, description, parent_role_id, created_at, updated_at";

    fn fill(&self, line: &mut Line<'_>) {
        line.add(self.tenant_id)
            .add(self.id)
            .add(self.key)
            .add(self.name)
            .add(self.description)
            .add(self.parent_role_id)
            .add(self.created_at)
            .add(self.created_at);
    }
}

/// A row of `role_permissions`.
pub(super) struct RolePermission {
    pub(super) tenant_id: Uuid,
    pub(super) role_id: Uuid,
    pub(super) permission_id: Uuid,
    pub(super) effect: &'static str,
    pub(super) created_at: Time,
}

impl Record for RolePermission {
    const TABLE: &'static str = "role_permissions";
    const COLUMNS: &'static str = "tenant_id, role_id, permission_id, effect, created_at, updated_at";

    fn fill(&self, line: &mut Line<'_>) {
        line.add(self.tenant_id)
            .add(self.role_id)
            .add(self.permission_id)
            .add(self.effect)
            .add(self.created_at)
            .add(self.created_at);
    }
}

/// A row of `member_roles`.
pub(super) struct MemberRole {
    pub(super) tenant_id: Uuid,
    pub(super) id: Uuid,
    pub(super) tenant_membership_id: Uuid,
    pub(super) organization_id: Option<Uuid>,
    pub(super) role_id: Uuid,
    pub(super) assigned_by_user_id: Uuid,
    pub(super) assigned_at: Time,
    pub(super) expires_at: Option<Time>,
    pub(super) revoked_at: Option<Time>,
    pub(super) revoke_reason: Option<&'static str>,
}

impl Record for MemberRole {
    const TABLE: &'static str = "member_roles";
    const COLUMNS: &'static str = "tenant_id, id, tenant_membership_id, organization_id, role_id, \
                                   assigned_by_user_id, assigned_at, expires_at, revoked_at, \
                                   revoked_by_user_id, revoke_reason, created_at, updated_at";

    fn fill(&self, line: &mut Line<'_>) {
        line.add(self.tenant_id)
            .add(self.id)
            .add(self.tenant_membership_id)
            .add(self.organization_id)
            .add(self.role_id)
            .add(self.assigned_by_user_id)
            .add(self.assigned_at)
            .add(self.expires_at)
            .add(self.revoked_at)
            .add(self.revoked_at.map(|_| self.assigned_by_user_id))
            .add(self.revoke_reason)
            .add(self.assigned_at)
            .add(self.assigned_at);
    }
}

/// A row of `teams`.
pub(super) struct Team {
    pub(super) tenant_id: Uuid,
    pub(super) id: Uuid,
    pub(super) organization_id: Uuid,
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    pub(super) parent_team_id: Option<Uuid>,
    pub(super) created_at: Time,
}

impl Record for Team {
    const TABLE: &'static str = "teams";
    const COLUMNS: &'static str = "tenant_id, id, organization_id, name, description, parent_team_id, \
                                   created_at, updated_at";

    fn fill(&self, line: &mut Line<'_>) {
        line.add(self.tenant_id)
            .add(self.id)
            .add(self.organization_id)
            .add(self.name)
            .add(self.description)
            .add(self.parent_team_id)
            .add(self.created_at)
            .add(self.created_at);
    }
}

/// A row of `team_members`.
pub(super) struct TeamMember {
    pub(super) tenant_id: Uuid,
    pub(super) id: Uuid,
    pub(super) team_id: Uuid,
    pub(super) tenant_membership_id: Uuid,
    pub(super) is_lead: bool,
    pub(super) created_at: Time,
}

impl Record for TeamMember {
    const TABLE: &'static str = "team_members";
    const COLUMNS: &'static str = "tenant_id, id, team_id, tenant_membership_id, is_lead, created_at, updated_at";

    fn fill(&self, line: &mut Line<'_>) {
        line.add(self.tenant_id)
            .add(self.id)
            .add(self.team_id)
            .add(self.tenant_membership_id)
            .add(self.is_lead)
            .add(self.created_at)
            .add(self.created_at);
    }
}

/// A row of `team_roles`.
pub(super) struct TeamRole {
    pub(super) tenant_id: Uuid,
    pub(super) team_id: Uuid,
    pub(super) role_id: Uuid,
    pub(super) created_at: Time,
}

impl Record for TeamRole {
    const TABLE: &'static str = "team_roles";
    const COLUMNS: &'static str = "tenant_id, team_id, role_id, created_at, updated_at";

    fn fill(&self, line: &mut Line<'_>) {
        line.add(self.tenant_id).add(self.team_id).add(self.role_id).add(self.created_at).add(self.created_at);
    }
}
