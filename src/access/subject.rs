//! The user whom a question is about: the caller, or anyone of the tenant.

use chrono::{DateTime, Utc};
use entity::id::{DeveloperRoleAssignmentId, UserId};
use entity::tenant::TenantStatus;
use migration::catalog::Permission;

use super::caller::{Caller, Member, Presence};
use super::mask::Mask;
use super::permission_set::PermissionSet;
use super::question::Scope;
use crate::error::Reason;

/// A user in a tenant, as decisions see it.
#[derive(Clone, Copy, Debug)]
pub struct Subject {
    /// Who it is.
    pub user: UserId,
    /// Whether user, tenant and membership are in good standing.
    pub standing: Result<(), Reason>,
    /// Of the platform's own staff?
    pub is_developer: bool,
    /// The living membership in the tenant.
    pub member: Option<Member>,
    /// What developer roles permit.
    pub developer: PermissionSet,
    /// What an API key leaves of all this, where one asks.
    pub mask: Option<Mask>,
    /// When this may be different by itself.
    pub(super) holds_until: Option<DateTime<Utc>>,
}

/// What is stored about a person, and about its place in the tenant.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub user: UserId,
    pub email: String,
    pub email_verified: bool,
    pub display_name: Option<String>,
    pub is_developer: bool,
    /// Neither deactivated nor deleted.
    pub is_active: bool,
    pub locked_until: Option<DateTime<Utc>>,
    pub member: Option<Member>,
    /// What the platform's roles permit, and by which assignment.
    pub developer: Vec<(DeveloperRoleAssignmentId, Permission)>,
}

impl Subject {
    /// The caller.
    #[must_use]
    pub fn of_caller(caller: &Caller) -> Self {
        let presence = caller.presence.as_ref();
        Self {
            user: caller.user,
            standing: caller.standing(),
            is_developer: caller.is_developer,
            member: presence.and_then(|presence| presence.member),
            developer: presence.map_or(PermissionSet::NONE, |presence| presence.developer),
            mask: caller.api_key.as_ref().map(Mask::of),
            holds_until: None,
        }
    }

    /// Somebody who is neither a member of the tenant nor of the platform's staff.
    pub(super) fn stranger(user: UserId) -> Self {
        let standing = Err(Reason::NoTenant);
        Self { user, standing, is_developer: false, member: None, developer: PermissionSet::NONE, mask: None, holds_until: None }
    }

    pub(super) fn of_person(person: &Person, presence: &Presence, now: DateTime<Utc>) -> Self {
        let locked_until = person.locked_until.filter(|until| *until > now);
        Self {
            user: person.user,
            standing: standing(person.is_active && locked_until.is_none(), presence.status, person.member, person.is_developer),
            is_developer: person.is_developer,
            member: person.member,
            developer: person.developer.iter().map(|(_, permission)| *permission).collect(),
            mask: None,
            holds_until: locked_until,
        }
    }

    /// Does an API key ask, whose scopes leave this out?
    #[must_use]
    pub fn is_masked(&self, permission: Permission, scope: Scope) -> bool {
        self.mask.is_some_and(|mask| !mask.leaves(permission, scope))
    }
}

/// What the status of a tenant leaves of everybody's rights in it, said here and nowhere else: while it is on trial or a customer,
/// all; then nothing, but to the platform's staff, who look into it, export it, and change the status back.
const fn admits(tenant: TenantStatus, is_developer: bool) -> bool {
    match tenant {
        TenantStatus::Trial | TenantStatus::Active => true,
        TenantStatus::Suspended | TenantStatus::Churned => is_developer,
    }
}

/// The first step of every decision: user, tenant and membership are in good standing. A developer needs no membership; but
/// one that is suspended stays so.
pub(super) fn standing(is_active: bool, tenant: TenantStatus, member: Option<Member>, is_developer: bool) -> Result<(), Reason> {
    if !is_active {
        return Err(Reason::UserInactive);
    }
    if !admits(tenant, is_developer) {
        return Err(Reason::TenantInactive);
    }
    match member {
        Some(member) if !member.is_active => Err(Reason::MembershipSuspended),
        None if !is_developer => Err(Reason::NoTenant),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_closes_a_tenant_to_all_but_the_platforms_staff() {
        let open = [TenantStatus::Trial, TenantStatus::Active];
        let closed = [TenantStatus::Suspended, TenantStatus::Churned];
        assert!(open.iter().all(|status| admits(*status, false) && admits(*status, true)));
        assert!(closed.iter().all(|status| !admits(*status, false) && admits(*status, true)));
        // Whose account has ended is told that first.
        assert_eq!(standing(false, TenantStatus::Churned, None, true), Err(Reason::UserInactive));
    }
}
