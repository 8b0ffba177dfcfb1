//! A message of a conversation.

use crate::id::{ConversationId, MessageId, TenantId, UserId};
use crate::prelude::*;

/// Who says a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum MessageRole {
    /// The person.
    User,
    /// Whoever answers.
    Assistant,
    /// Whoever set the conversation up.
    System,
}

impl MessageRole {
    /// As the database writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::System => "system",
        }
    }
}

/// A row of `messages`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "messages")]
pub struct Model {
    /// The tenant it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Identifies the message.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MessageId,
    /// Its place in lists; made by the database, and never shown.
    pub index_id: i64,
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Whose the conversation is.
    pub user_id: UserId,
    /// Who says it.
    pub role: MessageRole,
    /// What is said.
    pub content: String,
    /// What programs keep with it.
    pub metadata: JsonValue,
    /// When it was said.
    pub created_at: DateTimeUtc,
    /// Its conversation.
    #[sea_orm(belongs_to, from = "(tenant_id, conversation_id)", to = "(tenant_id, id)")]
    pub conversation: BelongsTo<super::conversation::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
