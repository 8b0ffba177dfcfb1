//! The decision: its steps in their order, the first that answers wins.

use std::cell::OnceCell;

use entity::role_permission::Effect;
use serde_json::Value;

use super::condition::{Condition, Subjects};
use super::explanation::Outcome;
use super::known::Known;
use super::origin::RuleOrigin;
use super::profile::{AccessProfile, Place};
use super::question::{Context, Decision, Question, Scope, Step};
use super::rule::When;
use super::weigh::{Case, Spot, Verdict, Voice, weigh};
use crate::error::{Detail, Reason};

/// A question to a profile, with all that is known for it.
#[derive(Clone, Copy)]
pub(super) struct Inquiry<'a> {
    pub profile: &'a AccessProfile,
    pub question: &'a Question,
    pub context: &'a Context,
    pub known: &'a Known,
    /// A rule that is taken to be gone.
    pub without: Option<&'a RuleOrigin>,
}

impl<'a> Inquiry<'a> {
    /// Decides; each rule that is weighed is recorded.
    pub fn decide(&self, record: &mut impl FnMut(Voice<'a>, Effect, Outcome)) -> Decision {
        let denied = |step, reason| Decision::denied(step, reason, None);
        let Self { profile, question, .. } = *self;
        let subject = profile.subject();
        if subject.is_masked(question.permission, question.scope) {
            return denied(Step::ApiKey, Reason::ApiKeyScope);
        }
        if matches!(question.scope, Scope::Person(user) if user == subject.user) {
            return Decision::allowed(Step::Standing, None);
        }
        if let Err(reason) = subject.standing {
            return denied(Step::Standing, reason);
        }
        if let Some(organization) = question.scope.organization() {
            let facts = self.known.organizations.get(&organization);
            if matches!(facts, Some(None)) {
                return denied(Step::Standing, Reason::OrganizationNotFound);
            }
            let place = profile.place(organization);
            if place.is_some_and(Place::is_suspended) {
                return denied(Step::Standing, Reason::MembershipSuspended);
            }
            let is_owner = place.is_some_and(|place| place.is_owner);
            let gate = profile.book().gate(organization, self.context.time);
            if !subject.is_developer && !gate.lets(question.permission, is_owner) {
                let owner = facts.and_then(Option::as_ref);
                let detail = owner.map(|facts| Detail::Owner { id: facts.owner, name: facts.owner_name.clone() });
                return Decision { detail, ..denied(Step::Billing, gate.reason()) };
            }
        }
        if let Some(feature) = question.permission.definition().required_feature
            && !self.is_entitled()
        {
            return Decision { detail: Some(Detail::Feature(feature)), ..denied(Step::Entitlement, Reason::PlanRequired) };
        }
        if let Some(organization) = question.scope.organization()
            && profile.place(organization).is_some_and(|place| place.is_owner)
        {
            let owner = RuleOrigin::Owner { organization, owner: subject.user };
            return Decision::allowed(Step::Ownership, Some(owner));
        }
        self.weigh(record)
    }

    fn is_entitled(&self) -> bool {
        let entitled = match self.question.scope.organization() {
            None => Some(&self.profile.book().entitled),
            Some(organization) => self.known.entitled.get(&organization),
        };
        entitled.is_some_and(|entitled| entitled.contains(self.question.permission))
    }

    fn weigh(&self, record: &mut impl FnMut(Voice<'a>, Effect, Outcome)) -> Decision {
        let attributes: OnceCell<Value> = OnceCell::new();
        let mut judge = |when: &When| {
            Some(match when {
                When::Always => Outcome::None,
                When::Unreadable => Outcome::Failed,
                When::If(condition) => {
                    condition.evaluate(attributes.get_or_init(|| self.known.attributes(self.profile, self.question, self.context)))
                }
            })
        };
        let resource = self.question.resource(self.profile.tenant());
        let verdict = weigh(&self.case(), Some(&resource), &mut judge, record);
        let origin = |voice: Voice<'_>| Some(voice.origin(self.profile));
        match verdict {
            Verdict::Allowed(step, voice) => Decision::allowed(step, origin(voice)),
            Verdict::Denied(step, voice) => Decision::denied(step, Reason::MissingPermission, origin(voice)),
            Verdict::Nothing | Verdict::Open => Decision::denied(Step::Default, Reason::MissingPermission, None),
        }
    }

    /// What its conditions speak of.
    pub fn subjects(&self) -> Subjects {
        let mut subjects = Subjects::default();
        let resource = self.question.resource(self.profile.tenant());
        self.case().conditions(Some(&resource), &mut |condition: &Condition| subjects = subjects.union(condition.subjects()));
        subjects
    }

    fn case(&self) -> Case<'a> {
        let spot = match self.question.scope.organization() {
            None => Spot::Tenant,
            Some(organization) => Spot::Organization(self.profile.place(organization)),
        };
        Case { profile: self.profile, permission: self.question.permission, spot, now: self.context.time, without: self.without }
    }
}
