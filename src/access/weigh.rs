//! The weighing of overrides and rules: the one function behind compiled rights, checks, lists and explanations.

use chrono::{DateTime, Utc};
use entity::role_permission::Effect;
use migration::catalog::Permission;

use super::explanation::Outcome;
use super::origin::{Grantee, RoleRule, RuleOrigin};
use super::profile::{AccessProfile, Place};
use super::question::{Resource, Step};
use super::role::Spoken;
use super::rule::{Grant, Held, HeldBy, Override, When, applies};

/// What is weighed.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub profile: &'a AccessProfile,
    pub permission: Permission,
    pub spot: Spot<'a>,
    pub now: DateTime<Utc>,
    /// A rule that is taken to be gone.
    pub without: Option<&'a RuleOrigin>,
}

/// Where it is weighed.
#[derive(Clone, Copy)]
pub(super) enum Spot<'a> {
    Tenant,
    /// In an organization; with what there is where the user is somebody in particular.
    Organization(Option<&'a Place>),
}

/// Who says something.
#[derive(Clone, Copy)]
pub(super) enum Voice<'a> {
    Override(&'a Override),
    Role(&'a Held, &'a Spoken),
    Grant(&'a Grant),
    Developer,
}

/// What came of it.
#[derive(Clone, Copy)]
pub(super) enum Verdict<'a> {
    Allowed(Step, Voice<'a>),
    Denied(Step, Voice<'a>),
    /// Nothing allows it.
    Nothing,
    /// It depends on conditions that were not evaluated.
    Open,
}

/// Weighs a case about a resource; without one, about one on which nothing was granted. `judge` says what becomes of a rule's
/// condition, `None` where that is not known yet; each rule that was judged is recorded.
pub(super) fn weigh<'a>(
    case: &Case<'a>,
    resource: Option<&Resource>,
    judge: &mut impl FnMut(&'a When) -> Option<Outcome>,
    record: &mut impl FnMut(Voice<'a>, Effect, Outcome),
) -> Verdict<'a> {
    for (voice, effect, when) in case.overrides() {
        let Some(outcome) = judge(when) else { return Verdict::Open };
        record(voice, effect, outcome);
        if applies(effect, outcome) {
            return match effect {
                Effect::Allow => Verdict::Allowed(Step::Overrides, voice),
                Effect::Deny => Verdict::Denied(Step::Overrides, voice),
            };
        }
    }
    let (mut allowing, mut denying) = (None, None);
    let (mut may_allow, mut may_deny) = (false, false);
    case.rules(resource, &mut |voice, effect, when| {
        let (applying, may_apply) = match effect {
            Effect::Allow => (&mut allowing, &mut may_allow),
            Effect::Deny => (&mut denying, &mut may_deny),
        };
        match judge(when) {
            None => *may_apply = true,
            Some(outcome) => {
                record(voice, effect, outcome);
                if applies(effect, outcome) {
                    applying.get_or_insert(voice);
                }
            }
        }
    });
    match (denying, allowing) {
        (Some(voice), _) => Verdict::Denied(Step::Rules, voice),
        (None, Some(_)) if may_deny => Verdict::Open,
        (None, Some(voice)) => Verdict::Allowed(Step::Rules, voice),
        (None, None) if may_allow => Verdict::Open,
        (None, None) => Verdict::Nothing,
    }
}

impl<'a> Case<'a> {
    /// The conditions that may matter.
    pub fn conditions(&self, resource: Option<&Resource>, each: &mut impl FnMut(&'a super::condition::Condition)) {
        self.overrides().filter_map(|(_, _, when)| when.condition()).for_each(&mut *each);
        self.rules(resource, &mut |_, _, when| {
            if let Some(condition) = when.condition() {
                each(condition);
            }
        });
    }

    /// The overrides of the permission, that which decides first being the first.
    fn overrides(&self) -> impl Iterator<Item = (Voice<'a>, Effect, &'a When)> {
        let Self { profile, permission, spot, without, .. } = *self;
        profile
            .overrides_at(spot)
            .iter()
            .filter(move |held| held.permission == permission)
            .map(|held| (Voice::Override(held), held.effect, &held.when))
            .filter(move |(voice, _, _)| without.is_none_or(|without| voice.origin(profile) != *without))
    }

    /// All rules about the permission, in no order that matters.
    fn rules(&self, resource: Option<&Resource>, each: &mut impl FnMut(Voice<'a>, Effect, &'a When)) {
        let profile = self.profile;
        let mut each = |voice: Voice<'a>, effect, when| {
            if self.without.is_none_or(|without| voice.origin(profile) != *without) {
                each(voice, effect, when);
            }
        };
        for held in self.held() {
            if let Some(spoken) = profile.roles().spoken(held.role, self.permission) {
                each(Voice::Role(held, spoken), spoken.effect, &spoken.when);
            }
        }
        if profile.subject().developer.contains(self.permission) {
            each(Voice::Developer, Effect::Allow, &When::Always);
        }
        let Some(resource) = resource else { return };
        for grant in profile.granted_on(resource).iter().filter(|grant| self.counts(grant)) {
            each(Voice::Grant(grant), grant.effect, &grant.when);
        }
        // Somebody may have the same role in several ways: what was granted to it counts once.
        let mut seen: Vec<usize> = Vec::new();
        for held in self.held() {
            let role = profile.roles().at(held.role);
            let granted = profile.book().granted_to(role.id);
            if granted.is_empty() || !role.is_active || seen.contains(&held.role) {
                continue;
            }
            seen.push(held.role);
            for grant in granted.iter().filter(|grant| grant.resource == *resource && self.counts(grant)) {
                each(Voice::Grant(grant), grant.effect, &grant.when);
            }
        }
    }

    /// The roles that the user has here.
    fn held(&self) -> impl Iterator<Item = &'a Held> {
        let (base, here) = match self.spot {
            Spot::Tenant => (self.profile.base(), &[][..]),
            Spot::Organization(place) => (self.profile.base_that_reaches(), place.map_or(&[][..], |place| place.held.as_slice())),
        };
        base.into_iter().chain(here).chain(self.profile.everywhere())
    }

    /// Does this grant on the resource count here?
    fn counts(&self, grant: &Grant) -> bool {
        let here = match (&grant.grantee, self.spot) {
            (Grantee::Member(_) | Grantee::Role(_), _) => true,
            (Grantee::Team(path), Spot::Organization(Some(place))) => place.teams.contains(path),
            (Grantee::Team(_), Spot::Tenant | Spot::Organization(None)) => false,
        };
        here && grant.permission == self.permission && grant.expires_at.is_none_or(|end| end > self.now)
    }
}

impl Voice<'_> {
    /// The row that speaks.
    pub fn origin(&self, profile: &AccessProfile) -> RuleOrigin {
        match self {
            Self::Override(held) => RuleOrigin::Override { id: held.id, organization: held.organization, priority: held.priority },
            Self::Role(held, spoken) => {
                let role = RoleRule { role: profile.roles().at(held.role).id, speaker: spoken.speaker };
                match held.by {
                    HeldBy::TenantBase(membership, base) => RuleOrigin::TenantRole { membership, base, role },
                    HeldBy::OrganizationBase(membership, organization, base) => {
                        RuleOrigin::OrganizationRole { membership, organization, base, role }
                    }
                    HeldBy::Assignment(assignment, organization) => RuleOrigin::MemberRole { assignment, organization, role },
                    HeldBy::Team(team) => RuleOrigin::TeamRole { team, role },
                }
            }
            Self::Grant(grant) => RuleOrigin::Grant { id: grant.id, grantee: grant.grantee },
            Self::Developer => RuleOrigin::Developer { assignments: Vec::new() },
        }
    }
}

/// Overrides in the order in which they decide: the highest priority first, denials before allowances.
pub(super) fn in_order(overrides: &mut [Override]) {
    overrides.sort_by_key(|held| (std::cmp::Reverse(held.priority), held.effect == Effect::Allow, held.id));
}
