//! Which rows a list shows: exactly those for which the check would say yes.

use entity::id::{OrganizationId, TeamId};
use migration::catalog::Permission;
use uuid::Uuid;

use super::condition::Subject as Attribute;
use super::decide::Inquiry;
use super::known::Known;
use super::profile::AccessProfile;
use super::question::{Context, Question, Scope};
use super::{Access, Presence, store};
use crate::database::{Binds, Transaction};
use crate::error::Error;

/// Which organizations a list may show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrganizationFilter {
    /// All but these.
    AllBut(Vec<OrganizationId>),
    /// These only.
    Only(Vec<OrganizationId>),
}

impl OrganizationFilter {
    /// Does it show nothing at all?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Only(shown) if shown.is_empty())
    }

    /// As a condition on a column that names an organization, its values bound; `None` where all are shown.
    #[must_use]
    pub fn condition(&self, column: &str, binds: &mut Binds) -> Option<String> {
        let mut bound = |ids: &[OrganizationId]| binds.bind(ids.iter().map(|id| id.uuid()).collect::<Vec<_>>());
        match self {
            Self::AllBut(none) if none.is_empty() => None,
            Self::AllBut(hidden) => Some(format!("{column} <> all({})", bound(hidden))),
            Self::Only(shown) => Some(format!("{column} = any({})", bound(shown))),
        }
    }
}

/// Which teams of some organizations a list may show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TeamFilter {
    /// Of these organizations all,
    all_of: Vec<OrganizationId>,
    /// but these,
    hidden: Vec<TeamId>,
    /// and these besides.
    shown: Vec<TeamId>,
}

impl TeamFilter {
    /// As a condition on the columns that name a team's organization and the team, its values bound.
    #[must_use]
    pub fn condition(&self, organization: &str, team: &str, binds: &mut Binds) -> String {
        let all_of = binds.bind(self.all_of.iter().map(|id| id.uuid()).collect::<Vec<_>>());
        let hidden = binds.bind(self.hidden.iter().map(|id| id.uuid()).collect::<Vec<_>>());
        let shown = binds.bind(self.shown.iter().map(|id| id.uuid()).collect::<Vec<_>>());
        format!("({organization} = any({all_of}) and {team} <> all({hidden}) or {team} = any({shown}))")
    }

    /// May it show this one?
    #[must_use]
    pub fn shows(&self, organization: OrganizationId, team: TeamId) -> bool {
        self.all_of.contains(&organization) && !self.hidden.contains(&team) || self.shown.contains(&team)
    }
}

/// A snapshot that a filter is made in.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// Where statements run.
    pub transaction: &'a Transaction,
    /// Where whoever asks is.
    pub presence: &'a Presence,
    /// The circumstances.
    pub context: &'a Context,
}

impl Access {
    /// In which organizations may something be done? No statement, unless conditions speak of what only organizations know:
    /// then their facts are read in one, those of all organizations where the rule holds in the whole tenant.
    pub async fn organizations(
        &self,
        view: View<'_>,
        profile: &AccessProfile,
        permission: Permission,
        known: &mut Known,
    ) -> Result<OrganizationFilter, Error> {
        if profile.subject().standing.is_err() {
            return Ok(OrganizationFilter::Only(Vec::new()));
        }
        let question = |organization| Question::new(permission, Scope::Organization(organization));
        if let Some(mask) = profile.subject().mask {
            if !mask.leaves_somewhere(permission) {
                return Ok(OrganizationFilter::Only(Vec::new()));
            }
            if let Some(organization) = mask.organization {
                return Ok(OrganizationFilter::Only(self.yes(view, profile, &[question(organization)], known).await?));
            }
        }
        let elsewhere = self.elsewhere(view, profile, permission, known).await?;
        if elsewhere.is_none() {
            let organizations = store::organizations(view.transaction, view.presence, None).await?;
            known.organizations.extend(organizations.iter().map(|(id, facts)| (*id, Some(facts.clone()))));
            let questions: Vec<Question> = organizations.into_keys().map(question).collect();
            return Ok(OrganizationFilter::Only(self.yes(view, profile, &questions, known).await?));
        }
        let all = elsewhere == Some(true);
        // Where the user is somebody, or bills close something, it may be otherwise than elsewhere.
        let mut particular: Vec<OrganizationId> = profile.places().map(|(organization, _)| organization).collect();
        if all && !profile.subject().is_developer {
            particular.extend(profile.book().gated(view.context.time).map(|(organization, _)| organization));
            particular.sort_unstable();
            particular.dedup();
        }
        let questions: Vec<Question> = particular.iter().copied().map(question).collect();
        let mut shown = self.yes(view, profile, &questions, known).await?;
        shown.sort_unstable();
        if !all {
            return Ok(OrganizationFilter::Only(shown));
        }
        particular.retain(|organization| shown.binary_search(organization).is_err());
        particular.sort_unstable();
        Ok(OrganizationFilter::AllBut(particular))
    }

