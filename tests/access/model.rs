//! The rights of one person in one tenant as a plain, slow reading of the rules, and generated situations to read them in.

use std::collections::BTreeSet;

use migration::catalog::{BaseRole, Permission};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::people::{Lasts, Rule};

/// What is asked about each organization, and the last two of the tenant.
pub const ASKED: [Permission; 6] = [
    Permission::OrganizationRead,
    Permission::MembersRead,
    Permission::BillingRead,
    Permission::SubscriptionsRead,
    Permission::RolesRead,
    Permission::ProductsRead,
];
pub const PLACES: usize = 4;
pub const ROLES: usize = 4;
/// Owners of organizations are derived, never stored.
const STORED: &[BaseRole] = &[BaseRole::Admin, BaseRole::Manager, BaseRole::Member, BaseRole::Readonly];

/// Everything that decides what one person may do in one tenant.
#[derive(Clone, Debug)]
pub struct Situation {
    pub tenant: Seat,
    pub seats: Vec<Option<Seat>>,
    /// The organizations that the person owns, which are some of those with an active seat.
    pub owns: Vec<bool>,
    pub roles: Vec<Custom>,
    pub gifts: Vec<Gift>,
}

#[derive(Clone, Copy, Debug)]
pub struct Seat {
    pub role: BaseRole,
    pub is_suspended: bool,
}

/// A role of the tenant's own making; its key is `r` and its number.
#[derive(Clone, Debug)]
pub struct Custom {
    /// Below five a base role, above that the custom role of that number where it stands before this one.
    pub parent: Option<usize>,
    pub is_active: bool,
    pub rules: [Option<Rule>; ASKED.len()],
}

#[derive(Clone, Copy, Debug)]
pub struct Gift {
    /// As in [`Custom::parent`].
    pub role: usize,
    pub place: Option<usize>,
    pub lasts: Lasts,
}

/// Something that happens while gateways have everything in their caches.
#[derive(Clone, Debug)]
pub enum Change {
    Tenant(Seat),
    Reseat(usize, Option<Seat>),
    Transfer(usize),
    Activate(usize, bool),
    Rule(usize, usize, Option<Rule>),
    Revoke(usize),
}

/// What a person sees.
#[derive(Debug, PartialEq, Eq)]
pub struct Seen {
    pub granted: BTreeSet<(usize, Permission)>,
    pub in_tenant: BTreeSet<Permission>,
    /// In how many organizations another person, a member of all of them, is seen; `None`: nowhere at all.
    pub colleague: Option<usize>,
}

// === the reference ===

impl Situation {
    /// Authorization.md, read word for word.
    fn may(&self, permission: Permission, place: Option<usize>) -> bool {
        if self.tenant.is_suspended {
            return false;
        }
        if let Some(place) = place {
            if self.seats[place].is_some_and(|seat| seat.is_suspended) {
                return false;
            }
            if self.owns[place] {
                return true;
            }
        }
        let mut votes = Vec::new();
        let runs_the_tenant = [BaseRole::Owner, BaseRole::Admin, BaseRole::Manager].contains(&self.tenant.role);
        if place.is_none() || runs_the_tenant {
            votes.push(base_vote(self.tenant.role, permission));
        }
        if let Some(seat) = place.and_then(|place| self.seats[place]) {
            votes.push(base_vote(seat.role, permission));
        }
        for gift in &self.gifts {
            let in_force = matches!(gift.lasts, Lasts::ForGood | Lasts::UntilTomorrow);
            if in_force && (gift.place.is_none() || gift.place == place) {
                votes.push(self.vote(gift.role, permission));
            }
        }
        votes.contains(&Some(true)) && !votes.contains(&Some(false))
    }

    /// What a role says: its own rule, or else its parent's. A role that is switched off says nothing, nor does what stands
    /// behind it; a condition that cannot be evaluated lets nobody in, and keeps everybody out.
    fn vote(&self, role: usize, permission: Permission) -> Option<bool> {
        if let Some(base) = BaseRole::ALL.get(role) {
            return base_vote(*base, permission);
        }
        let custom = &self.roles[role - BaseRole::ALL.len()];
        if !custom.is_active {
            return None;
        }
        let asked = ASKED.iter().position(|asked| *asked == permission).unwrap();
        match custom.rules[asked] {
            Some(Rule::Allow) => Some(true),
            Some(Rule::AllowIf) => None,
            Some(Rule::Deny | Rule::DenyIf) => Some(false),
            None => self.parent(role).and_then(|parent| self.vote(parent, permission)),
        }
    }

