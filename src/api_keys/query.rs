//! Root fields that read API keys.

use std::sync::Arc;

use entity::id::ApiKeyId;

use super::ApiKey;
use super::list::api_keys;
use super::store::visible_api_keys;
use crate::error::Error;
use crate::graph::{ById, ObjectType, Query};
use crate::request::Request;

/// Adds `apiKey` and `apiKeys`.
#[must_use]
pub fn queries(query: ObjectType<Query>) -> ObjectType<Query> {
    query.root("apiKey", "One API key; null where it does not exist or you may not know of it.", by_id).connection(
        "apiKeys",
        "API keys, the newest first, those that hold no more among them: the tenant's own, and those that work in one organization, \
         each where you hold `api_keys.read`.",
        api_keys,
        |_| (),
    )
}

async fn by_id(request: Request, arguments: Arc<ById<ApiKeyId>>) -> Result<Option<Arc<ApiKey>>, Error> {
    Ok(visible_api_keys(request, vec![arguments.0]).await?.remove(&arguments.0))
}
