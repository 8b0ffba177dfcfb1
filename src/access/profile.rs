//! The compiled rights of one user in one tenant, beside the rules that they were compiled from.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::id::{OrganizationId, OrganizationMembershipId, TenantId};
use entity::role_permission::Effect;
use migration::catalog::{BaseRole, PERMISSIONS, Permission};
use rustc_hash::FxHashMap;

use super::book::TenantBook;
use super::explanation::Outcome;
use super::origin::TeamPath;
use super::question::{Resource, Scope};
use super::rule::{Grant, Held, HeldBy, Override, When};
use super::store::Fact;
use super::weigh::{Case, Spot, Verdict, in_order, weigh};
use super::{PermissionSet, Presence, RoleBook, Subject};
use crate::error::Reason;

/// What a user may do in one tenant. Most questions to it are a look-up and a bit test.
#[derive(Debug)]
pub struct AccessProfile {
    version: i64,
    tenant: TenantId,
    subject: Subject,
    /// The first moment at which something in it expires.
    holds_until: Option<DateTime<Utc>>,
    roles: Arc<RoleBook>,
    book: Arc<TenantBook>,
    /// About the tenant itself.
    in_tenant: Rights,
    /// In the tenant, about things on which nothing was granted.
    in_tenant_ungranted: Rights,
    /// In organizations where the user is nobody in particular.
    elsewhere: Rights,
    places: FxHashMap<OrganizationId, Place>,
    /// The base role in the tenant.
    base: Option<Held>,
    /// Roles in the whole tenant.
    everywhere: Vec<Held>,
    /// Overrides in the whole tenant, in the order in which they decide.
    overrides: Vec<Override>,
    /// What was granted to the member, or to teams.
    grants: FxHashMap<Resource, Vec<Grant>>,
}

/// What overrides and rules give, as far as that is known before a question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rights {
    pub allowed: PermissionSet,
    /// What depends on conditions.
    pub open: PermissionSet,
}

/// What a user is in one organization.
#[derive(Debug, Default)]
pub(super) struct Place {
    pub seat: Option<Seat>,
    pub is_owner: bool,
    /// Roles in it, that of the seat and those of teams included.
    pub held: Vec<Held>,
    /// The user's teams, and those above them.
    pub teams: Vec<TeamPath>,
    /// Overrides in it together with those in the whole tenant; empty where there are none of its own.
    overrides: Vec<Override>,
    /// About the organization itself.
    pub rights: Rights,
    /// About things on which nothing was granted.
    pub ungranted: Rights,
}

/// A living membership in an organization.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seat {
    pub id: OrganizationMembershipId,
    pub role: BaseRole,
    pub is_active: bool,
}

/// What a profile says at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Glance {
    Yes,
    No(Reason),
    /// More must be known.
    Open,
}

impl AccessProfile {
    /// The profile of somebody who may do nothing.
    #[must_use]
    pub fn nothing(presence: Option<&Presence>, subject: Subject) -> Self {
        Self::bare(presence.map_or(0, |presence| presence.access_version), presence.map(|presence| presence.tenant), subject)
    }

    fn bare(version: i64, tenant: Option<TenantId>, subject: Subject) -> Self {
        let tenant = tenant.unwrap_or_else(|| uuid::Uuid::nil().into());
        Self {
            version,
            tenant,
            subject,
            holds_until: None,
            roles: Arc::new(RoleBook::new(tenant, version, Vec::new())),
            book: Arc::default(),
            in_tenant: Rights::default(),
            in_tenant_ungranted: Rights::default(),
            elsewhere: Rights::default(),
            places: FxHashMap::default(),
            base: None,
            everywhere: Vec::new(),
            overrides: Vec::new(),
            grants: FxHashMap::default(),
        }
    }

    /// Gathers all that speaks of a user, and weighs it.
    pub(super) fn compile(
        roles: Arc<RoleBook>,
        book: Arc<TenantBook>,
        presence: &Presence,
        subject: Subject,
        facts: Vec<Fact>,
        now: DateTime<Utc>,
    ) -> Self {
        let holds_until = subject.holds_until;
        let mut profile = Self { holds_until, roles, book, ..Self::bare(presence.access_version, Some(presence.tenant), subject) };
        if let Some(member) = subject.member {
            profile.base =
                profile.held(profile.roles.base(member.role).map(|role| role.id), HeldBy::TenantBase(member.id, member.role));
        }
        for fact in facts {
            profile.gather(fact);
        }
        profile.places_of_grants(now);
        in_order(&mut profile.overrides);
        for place in profile.places.values_mut() {
            if !place.overrides.is_empty() {
                place.overrides.extend(profile.overrides.iter().cloned());
                in_order(&mut place.overrides);
            }
        }
        profile.weigh_all(now);
        profile
    }

    fn held(&self, role: Option<entity::id::RoleId>, by: HeldBy) -> Option<Held> {
        Some(Held { role: self.roles.place(role?)?, by })
    }

