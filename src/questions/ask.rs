//! Asking the engine for somebody: who may ask about whom, and what is not told.

use std::collections::{HashMap, HashSet};

use entity::id::{OrganizationId, TenantId, UserId};
use migration::catalog::Permission;

use super::decision::AccessDecision;
use super::question::Asked;
use crate::access::{Caller, Context, Decision, Question, Scope, Step, Whose};
use crate::error::{Code, Error, Reason};
use crate::request::{Reader, Request};

/// So many questions are answered at once.
pub const MOST_QUESTIONS: usize = 100;

/// The answers to many questions, in their order, each in its own circumstances; a fixed number of statements, whatever their
/// number. A question that the caller may not ask fails alone.
pub async fn decide(request: &Request, asked: &[(Asked, Context)]) -> Result<Vec<Result<AccessDecision, Error>>, Error> {
    let reader = request.reader().await?;
    let mut questions: Vec<(Whose, Question, Context)> =
        asked.iter().map(|(asked, context)| (asked.whose(), asked.question(), context.clone())).collect();
    let scopes: HashSet<Scope> = asked.iter().map(|(asked, _)| asked.scope()).collect();
    let scopes: Vec<Scope> = scopes.into_iter().collect();
    questions.extend(Standpoint::questions(&scopes).map(|question| (Whose::Caller, question, request.context())));
    let mut decisions = reader.decide_each(&questions).await?;
    let standpoint = Standpoint::new(&reader, &scopes, &decisions.split_off(asked.len())).await?;
    Ok(asked.iter().zip(decisions).map(|((asked, _), decision)| standpoint.tell(asked, decision)).collect())
}

/// What the caller may ask about, and know of.
pub(super) struct Standpoint {
    caller: UserId,
    /// Is the caller an API key of that user?
    is_key: bool,
    tenant: Option<TenantId>,
    /// Why it may not ask about others, where it may not.
    explain: HashMap<Scope, Option<Error>>,
    /// The organizations that it does not know of: those that do not exist among them.
    unknown: HashSet<OrganizationId>,
}

impl Standpoint {
    /// What the engine is asked first: two questions for each place.
    fn questions(scopes: &[Scope]) -> impl Iterator<Item = Question> {
        scopes.iter().flat_map(|scope| {
            [Permission::AccessExplain, Permission::OrganizationRead].map(|permission| Question::new(permission, *scope))
        })
    }

    async fn new(reader: &Reader, scopes: &[Scope], decisions: &[Decision]) -> Result<Self, Error> {
        let profile = reader.profile().await?;
        let (mut explain, mut unknown) = (HashMap::new(), HashSet::new());
        for (scope, decisions) in scopes.iter().zip(decisions.chunks(2)) {
            let [may_explain, may_read] = decisions else { continue };
            let asked = Question::new(Permission::AccessExplain, *scope);
            explain.insert(*scope, may_explain.denial(&asked).map(Error::from));
            if let Some(organization) = scope.organization() {
                let exists = may_read.reason != Some(Reason::OrganizationNotFound);
                let knows = may_read.allowed || may_explain.allowed || profile.belongs_to(organization);
                if !exists || !knows {
                    unknown.insert(organization);
                }
            }
        }
        let tenant = reader.caller.presence.as_ref().map(|presence| presence.tenant);
        let Caller { user: caller, api_key, .. } = &reader.caller;
        Ok(Self { caller: *caller, is_key: api_key.is_some(), tenant, explain, unknown })
    }

    /// That of a caller in one place.
    pub async fn at(request: &Request, reader: &Reader, scope: Scope) -> Result<Self, Error> {
        let questions: Vec<(Whose, Question)> = Self::questions(&[scope]).map(|question| (Whose::Caller, question)).collect();
        let decisions = reader.decide_many(&questions, &request.context()).await?;
        Self::new(reader, &[scope], &decisions).await
    }

    /// Does the caller know of no such organization?
    pub fn is_unknown(&self, scope: Scope) -> bool {
        scope.organization().is_some_and(|organization| self.unknown.contains(&organization))
    }

    /// Refuses questions about others to those who may not ask them.
    pub fn require_explain(&self, scope: Scope) -> Result<(), Error> {
        if self.is_unknown(scope) {
            return Err(Error::client(Code::NotFound, "there is no such organization"));
        }
        self.explain.get(&scope).cloned().flatten().map_or(Ok(()), Err)
    }

    /// What the caller is told. Whatever is asked about an organization that it does not know of, the answer is that of an
    /// organization that does not exist.
    pub fn tell(&self, asked: &Asked, decision: Decision) -> Result<AccessDecision, Error> {
        let user = asked.user.unwrap_or(self.caller);
        // A key is not its maker: what it asks about a person, it asks about somebody else.
        let is_own = if self.is_key { asked.user.is_none() } else { user == self.caller };
        if self.is_unknown(asked.scope()) && !(is_own && decision.allowed) {
            return Ok(AccessDecision::new(user, asked, &nowhere()));
        }
        if !is_own {
            self.require_explain(asked.scope())?;
        }
        let is_of_another_tenant =
            asked.resource.as_ref().is_some_and(|resource| resource.kind == "tenant" && Some(resource.id.into()) != self.tenant);
        let decision = if is_of_another_tenant { elsewhere() } else { decision };
        Ok(AccessDecision::new(user, asked, &decision))
    }
}

/// The decision about a tenant that is not this one, and may not exist.
fn elsewhere() -> Decision {
    Decision::denied(Step::Standing, Reason::NoTenant, None)
}

/// The decision about an organization that does not exist.
fn nowhere() -> Decision {
    Decision::denied(Step::Standing, Reason::OrganizationNotFound, None)
}
