//! Roles given to people beside their base roles: for good, for a while, and no longer.

use chrono::{DateTime, TimeDelta, Utc};

use super::{cast::FIRST_TENANT, tenant::Scene};
use crate::seed::{SeedError, generator::Generator, record::MemberRole};

/// A role that somebody is given.
struct Gift {
    to: To,
    role: &'static str,
    lasts: Lasts,
}

/// Who is given it, and where. Organizations go by their places in the blueprint.
enum To {
    /// The person with this number, the cast first, in the whole tenant.
    Everywhere(usize),
    /// The person with this number, in this organization.
    Person(usize, usize),
    /// Whoever has this seat in this organization, in it.
    Seat(usize, usize),
}

enum Lasts {
    ForGood,
    /// For so many days from now.
    Until(i64),
    /// Until so many days ago.
    ExpiredFor(i64),
    /// Taken back so many days ago.
    RevokedFor(i64, &'static str),
}

use Lasts::{ExpiredFor, ForGood, RevokedFor, Until};
use To::{Everywhere, Person, Seat};

const fn gift(to: To, role: &'static str, lasts: Lasts) -> Gift {
    Gift { to, role, lasts }
}

/// The first tenant's cast by their numbers.
const ADMIN: usize = 1;
const MANAGER: usize = 2;
const MEMBER: usize = 3;
const READONLY: usize = 4;

/// In the first tenant; the seats are behind those of the cast.
static FIRST: [Gift; 15] = [
    gift(Person(MEMBER, 2), "billing_admin", ForGood),
    gift(Person(MEMBER, 3), "auditor", ExpiredFor(21)),
    gift(Everywhere(MANAGER), "support_agent", Until(30)),
    gift(Person(ADMIN, 0), "integrator", ForGood),
    gift(Person(READONLY, 1), "billing_admin", RevokedFor(9, "moved to another department")),
    gift(Everywhere(14), "support_agent", ForGood),
    gift(Everywhere(27), "auditor", ForGood),
    gift(Seat(9, 0), "billing_admin", ForGood),
    gift(Seat(10, 0), "contractor", Until(60)),
    gift(Seat(11, 0), "contractor", ForGood),
    gift(Seat(11, 0), "integrator", ForGood),
    gift(Seat(6, 8), "auditor", ForGood),
    gift(Seat(5, 10), "manager", ForGood),
    gift(Seat(7, 14), "billing_admin", ForGood),
    gift(Seat(4, 16), "support_agent", RevokedFor(40, "project ended")),
];

/// In each of the others.
static OTHERS: [Gift; 4] = [
    gift(Everywhere(9), "auditor", ForGood),
    gift(Seat(3, 0), "billing_admin", ForGood),
    gift(Seat(4, 0), "support_agent", Until(14)),
    gift(Seat(2, 1), "contractor", ExpiredFor(3)),
];

/// Gives a tenant's people their roles.
pub(super) fn give(generator: &mut Generator, scene: &Scene, now: DateTime<Utc>) -> Result<Vec<MemberRole>, SeedError> {
    let gifts: &[Gift] = if scene.tenant.id == FIRST_TENANT { &FIRST } else { &OTHERS };
    gifts.iter().map(|gift| gift.row(generator, scene, now)).collect()
}

// === impl Gift ===

impl Gift {
    fn row(&self, generator: &mut Generator, scene: &Scene, now: DateTime<Utc>) -> Result<MemberRole, SeedError> {
        let (expires_at, revoked_at, revoke_reason) = self.lasts.columns(now);
        let organization = self.to.place().map(|place| &scene.draft.organizations[place]);
        Ok(MemberRole {
            tenant_id: scene.tenant.id,
            id: generator.id(),
            tenant_membership_id: scene.people[self.to.person(scene)].membership_id,
            organization_id: organization.map(|organization| organization.id),
            role_id: scene.roles.id(self.role)?,
            assigned_by_user_id: organization.map_or(scene.owner, |organization| organization.owner_id),
            assigned_at: generator.between(now - TimeDelta::days(120), now - TimeDelta::days(45)),
            expires_at,
            revoked_at,
            revoke_reason,
        })
    }
}

// === impl To ===

impl To {
    fn place(&self) -> Option<usize> {
        match *self {
            Everywhere(_) => None,
            Person(_, place) | Seat(_, place) => Some(place),
        }
    }

    fn person(&self, scene: &Scene) -> usize {
        match *self {
            Everywhere(person) | Person(person, _) => person,
            Seat(seat, place) => scene.seats[place][seat],
        }
    }
}

// === impl Lasts ===

impl Lasts {
    /// `expires_at`, `revoked_at` and `revoke_reason`.
    fn columns(&self, now: DateTime<Utc>) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>, Option<&'static str>) {
        match self {
            ForGood => (None, None, None),
            Until(days) => (Some(now + TimeDelta::days(*days)), None, None),
            ExpiredFor(days) => (Some(now - TimeDelta::days(*days)), None, None),
            RevokedFor(days, reason) => (None, Some(now - TimeDelta::days(*days)), Some(reason)),
        }
    }
}