    fn ends(&mut self, at: Option<DateTime<Utc>>) {
        self.holds_until = [self.holds_until, at].into_iter().flatten().min();
    }

    fn gather(&mut self, fact: Fact) {
        match fact {
            Fact::Owner(organization) => self.place_mut(organization).is_owner = true,
            Fact::Seat(organization, seat) => {
                let base = self.roles.base(seat.role).map(|role| role.id);
                let held = self.held(base, HeldBy::OrganizationBase(seat.id, organization, seat.role));
                let place = self.place_mut(organization);
                place.seat = Some(seat);
                place.held.extend(held);
            }
            Fact::Role { assignment, organization, role, expires_at } => {
                let held = self.held(Some(role), HeldBy::Assignment(assignment, organization));
                self.ends(expires_at);
                match organization {
                    Some(organization) => self.place_mut(organization).held.extend(held),
                    None => self.everywhere.extend(held),
                }
            }
            Fact::Override(held, expires_at) => {
                self.ends(expires_at);
                match held.organization {
                    Some(organization) => self.place_mut(organization).overrides.push(held),
                    None => self.overrides.push(held),
                }
            }
            Fact::Team(organization, path) => self.place_mut(organization).teams.push(path),
            Fact::TeamRole(organization, path, role) => {
                let held = self.held(Some(role), HeldBy::Team(path));
                self.place_mut(organization).held.extend(held);
            }
            Fact::Grant(grant) => {
                self.ends(grant.expires_at);
                self.grants.entry(grant.resource.clone()).or_default().push(grant);
            }
        }
    }

    fn place_mut(&mut self, organization: OrganizationId) -> &mut Place {
        self.places.entry(organization).or_default()
    }

    /// Organizations on which something was granted are places too; and what was granted to the user's roles may end.
    fn places_of_grants(&mut self, now: DateTime<Utc>) {
        let mut places: Vec<OrganizationId> =
            self.grants.keys().filter(|resource| resource.kind == "organization").map(|resource| resource.id.into()).collect();
        let held = self.base.iter().chain(&self.everywhere).chain(self.places.values().flat_map(|place| &place.held));
        let mut roles: Vec<usize> = held.map(|held| held.role).collect();
        roles.sort_unstable();
        roles.dedup();
        let mut ends = None;
        for grant in roles.iter().flat_map(|role| self.book.granted_to(self.roles.at(*role).id)) {
            if grant.resource.kind == "organization" {
                places.push(grant.resource.id.into());
            }
            ends = [ends, grant.expires_at.filter(|end| *end > now)].into_iter().flatten().min();
        }
        self.ends(ends);
        for organization in places {
            self.place_mut(organization);
        }
    }

    fn weigh_all(&mut self, now: DateTime<Utc>) {
        let tenant = Resource::tenant(self.tenant);
        self.in_tenant = self.weigh(Spot::Tenant, Some(&tenant), now);
        self.in_tenant_ungranted = self.weigh(Spot::Tenant, None, now);
        self.elsewhere = self.weigh(Spot::Organization(None), None, now);
        let of_place = |(organization, place): (&OrganizationId, &Place)| {
            let itself = Resource::organization(*organization);
            let spot = Spot::Organization(Some(place));
            (*organization, self.weigh(spot, Some(&itself), now), self.weigh(spot, None, now))
        };
        let weighed: Vec<_> = self.places.iter().map(of_place).collect();
        for (organization, rights, ungranted) in weighed {
            let place = self.place_mut(organization);
            (place.rights, place.ungranted) = (rights, ungranted);
        }
    }

    fn weigh(&self, spot: Spot<'_>, resource: Option<&Resource>, now: DateTime<Utc>) -> Rights {
        let mut rights = Rights::default();
        let mut judge = |when: &When| match when {
            When::Always => Some(Outcome::None),
            When::Unreadable => Some(Outcome::Failed),
            When::If(_) => None,
        };
        for permission in PERMISSIONS.iter().map(|definition| definition.permission) {
            let case = Case { profile: self, permission, spot, now, without: None };
            match weigh(&case, resource, &mut judge, &mut |_, _: Effect, _| {}) {
                Verdict::Allowed(..) => rights.allowed.insert(permission),
                Verdict::Open => rights.open.insert(permission),
                Verdict::Denied(..) | Verdict::Nothing => {}
            }
        }
        rights
    }

    /// Is it still what the tables say?
    pub(super) fn holds(&self, presence: &Presence, now: DateTime<Utc>) -> bool {
        self.version == presence.access_version && self.holds_until.is_none_or(|until| now < until)
    }

