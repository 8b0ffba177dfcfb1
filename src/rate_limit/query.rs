//! The root field that tells it.

use std::sync::Arc;

use super::RateLimit;
use crate::error::Error;
use crate::graph::{ObjectType, Query};
use crate::request::Request;

/// Adds `rateLimit`.
#[must_use]
pub fn queries(query: ObjectType<Query>) -> ObjectType<Query> {
    query
        .root(
            "rateLimit",
            "What this request costs, and what you may still spend: as a user, or, without credentials, as an address.",
            told,
        )
        .required()
        .costs(0)
}

async fn told(request: Request, _: Arc<()>) -> Result<Option<Arc<RateLimit>>, Error> {
    // Nothing is charged for what does not come through the door.
    let told = request.charge().map_or_else(RateLimit::default, |charge| RateLimit::of(charge, request.now()));
    Ok(Some(Arc::new(told)))
}
