//! `explainAccess`: a decision with the rules that were weighed for it.

use std::sync::Arc;

use super::ask::{Standpoint, nowhere};
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
    )
}

async fn explain(request: Request, question: Arc<AccessQuestion>) -> Result<Option<Arc<AccessExplanation>>, Error> {
    let reader = request.reader().await?;
    let asked = question.read("")?;
    let user = asked.user.unwrap_or(reader.caller.user);
    let explanation = reader.explain(user, &asked.question(), &request.context()).await?;
    let decision = Standpoint::at(&request, &reader, asked.scope()).await?.tell(&asked, explanation.decision.clone())?;
    // Where another decision is told than was made, its reasons are not told either.
    if decision != AccessDecision::new(user, &asked, explanation.decision)
        || decision == AccessDecision::new(user, &asked, nowhere())
    {
        return Ok(Some(Arc::new(AccessExplanation { decision: Arc::new(decision), considered: Vec::new(), nearest_miss: None })));
    }
    let roles = reader.roles().await?;
    let considered: Vec<Arc<AccessRule>> =
        explanation.considered.iter().map(|rule| Arc::new(AccessRule::new(rule, roles.as_deref()))).collect();
    let nearest_miss = explanation.nearest_miss.map(|miss| Arc::new(AccessRemedy::new(miss, &considered)));
    Ok(Some(Arc::new(AccessExplanation { decision: Arc::new(decision), considered, nearest_miss })))
}
