//! The type `Conversation`.

use chrono::{DateTime, Utc};
use entity::conversation::ConversationStatus;
use entity::id::ConversationId;

use super::store::{conversations_by_id, messages_of_conversations};
use crate::graph::{Arguments, Enumeration, Fields, InputObject, InputOf, Json, Object, ObjectType};

/// A conversation of the caller's.
#[derive(Debug)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// Its place in time.
    pub index_id: i64,
    /// What to call it.
    pub title: Option<String>,
    /// Does it go on?
    pub status: ConversationStatus,
    /// What whoever answers should know.
    pub context: Json,
    /// When it was put aside.
    pub archived_at: Option<DateTime<Utc>>,
    /// When it was started.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl Object for Conversation {
    fn name() -> &'static str {
        "Conversation"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new(
            "A conversation of yours in a tenant, with an assistant for instance. Nobody else reads it, whoever runs the tenant, and no API key.",
        )
        .node(|conversation| conversation.id, conversations_by_id)
        .field("title", "What to call it; null where nobody has said.", |conversation| &conversation.title)
        .field("status", "Does it go on?", |conversation| &conversation.status)
        .field("context", "What whoever answers should know, as an object.", |conversation| &conversation.context)
        .field("archivedAt", "When it was put aside; null where it goes on.", |conversation| &conversation.archived_at)
        .field("createdAt", "When it was started.", |conversation| &conversation.created_at)
        .field("updatedAt", "When it was last put aside or taken up again.", |conversation| &conversation.updated_at)
        .connection(
            "messages",
            "What was said, the oldest first: `last` and `before` read it from its end.",
            messages_of_conversations,
            |conversation| conversation.id,
        )
    }
}

impl Enumeration for ConversationStatus {
    const NAME: &'static str = "ConversationStatus";
    const DESCRIPTION: &'static str = "Does a conversation go on?";
    const VALUES: &'static [(Self, &'static str, &'static str)] =
        &[(Self::Active, "ACTIVE", "It goes on."), (Self::Archived, "ARCHIVED", "It was put aside: nothing is said in it.")];
}

/// Which conversations a list shows.
#[derive(Clone, Debug, Default)]
pub struct ConversationArguments {
    /// Which ones.
    pub filter: ConversationFilter,
}

/// Which conversations a list shows; conditions are all to be met.
#[derive(Clone, Debug, Default)]
pub struct ConversationFilter {
    /// Text that the title contains.
    pub title: Option<String>,
    /// Do they go on?
    pub status: Option<ConversationStatus>,
}

impl Arguments for ConversationArguments {
    fn fields() -> Fields<Self> {
        Fields::default().field(
            "filter",
            "Which conversations; all where it is left out.",
            |into: &mut Self, filter: Option<InputOf<_>>| {
                into.filter = filter.map(|InputOf(filter)| filter).unwrap_or_default();
            },
        )
    }
}

impl InputObject for ConversationFilter {
    const NAME: &'static str = "ConversationFilter";
    const DESCRIPTION: &'static str = "Which conversations a list shows. Conditions are all to be met.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("title", "The title contains this, upper and lower case alike.", |into: &mut Self, title| into.title = title)
            .field("status", "Do they go on?", |into, status| into.status = status)
    }
}
