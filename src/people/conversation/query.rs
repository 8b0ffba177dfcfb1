//! Root fields that read conversations.

use std::sync::Arc;

use entity::id::ConversationId;

use super::{Conversation, conversations_by_id};
use crate::error::Error;
use crate::graph::{ById, ObjectType, Query};
use crate::request::Request;

/// Adds `conversation`.
#[must_use]
pub fn queries(query: ObjectType<Query>) -> ObjectType<Query> {
    query.root("conversation", "One of your conversations in the tenant that you are in; null where it is none.", by_id)
}

async fn by_id(request: Request, arguments: Arc<ById<ConversationId>>) -> Result<Option<Arc<Conversation>>, Error> {
    Ok(conversations_by_id(request, vec![arguments.0]).await?.remove(&arguments.0))
}