    /// What can be said of a question about the place itself without knowing more.
    pub(super) fn glance(&self, permission: Permission, scope: Scope, now: DateTime<Utc>) -> Glance {
        if self.subject.is_masked(permission, scope) {
            return Glance::No(Reason::ApiKeyScope);
        }
        if matches!(scope, Scope::Person(user) if user == self.subject.user) {
            return Glance::Yes;
        }
        if let Err(reason) = self.subject.standing {
            return Glance::No(reason);
        }
        if permission.definition().required_feature.is_some() {
            return Glance::Open;
        }
        let rights = match scope {
            Scope::Tenant | Scope::Person(_) => self.in_tenant,
            Scope::Team(..) => return Glance::Open,
            Scope::Organization(organization) => {
                let place = self.place(organization);
                if place.is_some_and(Place::is_suspended) {
                    return Glance::No(Reason::MembershipSuspended);
                }
                let is_owner = place.is_some_and(|place| place.is_owner);
                if !self.subject.is_developer && !self.book.gate(organization, now).lets(permission, is_owner) {
                    // Who can pay the bill is still to be found out.
                    return Glance::Open;
                }
                if is_owner {
                    return Glance::Yes;
                }
                place.map_or(self.elsewhere, |place| place.rights)
            }
        };
        if rights.allowed.contains(permission) {
            Glance::Yes
        } else if rights.open.contains(permission) {
            Glance::Open
        } else {
            Glance::No(Reason::MissingPermission)
        }
    }

    /// Does this organization concern the user: as a member, as its owner, or as one of those who run the tenant? To an API key
    /// none does by itself.
    #[must_use]
    pub fn belongs_to(&self, organization: OrganizationId) -> bool {
        let is_somebody = |place: &Place| place.seat.is_some() || place.is_owner;
        let concerns = self.place(organization).is_some_and(is_somebody) || self.base_that_reaches().is_some();
        concerns && self.subject.mask.is_none()
    }

    /// How much room it takes, in organizations and grants.
    pub(super) fn weight(&self) -> u32 {
        u32::try_from(1 + self.places.len() + self.grants.len()).unwrap_or(u32::MAX)
    }

    /// Whose it is.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    pub(super) fn tenant(&self) -> TenantId {
        self.tenant
    }

    pub(super) fn roles(&self) -> &RoleBook {
        &self.roles
    }

    pub(super) fn book(&self) -> &TenantBook {
        &self.book
    }

    pub(super) fn in_tenant(&self) -> Rights {
        self.in_tenant
    }

    pub(super) fn in_tenant_ungranted(&self) -> Rights {
        self.in_tenant_ungranted
    }

    pub(super) fn elsewhere(&self) -> Rights {
        self.elsewhere
    }

    pub(super) fn place(&self, organization: OrganizationId) -> Option<&Place> {
        self.places.get(&organization)
    }

    pub(super) fn places(&self) -> impl Iterator<Item = (OrganizationId, &Place)> {
        self.places.iter().map(|(organization, place)| (*organization, place))
    }

    pub(super) fn everywhere(&self) -> &[Held] {
        &self.everywhere
    }

    pub(super) fn base(&self) -> Option<&Held> {
        self.base.as_ref()
    }

    /// A plain member of a tenant is not a member of its organizations; whoever runs the tenant reaches into all of them.
    pub(super) fn base_that_reaches(&self) -> Option<&Held> {
        self.base.as_ref().filter(|held| match held.by {
            HeldBy::TenantBase(_, role) => reaches_organizations(role),
            HeldBy::OrganizationBase(..) | HeldBy::Assignment(..) | HeldBy::Team(_) => false,
        })
    }

    /// The overrides that count somewhere, in the order in which they decide.
    pub(super) fn overrides_at<'a>(&'a self, spot: Spot<'a>) -> &'a [Override] {
        match spot {
            Spot::Organization(Some(place)) if !place.overrides.is_empty() => &place.overrides,
            Spot::Organization(_) | Spot::Tenant => &self.overrides,
        }
    }

    pub(super) fn granted_on(&self, resource: &Resource) -> &[Grant] {
        self.grants.get(resource).map_or(&[], Vec::as_slice)
    }

    /// All that was granted to the member, to its teams, or to a role that it has somewhere.
    pub(super) fn all_grants(&self) -> impl Iterator<Item = &Grant> {
        let held = self.base.iter().chain(&self.everywhere).chain(self.places.values().flat_map(|place| &place.held));
        let of_roles = held.flat_map(|held| self.book.granted_to(self.roles.at(held.role).id));
        self.grants.values().flatten().chain(of_roles)
    }
}

/// Does this base role in a tenant count in its organizations too?
#[must_use]
pub fn reaches_organizations(role: BaseRole) -> bool {
    match role {
        BaseRole::Owner | BaseRole::Admin | BaseRole::Manager => true,
        BaseRole::Member | BaseRole::Readonly => false,
    }
}

impl Place {
    pub fn is_suspended(&self) -> bool {
        self.seat.is_some_and(|seat| !seat.is_active)
    }
}
