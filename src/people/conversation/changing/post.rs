//! The mutation `postMessage`.

use std::sync::Arc;

use entity::conversation::ConversationStatus;
use entity::id::{ConversationId, MessageId};
use serde_json::json;

use super::payload::{Answered, ConversationMutation, ConversationPayload, Written};
use super::said::Said;
use super::store;
use super::target::Target;
use crate::audit::Record;
use crate::clock;
use crate::error::Error;
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, ObjectType};
use crate::idempotency::{self, Taken};
use crate::request::Request;
use crate::user_error::{UserError, UserErrorCode};

const OPERATION: &str = "postMessage";

#[derive(Clone, Debug, Default)]
struct PostMessageInput {
    conversation: Option<ConversationId>,
    said: Said,
    idempotency_key: Option<String>,
    client_mutation_id: Option<String>,
}

impl InputObject for PostMessageInput {
    const NAME: &'static str = "PostMessageInput";
    const DESCRIPTION: &'static str = "What is said, and in which conversation.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("conversationId", "The conversation: one of yours that goes on.", |into: &mut Self, Id(id)| {
                into.conversation = Some(id);
            })
            .embed(Said::fields(), |into| &mut into.said)
            .field("idempotencyKey", idempotency::DESCRIPTION, |into, key| into.idempotency_key = key)
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

#[derive(Default)]
struct PostMessage;

impl ConversationMutation for PostMessage {
    const PAYLOAD: &'static str = "PostMessagePayload";
    const DESCRIPTION: &'static str = "What came of `postMessage`.";
    const SAYS: bool = true;
}

/// Adds `postMessage`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        OPERATION,
        "Says something in one of your conversations. What was said is never changed. Not for API keys.",
        post_message,
    )
}

async fn post_message(request: Request, arguments: Arc<InputArgument<PostMessageInput>>) -> Answered<PostMessage> {
    let InputArgument(input) = &*arguments;
    let Some(conversation) = input.conversation else { return Err(Error::bad_input("`input.conversationId` is required")) };
    let posted = post(&request, conversation, input).await?;
    let posted = posted.map(|message| Written { conversation, message: Some(message) });
    ConversationPayload::of(request, posted, input.client_mutation_id.as_ref()).await
}

async fn post(
    request: &Request,
    conversation: ConversationId,
    input: &PostMessageInput,
) -> Result<Result<MessageId, Vec<Arc<UserError>>>, Error> {
    let mut errors: Vec<_> = idempotency::complaint(input.idempotency_key.as_deref()).into_iter().collect();
    input.said.complain(&[], &mut errors);
    let (writer, target) = Target::open(request, conversation).await?;
    if !errors.is_empty() {
        return Ok(Err(errors));
    }
    let (id, said): (MessageId, &Said) = (clock::new_id(), &input.said);
    let sent = json!([conversation, said.role().as_str(), said.content, said.metadata()]);
    match writer.take_key(OPERATION, input.idempotency_key.as_deref(), &sent, id).await? {
        Taken::Now => {}
        Taken::Before(earlier) => return Ok(Ok(earlier)),
        Taken::ForAnotherInput => return Ok(Err(vec![idempotency::reused()])),
    }
    if target.status == ConversationStatus::Archived {
        let message = "the conversation was put aside: take it up again first (`unarchiveConversation`)";
        return Ok(Err(vec![UserError::at(&["conversationId"], UserErrorCode::Ended, message)]));
    }
    store::say(&writer, id, conversation, said).await?;
    // That something was said, and nothing of it.
    let record = Record::of("conversation.post", conversation).after(json!({ "messageId": id, "role": said.role().as_str() }));
    writer.audit(record).await?;
    writer.commit().await?;
    Ok(Ok(id))
}
