//! The mutation `startConversation`.

use std::sync::Arc;

use entity::id::ConversationId;
use serde_json::json;

use super::payload::{Answered, ConversationMutation, ConversationPayload, Written};
use super::said::{complaint_of_object, title};
use super::{store, target};
use crate::audit::Record;
use crate::clock;
use crate::error::Error;
use crate::graph::{Fields, InputArgument, InputObject, Json, Mutation, ObjectType};
use crate::idempotency::{self, Taken};
use crate::request::Request;
use crate::user_error::UserError;

const OPERATION: &str = "startConversation";

#[derive(Clone, Debug, Default)]
struct StartConversationInput {
    title: Option<String>,
    context: Option<Json>,
    idempotency_key: Option<String>,
    client_mutation_id: Option<String>,
}

impl InputObject for StartConversationInput {
    const NAME: &'static str = "StartConversationInput";
    const DESCRIPTION: &'static str = "The conversation to start. Nothing was said in it at first.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("title", "What to call it: at most 200 characters.", |into: &mut Self, title| into.title = title)
            .field("context", "What whoever answers should know: an object of at most 16 KiB.", |into, context| {
                into.context = context;
            })
            .field("idempotencyKey", idempotency::DESCRIPTION, |into, key| into.idempotency_key = key)
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

#[derive(Default)]
struct StartConversation;

impl ConversationMutation for StartConversation {
    const PAYLOAD: &'static str = "StartConversationPayload";
    const DESCRIPTION: &'static str = "What came of `startConversation`.";
    const SAYS: bool = false;
}

/// Adds `startConversation`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        OPERATION,
        "Starts a conversation of yours in the tenant that you are in. Nobody else reads it. For members of the tenant; not for API keys.",
        start_conversation,
    )
}

async fn start_conversation(
    request: Request,
    arguments: Arc<InputArgument<StartConversationInput>>,
) -> Answered<StartConversation> {
    let InputArgument(input) = &*arguments;
    let started = start(&request, input).await?;
    let started = started.map(|conversation| Written { conversation, message: None });
    ConversationPayload::of(request, started, input.client_mutation_id.as_ref()).await
}

async fn start(request: &Request, input: &StartConversationInput) -> Result<Result<ConversationId, Vec<Arc<UserError>>>, Error> {
    let mut errors: Vec<_> = idempotency::complaint(input.idempotency_key.as_deref()).into_iter().collect();
    let title = title(input.title.as_deref(), &mut errors);
    errors.extend(complaint_of_object(&["context"], input.context.as_ref()));
    let writer = target::open(request).await?;
    if !errors.is_empty() {
        return Ok(Err(errors));
    }
    let id: ConversationId = clock::new_id();
    let context = input.context.as_ref().map_or_else(|| json!({}), |Json(value)| value.clone());
    match writer.take_key(OPERATION, input.idempotency_key.as_deref(), &json!([title, context]), id).await? {
        Taken::Now => {}
        Taken::Before(earlier) => return Ok(Ok(earlier)),
        Taken::ForAnotherInput => return Ok(Err(vec![idempotency::reused()])),
    }
    store::insert(&writer, id, title, context).await?;
    // What is said in private is written down nowhere else.
    writer.audit(Record::of("conversation.start", id).after(json!({ "status": "active" }))).await?;
    writer.commit().await?;
    Ok(Ok(id))
}
