//! What somebody holds, place by place: for questions about all of it at once. Are all of these held everywhere? What is
//! different after a change?
//!
//! It is what rules, overrides and ownership give. Bills and plans stand before everybody alike, so they are left out: paying a
//! bill gives nobody a right that nobody gave.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::id::OrganizationId;
use entity::role_permission::Effect;
use migration::catalog::Permission;

use super::PermissionSet;
use super::profile::{AccessProfile, Place, Rights};
use super::weigh::Spot;

/// How far a permission is held in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Not at all.
    Denied,
    /// Where some condition is met.
    Conditional,
    /// Always.
    Allowed,
}

/// The permissions held in one place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// Those held whatever the circumstances.
    pub allowed: PermissionSet,
    /// Those held in some circumstances.
    pub conditional: PermissionSet,
    /// Those held whatever the circumstances, and about everything that is there: not by a grant on the place itself, and
    /// withheld on no single resource. Only these can be given on.
    pub whole: PermissionSet,
}

/// What one user holds in a tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holding {
    /// In the tenant as a whole.
    pub tenant: Levels,
    /// In the organizations that are not listed.
    pub elsewhere: Levels,
    /// In each organization where it may be another than elsewhere.
    pub organizations: BTreeMap<OrganizationId, Levels>,
}

impl Levels {
    /// Everything, as owners hold it.
    const ALL: Self = Self { allowed: PermissionSet::ALL, conditional: PermissionSet::NONE, whole: PermissionSet::ALL };

    fn of_rights(about_itself: Rights, about_anything: Rights, withheld: PermissionSet) -> Self {
        Self {
            allowed: about_itself.allowed,
            conditional: about_itself.open,
            whole: about_itself.allowed.intersection(about_anything.allowed).without(withheld),
        }
    }

    /// How far this permission is held.
    #[must_use]
    pub fn of(self, permission: Permission) -> Level {
        match (self.allowed.contains(permission), self.conditional.contains(permission)) {
            (true, _) => Level::Allowed,
            (false, true) => Level::Conditional,
            (false, false) => Level::Denied,
        }
    }
}

impl Holding {
    /// What is held in an organization.
    #[must_use]
    pub fn within(&self, organization: OrganizationId) -> Levels {
        self.organizations.get(&organization).copied().unwrap_or(self.elsewhere)
    }
}

impl AccessProfile {
    /// What is held, place by place.
    #[must_use]
    pub fn holding(&self, now: DateTime<Utc>) -> Holding {
        if self.subject().standing.is_err() {
            return Holding::default();
        }
        let withheld = self.withheld();
        let levels = |place: &Place| match (place.is_suspended(), place.is_owner) {
            (true, _) => Levels::default(),
            (false, true) => Levels::ALL,
            (false, false) => Levels::of_rights(place.rights, place.ungranted, withheld),
        };
        Holding {
            tenant: Levels::of_rights(self.in_tenant(), self.weigh(Spot::Tenant, None, now), withheld),
            elsewhere: Levels::of_rights(self.elsewhere(), self.elsewhere(), withheld),
            organizations: self.places().map(|(organization, place)| (organization, levels(place))).collect(),
        }
    }

    /// What is withheld from the user, its teams or its roles on any single resource.
    fn withheld(&self) -> PermissionSet {
        let places = self.places().flat_map(|(_, place)| &place.held);
        let roles = self.base().into_iter().chain(self.everywhere()).chain(places).map(|held| self.roles().at(held.role).id);
        let to_roles = roles.flat_map(|role| self.book().granted_to(role));
        self.grants().chain(to_roles).filter(|grant| grant.effect == Effect::Deny).map(|grant| grant.permission).collect()
    }
}
