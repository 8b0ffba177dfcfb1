//! Every statement about mail that waits to leave.

use chrono::{DateTime, Utc};
use entity::id::EmailId;
use uuid::Uuid;

use super::Message;
use crate::database::{Database, Transaction};
use crate::error::Error;

/// So often a mail is tried, over about five hours.
const MOST_ATTEMPTS: i32 = 12;

/// Puts a message into the queue, through a function: the role of requests cannot read what waits there.
pub(super) async fn queue(
    transaction: &Transaction,
    id: EmailId,
    to: &str,
    message: &Message,
    sealed: Vec<u8>,
) -> Result<bool, Error> {
    const QUEUE: &str = "select tenantry_queue_email($1, $2, $3, $4, $5)";
    let values = vec![id.uuid().into(), to.into(), message.kind().into(), sealed.into(), message.most_per_hour().into()];
    Ok(transaction.one::<bool>(QUEUE, values).await?.unwrap_or_default())
}

/// Mail that is due.
pub(super) struct Due {
    pub id: Uuid,
    pub recipient: String,
    pub sealed: Option<Vec<u8>>,
    pub attempts: i32,
}

/// Takes mail that is due. Whoever takes it has a minute at least, and if nothing more is heard of it, it is due again: so a
/// process that dies loses none. Several processes take different ones.
pub(super) async fn take(database: &Database) -> Result<Vec<Due>, Error> {
    const TAKE: &str = "
        update emails set attempts = attempts + 1,
            next_attempt_at = now() + least(interval '1 minute' * power(2, least(attempts, 10)), interval '1 hour')
        where id in (
            select id from emails where sent_at is null and failed_at is null and next_attempt_at <= now()
            order by next_attempt_at limit 8 for update skip locked)
        returning id, recipient, sealed, attempts";
    let rows: Vec<(Uuid, String, Option<Vec<u8>>, i32)> = sqlx::query_as(TAKE).fetch_all(database.owner()).await?;
    Ok(rows.into_iter().map(|(id, recipient, sealed, attempts)| Due { id, recipient, sealed, attempts }).collect())
}

/// Notes that a mail has left; what it said is forgotten, unless it is kept to be shown.
pub(super) async fn sent(database: &Database, id: Uuid, keeps: bool) -> Result<(), Error> {
    const SENT: &str = "update emails set sent_at = now(), error = null, sealed = case when $2 then sealed end where id = $1";
    sqlx::query(SENT).bind(id).bind(keeps).execute(database.owner()).await?;
    Ok(())
}

/// Notes that a mail did not leave; given up where that is final, or happened too often.
pub(super) async fn failed(database: &Database, id: Uuid, error: &str, is_final: bool) -> Result<(), Error> {
    const FAILED: &str = "
        update emails set error = $2, failed_at = case when $3 or attempts >= $4 then now() end,
            sealed = case when not ($3 or attempts >= $4) then sealed end
        where id = $1";
    sqlx::query(FAILED).bind(id).bind(error).bind(is_final).bind(MOST_ATTEMPTS).execute(database.owner()).await?;
    Ok(())
}

/// Forgets mail of which nothing is to be done any more.
pub(super) async fn tidy(database: &Database) -> Result<(), Error> {
    const TIDY: &str = "delete from emails where coalesce(sent_at, failed_at) < now() - interval '30 days'";
    sqlx::query(TIDY).execute(database.owner()).await?;
    Ok(())
}

/// Mail as the mailbox of development shows it.
pub(super) struct Queued {
    pub id: EmailId,
    pub recipient: String,
    pub kind: String,
    pub sealed: Vec<u8>,
    pub created_at: DateTime<Utc>,
}

/// The newest mail that still says something.
pub(super) async fn newest(database: &Database) -> Result<Vec<Queued>, Error> {
    const NEWEST: &str = "
        select id, recipient, kind, sealed, created_at from emails where sealed is not null order by index_id desc limit 100";
    type Row = (Uuid, String, String, Vec<u8>, DateTime<Utc>);
    let rows: Vec<Row> = sqlx::query_as(NEWEST).fetch_all(database.owner()).await?;
    let queued = |(id, recipient, kind, sealed, created_at): (Uuid, _, _, _, _)| Queued {
        id: id.into(),
        recipient,
        kind,
        sealed,
        created_at,
    };
    Ok(rows.into_iter().map(queued).collect())
}