    /// Which teams of these organizations may something be done about? At most two statements, and none where nothing was
    /// granted on teams and no condition speaks of them.
    pub async fn teams(
        &self,
        view: View<'_>,
        profile: &AccessProfile,
        permission: Permission,
        organizations: &[OrganizationId],
        known: &mut Known,
    ) -> Result<TeamFilter, Error> {
        let mut filter = TeamFilter::default();
        if profile.subject().standing.is_err() {
            return Ok(filter);
        }
        // A team that nobody knows stands for those on which nothing was granted.
        let any = |organization| Question::new(permission, Scope::Team(organization, Uuid::nil().into()));
        let questions: Vec<Question> = organizations.iter().copied().map(any).collect();
        let mut each = Vec::new();
        for question in &questions {
            let inquiry = Inquiry { profile, question, context: view.context, known, without: None };
            if inquiry.subjects().contains(Attribute::Resource) {
                each.extend(question.scope.organization());
            }
        }
        filter.all_of = self.yes(view, profile, &questions, known).await?;
        let granted = granted_teams(profile, permission);
        if granted.is_empty() && each.is_empty() {
            return Ok(filter);
        }
        filter.all_of.retain(|organization| !each.contains(organization));
        let candidates = store::teams(view.transaction, view.presence, organizations, granted, &each).await?;
        let questions: Vec<Question> =
            candidates.iter().map(|(team, organization)| Question::new(permission, Scope::Team(*organization, *team))).collect();
        let allowed = self.decisions(view, profile, &questions, known).await?;
        for ((team, _), allowed) in candidates.into_iter().zip(allowed) {
            if allowed { filter.shown.push(team) } else { filter.hidden.push(team) }
        }
        Ok(filter)
    }

    /// The answer in organizations where the user is nobody in particular; `None` where it depends on the organization.
    async fn elsewhere(
        &self,
        view: View<'_>,
        profile: &AccessProfile,
        permission: Permission,
        known: &mut Known,
    ) -> Result<Option<bool>, Error> {
        let rights = profile.elsewhere();
        if permission.definition().required_feature.is_some() {
            return Ok(None);
        }
        if !rights.open.contains(permission) {
            return Ok(Some(rights.allowed.contains(permission)));
        }
        // An organization that nobody knows stands for all of them.
        let question = Question::new(permission, Scope::Organization(Uuid::nil().into()));
        let inquiry = Inquiry { profile, question: &question, context: view.context, known, without: None };
        let subjects = inquiry.subjects();
        if subjects.contains(Attribute::Organization) || subjects.contains(Attribute::Resource) {
            return Ok(None);
        }
        Ok(self.decisions(view, profile, &[question], known).await?.first().copied())
    }

    /// The organizations of the questions that are answered with yes.
    async fn yes(
        &self,
        view: View<'_>,
        profile: &AccessProfile,
        questions: &[Question],
        known: &mut Known,
    ) -> Result<Vec<OrganizationId>, Error> {
        let allowed = self.decisions(view, profile, questions, known).await?;
        let yes = questions.iter().zip(allowed).filter(|(_, allowed)| *allowed);
        Ok(yes.filter_map(|(question, _)| question.scope.organization()).collect())
    }
}

/// Teams on which something was granted to the member, to its teams, or to one of its roles.
fn granted_teams(profile: &AccessProfile, permission: Permission) -> Vec<Uuid> {
    let mut teams: Vec<Uuid> = profile
        .all_grants()
        .filter(|grant| grant.permission == permission && grant.resource.kind == "team")
        .map(|grant| grant.resource.id)
        .collect();
    teams.sort_unstable();
    teams.dedup();
    teams
}
