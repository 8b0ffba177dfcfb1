//! What somebody holds, place by place: for questions about all of it at once. Are all of these held everywhere? What is
//! different after a change?
//!
//! It is what rules, overrides and ownership give. Bills and plans stand before everybody alike, so they are left out: paying a
//! bill gives nobody a right that nobody gave.

use std::collections::BTreeMap;

use entity::id::OrganizationId;
use entity::role_permission::Effect;
use migration::catalog::Permission;

use super::PermissionSet;
use super::giving::{self, Gift};
use super::profile::{AccessProfile, Place, Rights};

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

    /// All of it, as whoever gives it to somebody who holds nothing must hold it.
    #[must_use]
    pub fn as_gift(&self) -> Gift {
        let all = |levels: Levels| levels.allowed.union(levels.conditional);
        let everywhere = Gift::of(giving::Place::Everywhere, all(self.tenant).intersection(all(self.elsewhere)));
        self.organizations.iter().fold(everywhere, |gift, (organization, levels)| {
            gift.and(Gift::of(giving::Place::Organization(*organization), all(*levels)))
        })
    }

    /// What is held in an organization after a change, and was not before, or not as far.
    #[must_use]
    pub fn gain_within(&self, after: &Self, organization: OrganizationId) -> PermissionSet {
        let (before, after) = (self.within(organization), after.within(organization));
        let known = before.allowed.union(before.conditional);
        after.allowed.without(before.allowed).union(after.conditional.without(known))
    }
}

impl AccessProfile {
    /// What is held, place by place. What was granted on a place itself only is not held about the things in it, and what is
    /// withheld about a single thing is not held about all of them: neither is held.
    #[must_use]
    pub fn holding(&self) -> Holding {
        if self.subject().standing.is_err() {
            return Holding::default();
        }
        let withheld = self.withheld();
        let levels = |itself: Rights, ungranted: Rights| {
            let allowed = itself.allowed.intersection(ungranted.allowed);
            let some = itself.allowed.union(itself.open).union(ungranted.allowed).union(ungranted.open);
            let allowed = allowed.without(withheld);
            Levels { allowed, conditional: some.without(allowed) }
        };
        let of_place = |place: &Place| match (place.is_suspended(), place.is_owner) {
            (true, _) => Levels::default(),
            (false, true) => Levels { allowed: PermissionSet::ALL, conditional: PermissionSet::NONE },
            (false, false) => levels(place.rights, place.ungranted),
        };
        let holding = Holding {
            tenant: levels(self.in_tenant(), self.in_tenant_ungranted()),
            elsewhere: levels(self.elsewhere(), self.elsewhere()),
            organizations: self.places().map(|(organization, place)| (organization, of_place(place))).collect(),
        };
        match self.subject().mask {
            Some(mask) => mask.over(holding),
            None => holding,
        }
    }

    /// What a grant denies about some single thing.
    fn withheld(&self) -> PermissionSet {
        self.all_grants().filter(|grant| grant.effect == Effect::Deny).map(|grant| grant.permission).collect()
    }
}
