//! Root fields that read businesses.

use std::sync::Arc;

use entity::id::BusinessId;

use super::Business;
use super::store::visible_businesses;
use crate::error::Error;
use crate::graph::{ById, ObjectType, Query};
use crate::request::Request;

/// Adds `business`.
#[must_use]
pub fn queries(query: ObjectType<Query>) -> ObjectType<Query> {
    query.root("business", "One business; null where it does not exist or you may not know of it.", by_id)
}

async fn by_id(request: Request, arguments: Arc<ById<BusinessId>>) -> Result<Option<Arc<Business>>, Error> {
    Ok(visible_businesses(request, vec![arguments.0]).await?.remove(&arguments.0))
}
