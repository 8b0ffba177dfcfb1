//! Every statement that changes conversations.

use entity::conversation::{self, ConversationStatus};
use entity::id::{ConversationId, MessageId};
use entity::message;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, EntityTrait};
use serde_json::Value;

use super::said::Said;
use crate::database::{FromRow, Row};
use crate::error::Error;
use crate::request::Writer;

struct Status(ConversationStatus);

impl FromRow for Status {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self(row.member(ConversationStatus::as_str)?))
    }
}

/// Locks a living conversation of the caller's, where it is there.
pub(super) async fn lock(writer: &Writer, id: ConversationId) -> Result<Option<ConversationStatus>, Error> {
    const LOCK: &str = "
        select conversation.status from conversations conversation
        where conversation.tenant_id = $1 and conversation.id = $2 and conversation.user_id = $3 and conversation.deleted_at is null for update";
    let values = vec![writer.presence()?.tenant.uuid().into(), id.uuid().into(), writer.caller.user.uuid().into()];
    Ok(writer.transaction.one::<Status>(LOCK, values).await?.map(|Status(status)| status))
}

/// Starts a conversation of the caller's.
pub(super) async fn insert(writer: &Writer, id: ConversationId, title: Option<String>, context: Value) -> Result<(), Error> {
    let row = conversation::ActiveModel {
        tenant_id: Set(writer.presence()?.tenant),
        id: Set(id),
        user_id: Set(writer.caller.user),
        title: Set(title),
        context: Set(context),
        ..Default::default()
    };
    conversation::Entity::insert(row).exec_without_returning(&writer.transaction).await?;
    Ok(())
}

/// Says something in a locked conversation.
pub(super) async fn say(writer: &Writer, id: MessageId, conversation: ConversationId, said: &Said) -> Result<(), Error> {
    let row = message::ActiveModel {
        tenant_id: Set(writer.presence()?.tenant),
        id: Set(id),
        conversation_id: Set(conversation),
        user_id: Set(writer.caller.user),
        role: Set(said.role()),
        content: Set(said.content.clone()),
        metadata: Set(said.metadata()),
        ..Default::default()
    };
    message::Entity::insert(row).exec_without_returning(&writer.transaction).await?;
    Ok(())
}

/// Puts a locked conversation aside, or takes it up again.
pub(super) async fn set_status(writer: &Writer, id: ConversationId, status: ConversationStatus) -> Result<(), Error> {
    let archived_at = match status {
        ConversationStatus::Active => None,
        ConversationStatus::Archived => Some(writer.now),
    };
    let row = conversation::ActiveModel {
        tenant_id: Set(writer.presence()?.tenant),
        id: Set(id),
        status: Set(status),
        archived_at: Set(archived_at),
        ..Default::default()
    };
    row.update(&writer.transaction).await?;
    Ok(())
}