    pub fn parent(&self, role: usize) -> Option<usize> {
        self.roles[role - BaseRole::ALL.len()].parent.filter(|parent| *parent < role)
    }

    pub fn seen(&self) -> Seen {
        let visible = |place: &usize| self.may(Permission::OrganizationRead, Some(*place));
        let granted = (0..PLACES).filter(visible).flat_map(|place| {
            ASKED[..4].iter().filter(move |asked| self.may(**asked, Some(place))).map(move |asked| (place, *asked))
        });
        let colleague = (0..PLACES).filter(|place| self.may(Permission::MembersRead, Some(*place))).count();
        Seen {
            granted: granted.collect(),
            in_tenant: ASKED[4..].iter().copied().filter(|asked| self.may(*asked, None)).collect(),
            colleague: (colleague > 0).then_some(colleague),
        }
    }
}

fn base_vote(role: BaseRole, permission: Permission) -> Option<bool> {
    role.permissions().contains(&permission).then_some(true)
}

pub fn key(role: usize) -> String {
    BaseRole::ALL.get(role).map_or_else(|| format!("r{}", role - BaseRole::ALL.len()), |base| base.key().to_owned())
}

// === generation ===

pub fn situation() -> impl Strategy<Value = Situation> {
    let owns = vec(prop::bool::weighted(0.3), PLACES);
    (seat(&BaseRole::ALL), vec(proptest::option::of(seat(STORED)), PLACES), owns, vec(custom(), ROLES), vec(gift(), 0..4)).prop_map(
        |(tenant, seats, mut owns, roles, gifts)| {
            for (owns, seat) in owns.iter_mut().zip(&seats) {
                *owns &= seat.is_some_and(|seat| !seat.is_suspended);
            }
            Situation { tenant, seats, owns, roles, gifts: without_repeats(gifts) }
        },
    )
}

/// A role may be given only once for the same place.
fn without_repeats(gifts: Vec<Gift>) -> Vec<Gift> {
    let mut kept: Vec<Gift> = Vec::new();
    for gift in gifts {
        if !kept.iter().any(|earlier| earlier.role == gift.role && earlier.place == gift.place) {
            kept.push(gift);
        }
    }
    kept
}

fn seat(roles: &'static [BaseRole]) -> impl Strategy<Value = Seat> {
    (select(roles), prop::bool::weighted(0.15)).prop_map(|(role, is_suspended)| Seat { role, is_suspended })
}

fn rule() -> impl Strategy<Value = Rule> {
    prop_oneof![3 => Just(Rule::Allow), 1 => Just(Rule::AllowIf), 2 => Just(Rule::Deny), 1 => Just(Rule::DenyIf)]
}

fn custom() -> impl Strategy<Value = Custom> {
    let rules = proptest::array::uniform6(proptest::option::weighted(0.4, rule()));
    (proptest::option::of(0..BaseRole::ALL.len() + ROLES), prop::bool::weighted(0.85), rules)
        .prop_map(|(parent, is_active, rules)| Custom { parent, is_active, rules })
}

fn gift() -> impl Strategy<Value = Gift> {
    let lasts = select(vec![Lasts::ForGood, Lasts::ForGood, Lasts::UntilTomorrow, Lasts::Expired, Lasts::Revoked, Lasts::Deleted]);
    (0..BaseRole::ALL.len() + ROLES, proptest::option::of(0..PLACES), lasts).prop_map(|(role, place, lasts)| Gift {
        role,
        place,
        lasts,
    })
}

pub fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        seat(&BaseRole::ALL).prop_map(Change::Tenant),
        (0..PLACES, proptest::option::of(seat(STORED))).prop_map(|(place, seat)| Change::Reseat(place, seat)),
        (0..PLACES).prop_map(Change::Transfer),
        (0..ROLES, any::<bool>()).prop_map(|(role, is_active)| Change::Activate(role, is_active)),
        (0..ROLES, 0..ASKED.len(), proptest::option::of(rule())).prop_map(|(role, asked, rule)| Change::Rule(role, asked, rule)),
        (0..3usize).prop_map(Change::Revoke),
    ]
}
