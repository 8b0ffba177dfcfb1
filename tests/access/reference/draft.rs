//! Tenants invented from a number: the same number, the same tenant, identifiers included.

use std::collections::BTreeMap;

use migration::catalog::{BaseRole, PERMISSIONS, Permission};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use uuid::Uuid;

use super::condition::Unusable;
use super::{
    Account, Assignment, Condition, Effect, Grant, Grantee, Lasts, Membership, Organization, Override, Person, Product, Realm,
    Resource, Role, Rule, Seat, Subscription, Team,
};

/// What rules, grants and overrides are about: few, so that they meet. Every kind is among them: reading and not, behind a
/// feature and not, what a locked organization leaves its owner, and what lists are filtered by.
pub const ASKED: [Permission; 14] = [
    Permission::OrganizationRead,
    Permission::OrganizationUpdate,
    Permission::OrganizationDelete,
    Permission::MembersRead,
    Permission::MembersInvite,
    Permission::RolesRead,
    Permission::TeamsRead,
    Permission::TeamsManage,
    Permission::AccessExplain,
    Permission::BillingManage,
    Permission::AuditExport,
    Permission::WebhooksManage,
    Permission::UsersContact,
    Permission::ProductsRead,
];

const PEOPLE: usize = 9;
const ORGANIZATIONS: usize = 5;
const OWN_ROLES: usize = 7;
/// Owners of organizations are derived, never stored.
const STORED: [BaseRole; 4] = [BaseRole::Admin, BaseRole::Manager, BaseRole::Member, BaseRole::Readonly];

/// The tenant of this number.
pub fn draft(number: u64) -> Realm {
    let mut draft = Draft { random: StdRng::seed_from_u64(number), made: number << 32 };
    draft.realm()
}

struct Draft {
    random: StdRng,
    made: u64,
}

impl Draft {
    fn realm(&mut self) -> Realm {
        let tenant = self.id();
        let mut realm = Realm {
            tenant,
            status: if self.chance(70) { "active" } else { "trial" },
            features: self.features(),
            people: (0..PEOPLE).map(|place| self.person(place)).collect(),
            products: Vec::new(),
            organizations: Vec::new(),
            subscriptions: Vec::new(),
            seats: Vec::new(),
            roles: Vec::new(),
            assignments: Vec::new(),
            overrides: Vec::new(),
            teams: Vec::new(),
            grants: Vec::new(),
        };
        self.products(&mut realm);
        self.organizations(&mut realm);
        self.roles(&mut realm);
        self.assignments(&mut realm);
        self.overrides(&mut realm);
        self.teams(&mut realm);
        self.grants(&mut realm);
        realm
    }

    fn person(&mut self, place: usize) -> Person {
        let plain = Person {
            id: self.id(),
            account: Account::Active,
            is_verified: self.chance(50),
            developer: None,
            membership: Some(Membership {
                id: self.id(),
                role: *BaseRole::ALL.choose(&mut self.random).unwrap(),
                is_suspended: false,
                is_deleted: false,
            }),
        };
        let Some(membership) = plain.membership else { return plain };
        let with = |membership| Person { membership: Some(membership), ..plain.clone() };
        match place {
            // Most people are in good standing: what follows standing is to be reached.
            0..5 => with(Membership { role: [BaseRole::Member, BaseRole::Readonly, membership.role][place % 3], ..membership }),
            5 => {
                let permissions = ASKED.iter().copied().filter(|_| self.chance(40)).collect();
                let is_suspended = self.chance(20);
                let membership = Some(Membership { is_suspended, ..membership }).filter(|_| self.chance(60));
                Person { developer: Some(permissions), membership, ..plain }
            }
            6 => with(Membership { is_suspended: true, ..membership }),
            7 => {
                let account = *[Account::Deactivated, Account::Locked, Account::Deleted].choose(&mut self.random).unwrap();
                Person { account, ..plain }
            }
            _ if self.chance(50) => with(Membership { is_deleted: true, ..membership }),
            _ => plain,
        }
    }

    fn products(&mut self, realm: &mut Realm) {
        let versions = [("free", 1, false), ("free", 2, true), ("pro", 1, true), ("team", 1, false), ("team", 2, true)];
        let without_free = self.chance(25);
        for (key, version, is_current) in versions {
            if key != "free" || !without_free {
                let features = self.features();
                realm.products.push(Product { id: self.id(), key, version, is_current, features });
            }
        }
    }

