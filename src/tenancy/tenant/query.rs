//! Root fields that read tenants.

use std::sync::Arc;

use super::Tenant;
use super::store::tenants_by_id;
use crate::error::Error;
use crate::graph::{ObjectType, Query};
use crate::request::Request;

/// Adds `tenant`.
#[must_use]
pub fn queries(query: ObjectType<Query>) -> ObjectType<Query> {
    query.root("tenant", "The tenant you are in; null where your session has none.", current)
}

async fn current(request: Request, _: Arc<()>) -> Result<Option<Arc<Tenant>>, Error> {
    let reader = request.reader().await?;
    let Some(presence) = &reader.caller.presence else { return Ok(None) };
    let id = presence.tenant;
    drop(reader);
    Ok(tenants_by_id(request, vec![id]).await?.remove(&id))
}
