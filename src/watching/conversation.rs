//! `conversationChanged`.

use std::sync::Arc;

use entity::id::ConversationId;

use super::event::{Shows, deed};
use crate::error::{Code, Error};
use crate::graph::{ById, Object, ObjectType, Stage, Subscription};
use crate::live::{Event, Topic};
use crate::people::conversation::conversations_by_id;
use crate::request::Request;

/// A change of a conversation.
struct ConversationEvent(Arc<Event>);

impl Shows for ConversationEvent {
    fn event(&self) -> &Event {
        &self.0
    }
}

impl Object for ConversationEvent {
    fn name() -> &'static str {
        "ConversationEvent"
    }

    fn table() -> ObjectType<Self> {
        deed::<Self>("Something was said in a conversation, or it was put aside or taken up again.").one(
            "conversation",
            "The conversation as it is when you read this: ask for its last messages here.",
            conversations_by_id,
            |shown| ConversationId::from(shown.0.resource),
        )
    }
}

/// Adds `conversationChanged`.
pub(super) fn events(live: ObjectType<Subscription>) -> ObjectType<Subscription> {
    live.event(
        "conversationChanged",
        "Something was said in one of your conversations, or it was put aside or taken up again. It ends with an error when the conversation \
         is not yours any more.",
        watch,
        ConversationEvent,
    )
}

async fn watch(request: Request, arguments: ById<ConversationId>, _: Stage) -> Result<(Topic, Option<u64>), Error> {
    if conversations_by_id(request, vec![arguments.0]).await?.contains_key(&arguments.0) {
        return Ok((Topic::Conversation(arguments.0), None));
    }
    Err(Error::client(Code::NotFound, "you have no such conversation in this tenant"))
}
