//! The decision, step by step as the design tells it.

use migration::catalog::{BaseRole, Permission};

use super::condition::Outcome;
use super::{Account, Condition, Effect, Grantee, Membership, Organization, Person, Realm, Resource, Subscription};

/// May this person do this, here, on this?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    pub person: usize,
    pub permission: Permission,
    /// In which organization; `None`: in the tenant.
    pub place: Option<usize>,
    /// On what; `None`: on the organization or the tenant itself.
    pub resource: Option<Resource>,
}

/// Which step answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// There is no such organization.
    Nowhere,
    Standing,
    Billing,
    Entitlement,
    Ownership,
    Override,
    Rules,
    Default,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub allowed: bool,
    pub step: Step,
}

/// Everything that conditions may look at.
pub struct Facts<'a> {
    realm: &'a Realm,
    question: &'a Question,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bills {
    Paid,
    Restricted,
    Locked,
}

/// A missing payment has no consequences for so many days, and restricts for as many more.
const GRACE_DAYS: i64 = 14;

impl Realm {
    /// The answer to a question.
    pub fn decide(&self, question: &Question) -> Verdict {
        let Question { person, permission, place, .. } = *question;
        let verdict = |allowed, step| Verdict { allowed, step };

        if place.is_some_and(|place| self.organizations[place].is_deleted) {
            return verdict(false, Step::Nowhere);
        }
        if !self.is_in_good_standing(person, place) {
            return verdict(false, Step::Standing);
        }
        if let Some(place) = place
            && self.people[person].developer.is_none()
            && self.billing_denies(place, person, permission)
        {
            return verdict(false, Step::Billing);
        }
        if let Some(feature) = permission.definition().required_feature
            && !self.is_entitled(place, feature)
        {
            return verdict(false, Step::Entitlement);
        }
        if place.is_some_and(|place| self.organizations[place].owner == person) {
            return verdict(true, Step::Ownership);
        }
        if let Some(effect) = self.overriding(question) {
            return verdict(effect == Effect::Allow, Step::Override);
        }
        let effects = self.effects(question);
        if effects.contains(&Effect::Deny) {
            return verdict(false, Step::Rules);
        }
        if effects.contains(&Effect::Allow) {
            return verdict(true, Step::Rules);
        }
        verdict(false, Step::Default)
    }

    // === 1. Standing ===

    fn is_in_good_standing(&self, person: usize, place: Option<usize>) -> bool {
        let Person { account, ref developer, .. } = self.people[person];
        let tenant_is_open = ["trial", "active"].contains(&self.status);
        let membership = self.membership(person);
        let is_suspended = membership.is_some_and(|membership| membership.is_suspended);
        let seat_is_suspended = place.and_then(|place| self.seat(place, person)).is_some_and(|seat| seat.is_suspended);
        account == Account::Active
            && tenant_is_open
            && (membership.is_some() || developer.is_some())
            && !is_suspended
            && !seat_is_suspended
    }

    /// The living membership in the tenant.
    pub fn membership(&self, person: usize) -> Option<Membership> {
        self.people[person].membership.filter(|membership| !membership.is_deleted)
    }

    // === 2. Billing gate ===

    pub fn billing_denies(&self, place: usize, person: usize, permission: Permission) -> bool {
        let is_owner = self.organizations[place].owner == person;
        let reads = ["read", "contact", "explain"].contains(&permission.definition().action);
        let ways_out =
            [Permission::BillingManage, Permission::AuditExport, Permission::OrganizationTransfer, Permission::OrganizationDelete];
        match self.bills(place) {
            Bills::Paid => false,
            Bills::Restricted => !is_owner && !reads,
            Bills::Locked if is_owner => !reads && !ways_out.contains(&permission),
            Bills::Locked => true,
        }
    }

    fn bills(&self, place: usize) -> Bills {
        match self.living_subscription(place) {
            Some(Subscription { status: "unpaid", .. }) => Bills::Locked,
            Some(Subscription { status: "paused", .. }) => Bills::Restricted,
            Some(Subscription { status: "past_due", overdue, grace, .. }) => {
                // Days from now until the grace ends.
                let left = grace.or(overdue.map(|days| GRACE_DAYS - days)).unwrap_or(GRACE_DAYS);
                if left > 0 {
                    Bills::Paid
                } else if left > -GRACE_DAYS {
                    Bills::Restricted
                } else {
                    Bills::Locked
                }
            }
            Some(_) | None => Bills::Paid,
        }
    }

    fn living_subscription(&self, place: usize) -> Option<&Subscription> {
        self.subscriptions.iter().find(|subscription| {
            subscription.organization == place
                && !subscription.is_deleted
                && !["canceled", "incomplete_expired"].contains(&subscription.status)
        })
    }

    // === 3. Entitlement ===

    fn is_entitled(&self, place: Option<usize>, feature: &str) -> bool {
        let features = match place {
            None => Some(&self.features),
            Some(place) => self.plan(place).map(|product| &self.products[product].features),
        };
        features.is_some_and(|features| features.contains(&(feature, true)))
    }

    /// The plan in effect.
    fn plan(&self, place: usize) -> Option<usize> {
        self.bought_plan(place).or_else(|| self.products.iter().position(|product| product.key == "free" && product.is_current))
    }

    fn bought_plan(&self, place: usize) -> Option<usize> {
        self.living_subscription(place)
            .filter(|subscription| ["trialing", "active", "past_due", "unpaid"].contains(&subscription.status))
            .map(|subscription| subscription.product)
    }

    // === 5. Overrides ===