    fn organizations(&mut self, realm: &mut Realm) {
        for place in 0..ORGANIZATIONS {
            let owner = loop {
                let owner = self.below(PEOPLE);
                if realm.people[owner].membership.is_some() {
                    break owner;
                }
            };
            let region = *[None, Some("eu"), Some("us")].choose(&mut self.random).unwrap();
            realm.organizations.push(Organization { id: self.id(), owner, region, is_deleted: place == ORGANIZATIONS - 1 });
            for person in 0..PEOPLE {
                if realm.people[person].membership.is_none() || (person != owner && self.chance(40)) {
                    continue;
                }
                realm.seats.push(Seat {
                    id: self.id(),
                    organization: place,
                    person,
                    role: *STORED.choose(&mut self.random).unwrap(),
                    is_suspended: person != owner && self.chance(12),
                    is_deleted: person != owner && self.chance(12),
                });
            }
            self.subscriptions(realm, place);
        }
    }

    fn subscriptions(&mut self, realm: &mut Realm, organization: usize) {
        const LIVING: [&str; 9] =
            ["trialing", "active", "active", "past_due", "past_due", "past_due", "unpaid", "paused", "incomplete"];
        let mut statuses = Vec::new();
        if self.chance(40) {
            statuses.push((*["canceled", "incomplete_expired"].choose(&mut self.random).unwrap(), false));
        }
        if self.chance(20) {
            statuses.push(("unpaid", true));
        }
        if self.chance(80) {
            statuses.push((*LIVING.choose(&mut self.random).unwrap(), false));
        }
        for (status, is_deleted) in statuses {
            let overdue = *[None, Some(1), Some(13), Some(15), Some(27), Some(29), Some(400)].choose(&mut self.random).unwrap();
            let grace = *[None, None, None, Some(3), Some(-3), Some(-20)].choose(&mut self.random).unwrap();
            let product = self.below(realm.products.len());
            realm.subscriptions.push(Subscription {
                id: self.id(),
                organization,
                product,
                status,
                overdue: overdue.filter(|_| status == "past_due"),
                grace: grace.filter(|_| status == "past_due"),
                is_deleted,
            });
        }
    }

    fn roles(&mut self, realm: &mut Realm) {
        for base in BaseRole::ALL {
            let rules = base.permissions().into_iter().map(|held| (held, Rule { effect: Effect::Allow, condition: None }));
            realm.roles.push(Role {
                id: None,
                key: base.key().to_owned(),
                parent: None,
                is_active: true,
                is_deleted: false,
                rules: rules.collect(),
            });
        }
        for number in 0..OWN_ROLES {
            let own = realm.roles.len() - BaseRole::ALL.len();
            // Chains of four: the younger ones hang below the youngest so far, or below a base role.
            let parent = match self.below(10) {
                0..6 if own > 0 => Some(realm.roles.len() - 1),
                6 | 7 => Some(self.below(realm.roles.len())),
                _ => None,
            };
            let mut rules = BTreeMap::new();
            for asked in ASKED {
                if self.chance(35) {
                    rules.insert(asked, Rule { effect: self.effect(), condition: self.perhaps_condition(realm) });
                }
            }
            let (is_active, is_deleted) = (!self.chance(8), self.chance(8));
            realm.roles.push(Role { id: Some(self.id()), key: format!("own_{number}"), parent, is_active, is_deleted, rules });
        }
    }

    fn assignments(&mut self, realm: &mut Realm) {
        let mut given = Vec::new();
        for _ in 0..16 {
            let (person, role) = (self.below(PEOPLE), self.below(realm.roles.len()));
            let organization = self.perhaps_place();
            // What is in force can be given only once.
            if realm.people[person].membership.is_none() || given.contains(&(person, organization, role)) {
                continue;
            }
            given.push((person, organization, role));
            realm.assignments.push(Assignment { id: self.id(), person, organization, role, lasts: self.lasts() });
        }
    }

    fn overrides(&mut self, realm: &mut Realm) {
        for _ in 0..22 {
            let person = self.below(PEOPLE);
            if realm.people[person].membership.is_none() {
                continue;
            }
            let priority = *[i32::MIN, 0, 100, 100, 100, 200, i32::MAX].choose(&mut self.random).unwrap();
            let lasts = match self.lasts() {
                Lasts::Revoked => Lasts::Deleted,
                lasts => lasts,
            };
            realm.overrides.push(Override {
                id: self.id(),
                person,
                organization: self.perhaps_place(),
                permission: self.asked(),
                effect: self.effect(),
                priority,
                condition: self.perhaps_condition(realm),
                lasts,
            });
        }
    }

    fn teams(&mut self, realm: &mut Realm) {
        for organization in 0..ORGANIZATIONS {
            let first = realm.teams.len();
            for level in 0..4 {
                let members: Vec<usize> = (0..PEOPLE)
                    .filter(|person| realm.people[*person].membership.is_some() && self.chance(if level == 2 { 30 } else { 10 }))
                    .collect();
                let roles = (0..realm.roles.len()).filter(|_| self.chance(12)).collect();
                realm.teams.push(Team {
                    id: self.id(),
                    organization,
                    // Three deep, and one beside them.
                    parent: if level == 1 || level == 2 { Some(first + level - 1) } else { None },
                    is_deleted: self.chance(8),
                    members: members.into_iter().map(|member| (self.id(), member)).collect(),
                    roles,
                });
            }
        }
    }

