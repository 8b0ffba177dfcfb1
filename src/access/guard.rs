//! Questions of one profile, many at a time: what must be known for them is read first, in a fixed number of statements.

use std::sync::Arc;

use entity::id::{OrganizationId, UserId};
use migration::catalog::Permission;

use super::book::entitled;
use super::condition::Subject as Attribute;
use super::decide::Inquiry;
use super::filter::View;
use super::known::Known;
use super::profile::{AccessProfile, Glance};
use super::question::{Context, Decision, Question, Scope};
use super::{Access, Presence, store};
use crate::database::Transaction;
use crate::error::{Denial, Error, Reason};

/// How much about organizations must be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// What the answer depends on.
    Answer,
    /// Also what a denial tells, to organizations that are known to be there.
    Reason,
    /// Also whether the organization is there at all.
    Existence,
}

/// A question to a profile, in its circumstances.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub profile: &'a AccessProfile,
    pub question: &'a Question,
    pub context: &'a Context,
}

impl<'a> Asked<'a> {
    pub fn inquiry(self, known: &'a Known) -> Inquiry<'a> {
        let Self { profile, question, context } = self;
        Inquiry { profile, question, context, known, without: None }
    }

    /// Will the answer name the owner, who can pay the bill?
    fn is_gated(self) -> bool {
        let Some(organization) = self.question.scope.organization() else { return false };
        let is_owner = self.profile.place(organization).is_some_and(|place| place.is_owner);
        let gate = self.profile.book().gate(organization, self.context.time);
        !self.profile.subject().is_developer && !gate.lets(self.question.permission, is_owner)
    }
}

/// The answers, once all that they need was learned.
pub(super) fn answers(asked: &[Asked<'_>], known: &Known) -> Vec<Decision> {
    asked.iter().map(|asked| asked.inquiry(known).decide(&mut |_, _, _| {})).collect()
}

impl Access {
    /// Answers a guard for all rows of a level, whose organizations are known to be there. `None`: all may. Where bits do not
    /// answer, what is missing is read: one statement for all organizations, one for the user.
    pub async fn guard(
        &self,
        view: Option<View<'_>>,
        profile: &AccessProfile,
        permission: Permission,
        scopes: &[Scope],
        known: &mut Known,
    ) -> Result<Option<Vec<Option<Denial>>>, Error> {
        let now = view.map_or_else(chrono::DateTime::default, |view| view.context.time);
        if scopes.iter().all(|scope| profile.glance(permission, *scope, now) == Glance::Yes) {
            return Ok(None);
        }
        let glances: Vec<Glance> = scopes.iter().map(|scope| profile.glance(permission, *scope, now)).collect();
        let open = glances.iter().zip(scopes).filter(|(glance, _)| **glance == Glance::Open);
        let questions: Vec<Question> = open.map(|(_, scope)| Question::new(permission, *scope)).collect();
        let mut decisions = match view {
            Some(view) if !questions.is_empty() => {
                let asked = view.asked(profile, &questions);
                self.learn(view.transaction, view.presence, &asked, Depth::Reason, known).await?;
                answers(&asked, known)
            }
            _ => Vec::new(),
        }
        .into_iter();
        let denials = glances.into_iter().zip(scopes).map(|(glance, scope)| match glance {
            Glance::Yes => None,
            Glance::No(reason) => Some(Denial { permission, organization: scope.organization(), reason, detail: None }),
            Glance::Open => decisions.next().and_then(|decision| decision.denial(&Question::new(permission, *scope))),
        });
        let mut denials: Vec<Option<Denial>> = denials.collect();
        if let (Some(view), Err(Reason::TenantInactive)) = (view, profile.subject().standing) {
            if known.tenant_owner.is_none() {
                known.tenant_owner = Some(store::tenant_owner(view.transaction, view.presence).await?);
            }
            let closed = denials.iter_mut().flatten().filter(|denial| denial.reason == Reason::TenantInactive);
            closed.for_each(|denial| denial.detail = known.tenant_owner.clone().flatten());
        }
        Ok(denials.iter().any(Option::is_some).then_some(denials))
    }

    /// The answers of one profile to questions about organizations that are known to be there.
    pub(super) async fn decisions(
        &self,
        view: View<'_>,
        profile: &AccessProfile,
        questions: &[Question],
        known: &mut Known,
    ) -> Result<Vec<bool>, Error> {
        let asked = view.asked(profile, questions);
        self.learn(view.transaction, view.presence, &asked, Depth::Answer, known).await?;
        Ok(answers(&asked, known).into_iter().map(|decision| decision.allowed).collect())
    }

    /// Reads what these questions need and is not known yet: at most one statement about organizations and one about people.
    pub(super) async fn learn(
        &self,
        transaction: &Transaction,
        presence: &Presence,
        asked: &[Asked<'_>],
        depth: Depth,
        known: &mut Known,
    ) -> Result<(), Error> {
        let (mut organizations, mut people): (Vec<OrganizationId>, Vec<UserId>) = (Vec::new(), Vec::new());
        for asked in asked {
            let Asked { profile, question, .. } = *asked;
            if profile.subject().standing.is_err() {
                continue;
            }
            let subjects = asked.inquiry(known).subjects();
            if subjects.contains(Attribute::User) && !known.people.contains_key(&profile.subject().user) {
                people.push(profile.subject().user);
            }
            let Some(organization) = question.scope.organization() else { continue };
            let told = match depth {
                Depth::Answer => false,
                Depth::Reason => asked.is_gated(),
                Depth::Existence => true,
            };
            let spoken_of = told || subjects.contains(Attribute::Organization);
            let unentitled = !self.is_entitlement_known(transaction, presence, question, known);
            if (spoken_of || unentitled) && !known.organizations.contains_key(&organization) {
                organizations.push(organization);
            }
        }
        if !organizations.is_empty() {
            organizations.sort_unstable();
            organizations.dedup();
            let mut found = store::organizations(transaction, presence, Some(&organizations)).await?;
            known.organizations.extend(organizations.iter().map(|id| (*id, found.remove(id))));
        }
        for organization in asked.iter().filter_map(|asked| asked.question.scope.organization()) {
            self.entitle(transaction, presence, organization, known);
        }
        if !people.is_empty() {
            people.sort_unstable();
            people.dedup();
            known.people.extend(store::people(transaction, presence, &people).await?);
        }
        Ok(())
    }

    /// Is it known what the plan leaves, where the question depends on it?
    fn is_entitlement_known(&self, transaction: &Transaction, presence: &Presence, question: &Question, known: &mut Known) -> bool {
        let Some(organization) = question.scope.organization() else { return true };
        if question.permission.definition().required_feature.is_none() || known.entitled.contains_key(&organization) {
            return true;
        }
        let cached = transaction.is_snapshot().then(|| self.entitled.get(&(presence.tenant, organization))).flatten();
        let Some((_, permissions)) = cached.filter(|(version, _)| *version == presence.access_version) else { return false };
        known.entitled.insert(organization, permissions);
        true
    }

    fn entitle(&self, transaction: &Transaction, presence: &Presence, organization: OrganizationId, known: &mut Known) {
        let Some(Some(facts)) = known.organizations.get(&organization).map(|facts| facts.as_ref().map(Arc::clone)) else { return };
        let permissions = entitled(&facts.features);
        known.entitled.insert(organization, permissions);
        if transaction.is_snapshot() {
            self.entitled.insert((presence.tenant, organization), (presence.access_version, permissions));
        }
    }
}

impl View<'_> {
    fn asked<'a>(&'a self, profile: &'a AccessProfile, questions: &'a [Question]) -> Vec<Asked<'a>> {
        questions.iter().map(|question| Asked { profile, question, context: self.context }).collect()
    }
}