    fn overriding(&self, question: &Question) -> Option<Effect> {
        self.membership(question.person)?;
        let applying: Vec<_> = self
            .overrides
            .iter()
            .filter(|one| {
                one.person == question.person
                    && one.permission == question.permission
                    && (one.organization.is_none() || one.organization == question.place)
                    && one.lasts.holds()
                    && self.applies(one.effect, one.condition.as_ref(), question)
            })
            .collect();
        let highest = applying.iter().map(|one| one.priority).max()?;
        let denied = applying.iter().any(|one| one.priority == highest && one.effect == Effect::Deny);
        Some(if denied { Effect::Deny } else { Effect::Allow })
    }

    // === 6. Rules ===

    /// Everything that speaks for or against, each as often as it is found.
    fn effects(&self, question: &Question) -> Vec<Effect> {
        let mut effects = Vec::new();
        let roles = self.gathered_roles(question.person, question.place);
        for role in &roles {
            effects.extend(self.voice(*role, question));
        }
        if let Some(permissions) = &self.people[question.person].developer
            && permissions.contains(&question.permission)
        {
            effects.push(Effect::Allow);
        }
        let resource = self.resource(question);
        let teams = self.teams_of(question.person, question.place);
        for grant in &self.grants {
            let reaches = match grant.grantee {
                Grantee::Member(person) => person == question.person && self.membership(person).is_some(),
                Grantee::Team(team) => teams.contains(&team),
                // A role that is switched off gets nothing.
                Grantee::Role(role) => roles.contains(&role) && self.speaks(role),
            };
            if reaches
                && grant.resource == resource
                && grant.permission == question.permission
                && grant.lasts.holds()
                && self.applies(grant.effect, grant.condition.as_ref(), question)
            {
                effects.push(grant.effect);
            }
        }
        effects
    }

    /// What the question is about.
    pub fn resource(&self, question: &Question) -> Resource {
        let itself = match question.place {
            Some(place) => Resource { kind: "organization", id: self.organizations[place].id },
            None => Resource { kind: "tenant", id: self.tenant },
        };
        question.resource.unwrap_or(itself)
    }

    /// Every role that a person has there, whichever way.
    fn gathered_roles(&self, person: usize, place: Option<usize>) -> Vec<usize> {
        let mut roles = Vec::new();
        if let Some(membership) = self.membership(person) {
            let runs_the_tenant = [BaseRole::Owner, BaseRole::Admin, BaseRole::Manager].contains(&membership.role);
            if place.is_none() || runs_the_tenant {
                roles.push(Self::base(membership.role));
            }
            for assignment in &self.assignments {
                let is_there = assignment.organization.is_none() || assignment.organization == place;
                if assignment.person == person && is_there && assignment.lasts.holds() {
                    roles.push(assignment.role);
                }
            }
        }
        if let Some(seat) = place.and_then(|place| self.seat(place, person)) {
            roles.push(Self::base(seat.role));
        }
        for team in self.teams_of(person, place) {
            roles.extend(&self.teams[team].roles);
        }
        roles
    }

    /// The teams of a person there, and the teams above these.
    fn teams_of(&self, person: usize, place: Option<usize>) -> Vec<usize> {
        let mut found = Vec::new();
        if self.membership(person).is_none() {
            return found;
        }
        for start in 0..self.teams.len() {
            if !self.teams[start].members.iter().any(|(_, member)| *member == person) {
                continue;
            }
            let mut next = Some(start);
            while let Some(team) = next {
                if self.teams[team].is_deleted || Some(self.teams[team].organization) != place {
                    break;
                }
                found.push(team);
                next = self.teams[team].parent;
            }
        }
        found
    }

    /// What a role says: by its own rule, or else by its parent's.
    fn voice(&self, role: usize, question: &Question) -> Option<Effect> {
        if !self.speaks(role) {
            return None;
        }
        let role = &self.roles[role];
        match role.rules.get(&question.permission) {
            Some(rule) => self.applies(rule.effect, rule.condition.as_ref(), question).then_some(rule.effect),
            None => self.voice(role.parent?, question),
        }
    }

    fn speaks(&self, role: usize) -> bool {
        self.roles[role].is_active && !self.roles[role].is_deleted
    }

    /// What fails denies, and does not allow.
    fn applies(&self, effect: Effect, condition: Option<&Condition>, question: &Question) -> bool {
        let Some(condition) = condition else { return true };
        match condition.outcome(&Facts { realm: self, question }) {
            Outcome::True => true,
            Outcome::False => false,
            Outcome::Failed => effect == Effect::Deny,
        }
    }
}

impl<'a> Facts<'a> {
    pub fn person(&self) -> &'a Person {
        &self.realm.people[self.question.person]
    }

    pub fn place(&self) -> Option<&'a Organization> {
        self.question.place.map(|place| &self.realm.organizations[place])
    }

    /// The role and the state of the membership that counts there.
    pub fn membership(&self) -> Option<(BaseRole, bool)> {
        match self.question.place {
            Some(place) => self.realm.seat(place, self.question.person).map(|seat| (seat.role, !seat.is_suspended)),
            None => self.realm.membership(self.question.person).map(|membership| (membership.role, !membership.is_suspended)),
        }
    }

    /// The key of the plan that an organization has bought, or `free`.
    pub fn tier(&self) -> &'static str {
        let bought = self.question.place.and_then(|place| self.realm.bought_plan(place));
        bought.map_or("free", |product| self.realm.products[product].key)
    }

    pub fn resource(&self) -> Resource {
        self.realm.resource(self.question)
    }
}
