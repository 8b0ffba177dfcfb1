//! `whoCan`: who may do something, found by what could allow it, and decided one by one.

use std::sync::Arc;

use migration::catalog::BaseRole;

use super::ask::Standpoint;
use super::question::{AccessQuestion, Asked};
use super::store::{self, Candidate, Sources};
use crate::access::Whose;
use crate::error::Error;
use crate::graph::{AnyId, Arguments, Fields, ObjectType, Query, Uncounted};
use crate::page::{Cursor, Direction, Page};
use crate::people::user::{User, users_by_id};
use crate::request::{Reader, Request};

/// The order of its pages.
const ORDER: char = 'w';
/// So many candidates are decided at once, and no more.
const LARGEST_BATCH: i64 = 500;

/// The arguments of `whoCan`.
#[derive(Clone, Debug, Default)]
struct Right(AccessQuestion);

impl Arguments for Right {
    fn fields() -> Fields<Self> {
        Fields::default()
            .field("permission", "The key of the permission, such as `members.invite`.", |into: &mut Self, permission| {
                into.0.permission = permission;
            })
            .field(
                "organizationId",
                "In which organization; in the tenant as a whole where it is left out.",
                |into, organization: Option<AnyId>| into.0.organization = organization,
            )
            .field(
                "resource",
                "On which single thing, by its id. The organization or the tenant itself where it is left out.",
                |into, resource: Option<AnyId>| into.0.resource = resource,
            )
    }
}

pub(super) fn query(query: ObjectType<Query>) -> ObjectType<Query> {
    query
        .pages(
            "whoCan",
            "Who may do this at the moment, the longest-standing members of the tenant first; not the platform's own staff. Needs \
         `access.explain` there. There is no total: everybody would have to be decided for it.",
            who_can,
            |_| (),
        )
        .costs(20)
}

async fn who_can(request: Request, parents: Vec<()>, page: Page<Right>) -> Result<Vec<Arc<Uncounted<User>>>, Error> {
    let reader = request.reader().await?;
    let asked = page.arguments.0.read("")?;
    page.check_cursors(ORDER)?;
    Standpoint::at(&request, &reader, asked.scope()).await?.require_explain(asked.scope())?;
    let found = if page.wants_rows { find(&request, &reader, &asked, &page).await? } else { Vec::new() };
    let users = users_by_id(request.clone(), found.iter().map(|candidate| candidate.user).collect()).await?;
    let row = |candidate: Candidate| {
        let cursor = Cursor { order: ORDER, key: None, index_id: candidate.index_id };
        Some((cursor, Arc::clone(users.get(&candidate.user)?)))
    };
    let connection = Arc::new(Uncounted::of(&page, found.into_iter().filter_map(row).collect()));
    Ok(vec![connection; parents.len()])
}

/// Those of a page and one more, where there are as many.
async fn find(request: &Request, reader: &Reader, asked: &Asked, page: &Page<Right>) -> Result<Vec<Candidate>, Error> {
    let sources = sources(reader, asked).await?;
    let wanted = usize::try_from(page.limit()).unwrap_or(usize::MAX);
    let mut from = match page.direction {
        Direction::Forward => page.after.as_ref().map(|cursor| cursor.index_id),
        Direction::Backward => page.before.as_ref().map(|cursor| cursor.index_id),
    };
    let mut found = Vec::with_capacity(wanted);
    let mut batch = page.limit();
    loop {
        let candidates = store::candidates(reader, &sources, page, from, batch).await?;
        let questions: Vec<_> = candidates.iter().map(|candidate| (Whose::Person(candidate.user), asked.question())).collect();
        let decisions = reader.decide_many(&questions, &request.context()).await?;
        let allowed = candidates.iter().zip(decisions).filter(|(_, decision)| decision.allowed).map(|(candidate, _)| *candidate);
        found.extend(allowed);
        from = candidates.last().map(|candidate| candidate.index_id);
        let is_last = i64::try_from(candidates.len()).unwrap_or(i64::MAX) < batch;
        if found.len() >= wanted || is_last {
            found.truncate(wanted);
            return Ok(found);
        }
        // Where most are denied in the end, fewer and larger batches find the rest.
        batch = (batch * 2).min(LARGEST_BATCH);
    }
}

/// What could allow it.
async fn sources(reader: &Reader, asked: &Asked) -> Result<Sources, Error> {
    let question = asked.question();
    let tenant = reader.caller.presence.as_ref().map(|presence| presence.tenant);
    let resource = question.resource(tenant.ok_or_else(|| Error::bad_input("choose a tenant first (`switchTenant`)"))?);
    let mut roles = store::granted_roles(reader, asked.permission, &resource).await?;
    let book = reader.roles().await?;
    let book = book.as_deref();
    roles.extend(book.map(|book| book.allowing(asked.permission)).unwrap_or_default());
    let allows = |base: &BaseRole| book.and_then(|book| book.base(*base)).is_some_and(|role| roles.contains(&role.id));
    let base = BaseRole::ALL.into_iter().filter(allows).collect();
    Ok(Sources { permission: asked.permission, organization: asked.organization, resource, roles, base })
}
