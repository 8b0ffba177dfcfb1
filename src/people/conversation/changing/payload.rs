//! What mutations of conversations answer.

use std::marker::PhantomData;
use std::sync::Arc;

use entity::id::{ConversationId, MessageId};

use super::super::store::{conversations_by_id, messages_by_id};
use super::super::{Conversation, Message};
use crate::error::Error;
use crate::graph::{Object, ObjectType};
use crate::request::Request;
use crate::user_error::UserError;

/// A mutation of a conversation.
pub(super) trait ConversationMutation: Default + Send + Sync + 'static {
    /// The name of the payload's type.
    const PAYLOAD: &'static str;
    /// What the payload is.
    const DESCRIPTION: &'static str;
    /// Can something be said by it?
    const SAYS: bool;
}

/// What was written.
#[derive(Clone, Copy)]
pub(super) struct Written {
    pub conversation: ConversationId,
    pub message: Option<MessageId>,
}

/// What came of it.
pub(super) struct ConversationPayload<M> {
    conversation: Option<Arc<Conversation>>,
    message: Option<Arc<Message>>,
    user_errors: Vec<Arc<UserError>>,
    client_mutation_id: Option<String>,
    of: PhantomData<M>,
}

/// What a field answers.
pub(super) type Answered<M> = Result<Option<Arc<ConversationPayload<M>>>, Error>;

impl<M: ConversationMutation> ConversationPayload<M> {
    /// Of a mutation that was committed, or of one that wrote nothing.
    pub async fn of(
        request: Request,
        outcome: Result<Written, Vec<Arc<UserError>>>,
        client_mutation_id: Option<&String>,
    ) -> Answered<M> {
        let client_mutation_id = client_mutation_id.cloned();
        let (mut conversation, mut message, mut user_errors) = (None, None, Vec::new());
        match outcome {
            Ok(written) => {
                conversation =
                    conversations_by_id(request.clone(), vec![written.conversation]).await?.remove(&written.conversation);
                if let Some(id) = written.message {
                    message = messages_by_id(request, vec![id]).await?.remove(&id);
                }
            }
            Err(errors) => user_errors = errors,
        }
        Ok(Some(Arc::new(Self { conversation, message, user_errors, client_mutation_id, of: PhantomData })))
    }
}

impl<M: ConversationMutation> Object for ConversationPayload<M> {
    fn name() -> &'static str {
        M::PAYLOAD
    }

    fn table() -> ObjectType<Self> {
        let payload = ObjectType::<Self>::new(M::DESCRIPTION)
            .inline_one("conversation", "The conversation as it is now; null where there are user errors.", |payload: &Self| {
                payload.conversation.clone()
            })
            .inline_many("userErrors", "What you can mend. Nothing was written where there are some.", |payload| {
                payload.user_errors.clone()
            })
            .field("clientMutationId", "As it was sent.", |payload| &payload.client_mutation_id);
        if !M::SAYS {
            return payload;
        }
        payload.inline_one("message", "What was said; null where there are user errors.", |payload| payload.message.clone())
    }
}
