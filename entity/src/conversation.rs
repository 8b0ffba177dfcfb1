//! A conversation of one person in one tenant.

use crate::id::{ConversationId, DeletionId, TenantId, UserId};
use crate::prelude::*;

/// Whether a conversation goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum ConversationStatus {
    /// It goes on.
    Active,
    /// It was put aside.
    Archived,
}

impl ConversationStatus {
    /// As the database writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Archived => "archived",
        }
    }
}

/// A row of `conversations`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "conversations")]
pub struct Model {
    /// The tenant it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Identifies the conversation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ConversationId,
    /// Its place in lists; made by the database, and never shown.
    pub index_id: i64,
    /// Whose it is.
    pub user_id: UserId,
    /// What to call it.
    pub title: Option<String>,
    /// Whether it goes on.
    pub status: ConversationStatus,
    /// What whoever answers should know.
    pub context: JsonValue,
    /// When it was put aside.
    pub archived_at: Option<DateTimeUtc>,
    /// When it was started.
    pub created_at: DateTimeUtc,
    /// When it last changed; kept by the database.
    pub updated_at: DateTimeUtc,
    /// When it was deleted, if it was.
    pub deleted_at: Option<DateTimeUtc>,
    /// The deletion that took it down, together with whatever bears the same.
    pub deletion_id: Option<DeletionId>,
    /// Its messages.
    #[sea_orm(has_many)]
    pub messages: HasMany<super::message::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
