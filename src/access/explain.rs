//! Explanations: the check itself, with a record of what was weighed, and a search for what would have allowed it.

use entity::role_permission::Effect;

use super::decide::Inquiry;
use super::explanation::{Considered, Explanation, NearestMiss, Outcome};
use super::filter::View;
use super::guard::{Asked, Depth};
use super::known::Known;
use super::origin::RuleOrigin;
use super::question::{Context, Decision, Question, Whose};
use super::rule::applies;
use super::{Access, AccessProfile, Caller, Presence, store};
use crate::database::Transaction;
use crate::error::{Detail, Error, Reason};

impl Access {
    /// Decides a question and says why.
    pub async fn explain(
        &self,
        transaction: &Transaction,
        presence: &Presence,
        caller: &Caller,
        whose: Whose,
        question: &Question,
        context: &Context,
    ) -> Result<Explanation, Error> {
        let view = View { transaction, presence, context };
        let profiles = self.profiles_of(transaction, presence, caller, [whose], context.time).await?;
        let profile = profiles.get(whose)?;
        let user = profile.subject().user;
        let mut known = Known::default();
        self.learn(transaction, presence, &[Asked { profile, question, context }], Depth::Existence, &mut known).await?;
        if profile.subject().is_developer || profile.subject().standing.is_err() {
            known.people.extend(store::people(transaction, presence, &[user]).await?);
        }
        let inquiry = Inquiry { profile, question, context: view.context, known: &known, without: None };
        let mut considered: Vec<Considered> = Vec::new();
        let decision = inquiry.decide(&mut |voice, effect, condition| {
            let origin = voice.origin(profile);
            considered.push(Considered { origin, effect, applies: applies(effect, condition), condition, decided: false });
        });
        let deciding = considered.iter().position(|rule| decision.deciding.as_ref() == Some(&rule.origin));
        if let Some(deciding) = deciding {
            considered[deciding].decided = true;
        }
        let nearest_miss = self.nearest_miss(view, &inquiry, &decision, &considered).await?;
        let mut explanation = Explanation { decision, considered, nearest_miss };
        explanation.name_assignments(&known, profile, question);
        Ok(explanation)
    }

    /// What would have allowed it.
    async fn nearest_miss(
        &self,
        view: View<'_>,
        inquiry: &Inquiry<'_>,
        decision: &Decision,
        considered: &[Considered],
    ) -> Result<Option<NearestMiss>, Error> {
        let Some(reason) = decision.reason else { return Ok(None) };
        let organization = inquiry.question.scope.organization();
        Ok(match (reason, &decision.detail) {
            (Reason::UserInactive, _) => {
                let person = inquiry.known.people.get(&inquiry.profile.subject().user);
                let locked = person.filter(|person| person.is_active).and_then(|person| person.locked_until);
                Some(NearestMiss::ReactivateUser { locked_until: locked })
            }
            (Reason::TenantInactive, _) => Some(NearestMiss::ReactivateTenant),
            (Reason::NoTenant, _) => Some(NearestMiss::JoinTenant),
            (Reason::MembershipSuspended, _) => {
                let in_tenant = inquiry.profile.subject().standing.is_err();
                Some(NearestMiss::ReactivateMembership { organization: organization.filter(|_| !in_tenant) })
            }
            (Reason::BillingRestricted | Reason::BillingLocked, Some(Detail::Owner { id, name })) => {
                Some(NearestMiss::PayBill { owner: *id, owner_name: name.to_string() })
            }
            (Reason::PlanRequired, Some(Detail::Feature(feature))) => {
                let plan = match organization {
                    Some(_) => store::plan_with(view.transaction, view.presence, feature).await?,
                    None => None,
                };
                Some(NearestMiss::Plan { feature, plan })
            }
            (Reason::ApiKeyScope, _) => {
                let key = inquiry.profile.subject().mask.map(|mask| (mask.key, mask.organization));
                key.map(|(key, organization)| NearestMiss::Scope { key, organization })
            }
            (Reason::MissingPermission, _) => missing(inquiry, decision, considered),
            (
                Reason::NotSignedIn
                | Reason::OrganizationNotFound
                | Reason::NotHeld
                | Reason::BillingRestricted
                | Reason::BillingLocked
                | Reason::PlanRequired,
                _,
            ) => None,
        })
    }
}

fn missing(inquiry: &Inquiry<'_>, decision: &Decision, considered: &[Considered]) -> Option<NearestMiss> {
    if let Some(denial) = &decision.deciding {
        let without = Inquiry { without: Some(denial), ..*inquiry }.decide(&mut |_, _, _| {});
        return without.allowed.then(|| NearestMiss::RemoveDenial(denial.clone()));
    }
    let unmet = considered.iter().find(|rule| rule.effect == Effect::Allow && rule.condition != Outcome::None);
    if let Some(unmet) = unmet {
        return Some(NearestMiss::MeetCondition(unmet.origin.clone()));
    }
    let roles = inquiry.profile.roles();
    let holding = roles.all().iter().filter(|role| roles.gives(role.id).contains(inquiry.question.permission));
    let least = holding.min_by_key(|role| (roles.gives(role.id).iter().count(), role.index_id))?;
    Some(NearestMiss::Role { id: least.id, key: least.key.clone() })
}

impl Explanation {
    /// A developer's rights come from assignments, which a check need not know one by one.
    fn name_assignments(&mut self, known: &Known, profile: &AccessProfile, question: &Question) {
        let Some(person) = known.people.get(&profile.subject().user) else { return };
        let mut ids: Vec<_> = person
            .developer
            .iter()
            .filter(|(_, permission)| *permission == question.permission)
            .map(|(assignment, _)| *assignment)
            .collect();
        ids.sort_unstable();
        let origins = self.considered.iter_mut().map(|rule| &mut rule.origin).chain(self.decision.deciding.as_mut());
        for origin in origins {
            if let RuleOrigin::Developer { assignments } = origin {
                assignments.clone_from(&ids);
            }
        }
    }
}
