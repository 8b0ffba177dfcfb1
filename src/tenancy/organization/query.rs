//! Root fields that read organizations.

use std::sync::Arc;

use entity::id::OrganizationId;

use super::known::told_where_locked;
use super::{Organization, OrganizationList, organizations, organizations_by_id};
use crate::error::Error;
use crate::graph::{ById, ObjectType, Query};
use crate::request::Request;

/// Adds `organization` and `organizations`.
#[must_use]
pub fn queries(query: ObjectType<Query>) -> ObjectType<Query> {
    query.root("organization", "One organization; null where it does not exist or you may not know of it. Members of one that is locked for its bills get `BILLING_LOCKED`.", by_id).connection(
        "organizations",
        "The organizations of your tenant that you may see.",
        organizations,
        |_| OrganizationList::Entered,
    )
}

async fn by_id(request: Request, arguments: Arc<ById<OrganizationId>>) -> Result<Option<Arc<Organization>>, Error> {
    let ById(id) = *arguments;
    match organizations_by_id(request.clone(), vec![id]).await?.remove(&id) {
        Some(organization) => Ok(Some(organization)),
        None => told_where_locked(&*request.reader().await?, id).await,
    }
}