    fn grants(&mut self, realm: &mut Realm) {
        let foreign = Resource { kind: "doc", id: self.id() };
        for _ in 0..40 {
            let resource = match self.below(10) {
                0..4 => Resource { kind: "organization", id: realm.organizations[self.below(ORGANIZATIONS)].id },
                4..7 => Resource { kind: "team", id: realm.teams[self.below(realm.teams.len())].id },
                7 => Resource { kind: "tenant", id: realm.tenant },
                _ => foreign,
            };
            let grantee = match self.below(3) {
                0 => Grantee::Member(self.below(PEOPLE)),
                1 => Grantee::Team(self.below(realm.teams.len())),
                _ => Grantee::Role(self.below(realm.roles.len())),
            };
            let possible = match grantee {
                Grantee::Member(person) => realm.people[person].membership.is_some(),
                Grantee::Team(_) | Grantee::Role(_) => true,
            };
            let lasts = match self.lasts() {
                Lasts::Revoked => Lasts::Deleted,
                lasts => lasts,
            };
            if possible {
                realm.grants.push(Grant {
                    id: self.id(),
                    resource,
                    grantee,
                    permission: self.asked(),
                    effect: self.effect(),
                    condition: self.perhaps_condition(realm),
                    lasts,
                });
            }
        }
    }

    // === choices ===

    fn perhaps_condition(&mut self, realm: &Realm) -> Option<Condition> {
        self.chance(45).then(|| self.condition(realm, 2))
    }

    fn condition(&mut self, realm: &Realm, depth: usize) -> Condition {
        // What is no boolean fails as a whole; within another condition JSONLogic has rules of its own for it.
        let inner = |draft: &mut Self| loop {
            let condition = draft.condition(realm, depth - 1);
            if !matches!(condition, Condition::NoBoolean(_)) {
                return Box::new(condition);
            }
        };
        match self.below(if depth > 0 { 24 } else { 19 }) {
            0 | 1 => Condition::True,
            2 | 3 => Condition::False,
            4 => Condition::NoBoolean(
                *[Unusable::Number, Unusable::Text, Unusable::Null, Unusable::Sum, Unusable::Operator]
                    .choose(&mut self.random)
                    .unwrap(),
            ),
            5 => Condition::Missing,
            6 => Condition::MissingWithDefault,
            7 => Condition::EmailOf(realm.people[self.below(PEOPLE)].id),
            8 => Condition::EmailVerified,
            9 => Condition::IsDeveloper,
            10 => Condition::MembershipRole(*STORED.choose(&mut self.random).unwrap()),
            11 => Condition::MembershipActive,
            12 => Condition::Region(["eu", "us"][self.below(2)]),
            13 => Condition::Tier(["free", "pro", "team"][self.below(3)]),
            14 => Condition::ResourceKind(["organization", "team", "doc", "tenant"][self.below(4)]),
            15 => Condition::FromHere,
            16 => Condition::FromElsewhere,
            17 => Condition::LongAfter,
            18 => Condition::NoDomain,
            19 | 20 => Condition::Not(inner(self)),
            21 | 22 => Condition::Both(inner(self), inner(self)),
            _ => Condition::Either(inner(self), inner(self)),
        }
    }

    fn features(&mut self) -> Vec<(&'static str, bool)> {
        let known = PERMISSIONS.iter().filter_map(|definition| definition.required_feature);
        let there: Vec<_> = known.filter(|_| self.chance(70)).collect();
        there.into_iter().map(|feature| (feature, self.chance(70))).collect()
    }

    fn effect(&mut self) -> Effect {
        if self.chance(65) { Effect::Allow } else { Effect::Deny }
    }

    fn lasts(&mut self) -> Lasts {
        match self.below(10) {
            0..5 => Lasts::ForGood,
            5 | 6 => Lasts::UntilTomorrow,
            7 => Lasts::Expired,
            8 => Lasts::Revoked,
            _ => Lasts::Deleted,
        }
    }

    fn perhaps_place(&mut self) -> Option<usize> {
        self.chance(65).then(|| self.below(ORGANIZATIONS))
    }

    fn asked(&mut self) -> Permission {
        *ASKED.choose(&mut self.random).unwrap()
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.random.random_range(0..100) < percent
    }

    fn below(&mut self, bound: usize) -> usize {
        self.random.random_range(0..bound)
    }

    /// A version 7 identifier, greater than all before it.
    fn id(&mut self) -> Uuid {
        self.made += 1;
        let tail: [u8; 10] = self.random.random();
        uuid::Builder::from_unix_timestamp_millis(1_700_000_000_000 + self.made, &tail).into_uuid()
    }
}
