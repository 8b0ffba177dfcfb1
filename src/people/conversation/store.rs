//! Every statement that reads conversations and their messages. Each names the person beside the tenant, as row-level security does.

use std::collections::HashMap;
use std::sync::Arc;

use entity::conversation::ConversationStatus;
use entity::id::{ConversationId, MessageId, UserId};
use entity::message::MessageRole;
use uuid::Uuid;

use super::object::ConversationArguments;
use super::{Conversation, Message};
use crate::database::{Binds, COLUMNS, CURSOR, FromRow, Row, Wanted, contains};
use crate::error::Error;
use crate::graph::{Connection, Json};
use crate::page::{Listed, ListsBelow, Order, Page};
use crate::request::{Reader, Request};

/// The newest first.
const CONVERSATIONS: Order = Order { tag: 'w', key: None, index_id: "conversation.index_id", descending: true };
/// The oldest first.
const MESSAGES: Order = Order { tag: 'x', key: None, index_id: "message.index_id", descending: false };

impl FromRow for Conversation {
    const WANTED: &'static [Wanted] = &[
        Wanted("conversation.id", &[]),
        Wanted("conversation.index_id", &[CURSOR]),
        Wanted("conversation.title", &["title"]),
        Wanted("conversation.status", &["status"]),
        Wanted("conversation.context", &["context"]),
        Wanted("conversation.archived_at", &["archivedAt"]),
        Wanted("conversation.created_at", &["createdAt"]),
        Wanted("conversation.updated_at", &["updatedAt"]),
    ];

    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.column::<Uuid>()?.into(),
            index_id: row.column()?,
            title: row.column()?,
            status: row.member(ConversationStatus::as_str)?,
            context: Json(row.column()?),
            archived_at: row.column()?,
            created_at: row.column()?,
            updated_at: row.column()?,
        })
    }
}

impl Listed for Conversation {
    fn index_id(&self) -> i64 {
        self.index_id
    }
}

impl FromRow for Message {
    const WANTED: &'static [Wanted] = &[
        Wanted("message.id", &[]),
        Wanted("message.index_id", &[CURSOR]),
        Wanted("message.conversation_id", &["conversation"]),
        Wanted("message.role", &["role"]),
        Wanted("message.content", &["content"]),
        Wanted("message.metadata", &["metadata"]),
        Wanted("message.created_at", &["createdAt"]),
    ];

    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.column::<Uuid>()?.into(),
            index_id: row.column()?,
            conversation: row.column::<Uuid>()?.into(),
            role: row.member(MessageRole::as_str)?,
            content: row.column()?,
            metadata: Json(row.column()?),
            created_at: row.column()?,
        })
    }
}

impl Listed for Message {
    fn index_id(&self) -> i64 {
        self.index_id
    }
}

/// Who reads: a person in good standing. An API key has no conversations, nor has whoever is shut out.
fn person(reader: &Reader) -> Option<UserId> {
    reader.caller.person().filter(|_| reader.caller.standing().is_ok())
}

/// The conversations among these that are the caller's.
pub async fn conversations_by_id(
    request: Request,
    ids: Vec<ConversationId>,
) -> Result<HashMap<ConversationId, Arc<Conversation>>, Error> {
    let reader = request.reader().await?;
    let Some(me) = person(&reader) else { return Ok(HashMap::new()) };
    let ids: Vec<Uuid> = ids.into_iter().map(ConversationId::uuid).collect();
    let sql = format!(
        "select {COLUMNS} from conversations conversation
        where conversation.tenant_id = $1 and conversation.id = any($2) and conversation.user_id = $3 and conversation.deleted_at is null"
    );
    let rows: Vec<Conversation> = reader.objects(sql, Binds::of([ids.into(), me.uuid().into()])).await?;
    Ok(rows.into_iter().map(|row| (row.id, Arc::new(row))).collect())
}

/// The messages among these that are part of a conversation of the caller's.
pub(super) async fn messages_by_id(request: Request, ids: Vec<MessageId>) -> Result<HashMap<MessageId, Arc<Message>>, Error> {
    let reader = request.reader().await?;
    let Some(me) = person(&reader) else { return Ok(HashMap::new()) };
    let ids: Vec<Uuid> = ids.into_iter().map(MessageId::uuid).collect();
    let sql = format!(
        "select {COLUMNS} from messages message
        join conversations conversation on conversation.tenant_id = $1 and conversation.id = message.conversation_id
            and conversation.deleted_at is null
        where message.tenant_id = $1 and message.id = any($2) and message.user_id = $3"
    );
    let rows: Vec<Message> = reader.objects(sql, Binds::of([ids.into(), me.uuid().into()])).await?;
    Ok(rows.into_iter().map(|row| (row.id, Arc::new(row))).collect())
}

/// A page of the caller's conversations in the tenant that was entered; for each parent the same.
pub async fn conversations_of_caller(
    request: Request,
    parents: Vec<()>,
    page: Page<ConversationArguments>,
) -> Result<Vec<Arc<Connection<Conversation>>>, Error> {
    let reader = request.reader().await?;
    let Some(me) = person(&reader) else {
        page.check_cursors(CONVERSATIONS.tag)?;
        let nothing = Arc::new(Connection::of(&page, Vec::new(), 0));
        return Ok(vec![nothing; parents.len()]);
    };
    let mut binds = Binds::new();
    let mut rows = "conversations conversation
        where conversation.tenant_id = $1 and conversation.user_id = parent.id and conversation.deleted_at is null"
        .to_owned();
    let filter = &page.arguments.filter;
    if let Some(title) = &filter.title {
        rows += &format!(" and conversation.title ilike {}", binds.bind(contains(title)));
    }
    if let Some(status) = filter.status {
        rows += &format!(" and conversation.status = {}", binds.bind(status.as_str()));
    }
    ListsBelow { parents: "", rows, order: CONVERSATIONS }.load(&reader, vec![me.uuid(); parents.len()], binds, &page).await
}

/// A page of the messages of each conversation, which is the caller's.
pub(super) async fn messages_of_conversations(
    request: Request,
    conversations: Vec<ConversationId>,
    page: Page<()>,
) -> Result<Vec<Arc<Connection<Message>>>, Error> {
    let reader = request.reader().await?;
    let mut binds = Binds::new();
    let me = binds.bind(reader.caller.user.uuid());
    let rows =
        format!("messages message where message.tenant_id = $1 and message.conversation_id = parent.id and message.user_id = {me}");
    let keys = conversations.into_iter().map(ConversationId::uuid).collect();
    ListsBelow { parents: "", rows, order: MESSAGES }.load(&reader, keys, binds, &page).await
}
