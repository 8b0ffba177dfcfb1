//! `explainAccess`: a decision with the rules that were weighed for it.

use std::sync::Arc;

use super::ask::Standpoint;
use super::decision::AccessDecision;
use super::explanation::{AccessExplanation, AccessRule};
use super::question::AccessQuestion;
use super::remedy::AccessRemedy;
use crate::error::Error;
use crate::graph::{ObjectType, Query};
use crate::request::Request;

pub(super) fn query(query: ObjectType<Query>) -> ObjectType<Query> {
    query.root(
        "explainAccess",
        "May somebody do something, and why: the decision that `checkAccess` gives, each rule that was considered for it, the one that \
         decided, and what would have allowed it. Everybody may ask about themselves, about others whoever has `access.explain` there.",
        explain,
    ).costs(2)
}

async fn explain(request: Request, question: Arc<AccessQuestion>) -> Result<Option<Arc<AccessExplanation>>, Error> {
    let reader = request.reader().await?;
    let asked = question.read("")?;
    let user = asked.user.unwrap_or(reader.caller.user);
    let explained = reader.explain(asked.whose(), &asked.question(), &request.context()).await?;
    let made = AccessDecision::new(user, &asked, &explained.decision);
    let decision = Standpoint::at(&request, &reader, asked.scope()).await?.tell(&asked, explained.decision.clone())?;
    // Where another decision is told than was made, what led to it is not told either.
    let explained = (decision == made).then_some(explained);
    let Some(explained) = explained else { return Ok(Some(Arc::new(AccessExplanation::bare(decision)))) };
    let roles = reader.roles().await?;
    let considered: Vec<Arc<AccessRule>> =
        explained.considered.iter().map(|rule| Arc::new(AccessRule::new(rule, roles.as_deref()))).collect();
    let beyond_rules = || explained.decision.deciding.as_ref().map(|origin| Arc::new(AccessRule::beyond_rules(origin)));
    Ok(Some(Arc::new(AccessExplanation {
        deciding: considered.iter().find(|rule| rule.decided()).cloned().or_else(beyond_rules),
        nearest_miss: explained.nearest_miss.map(|miss| Arc::new(AccessRemedy::new(miss, &considered))),
        decision: Arc::new(decision),
        considered,
    })))
}
