//! The type `Message`.

use chrono::{DateTime, Utc};
use entity::id::{ConversationId, MessageId};
use entity::message::MessageRole;

use super::store::{conversations_by_id, messages_by_id};
use crate::graph::{Enumeration, Json, Object, ObjectType};

/// A message of a conversation of the caller's.
#[derive(Debug)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Its place in time.
    pub index_id: i64,
    /// The conversation.
    pub conversation: ConversationId,
    /// Who says it.
    pub role: MessageRole,
    /// What is said.
    pub content: String,
    /// What programs keep with it.
    pub metadata: Json,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl Object for Message {
    fn name() -> &'static str {
        "Message"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("What was said in one of your conversations. It is never changed.")
            .node(|message| message.id, messages_by_id)
            .field("role", "Who says it.", |message| &message.role)
            .field("content", "What is said.", |message| &message.content)
            .field("metadata", "What programs keep with it, as an object.", |message| &message.metadata)
            .field("createdAt", "When it was said.", |message| &message.created_at)
            .one("conversation", "The conversation that it is part of.", conversations_by_id, |message| message.conversation)
    }
}

impl Enumeration for MessageRole {
    const NAME: &'static str = "MessageRole";
    const DESCRIPTION: &'static str = "Who says a message.";
    const VALUES: &'static [(Self, &'static str, &'static str)] = &[
        (Self::User, "USER", "The person whose conversation it is."),
        (Self::Assistant, "ASSISTANT", "Whoever answers, such as a language model."),
        (Self::System, "SYSTEM", "Whoever set the conversation up: what an assistant is told beforehand."),
    ];
}
