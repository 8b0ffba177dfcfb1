//! Every statement about the outbox. All of them follow `(transaction, index_id)`, and read no further than the oldest
//! transaction that still runs: what it may yet write would come before what is read.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use entity::id::{OrganizationId, TenantId, UserId};
use uuid::Uuid;

use super::topic::OF_MEMBERSHIP;
use super::{Cursor, Event, Position, Topic};
use crate::clock;
use crate::database::{FromRow, Listener, Row, Transaction, Value};
use crate::error::Error;

/// Events that are read at a time.
pub const LARGEST_PAGE: usize = 200;

const COLUMNS: &str = "event.tenant_id, event.id, event.transaction::text, event.index_id, event.type, event.organization_id,
    event.resource_type, event.resource_id, event.actor_id, event.impersonator_name, event.created_at";

/// The first transaction that a snapshot does not know the end of.
const HORIZON: &str = "(select pg_snapshot_xmin(pg_current_snapshot()))";

impl FromRow for Event {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            tenant: row.column::<Uuid>()?.into(),
            id: row.column::<Uuid>()?.into(),
            position: Position { transaction: transaction(row)?, index_id: row.column()? },
            kind: row.column()?,
            organization: row.column::<Option<Uuid>>()?.map(OrganizationId::from),
            resource_type: row.column()?,
            resource: row.column()?,
            actor: row.column::<Option<Uuid>>()?.map(UserId::from),
            impersonator_name: row.column()?,
            at: row.column::<DateTime<Utc>>()?,
            state: None,
        })
    }
}

fn transaction(row: &mut Row<'_>) -> Result<u64, Error> {
    row.column::<String>()?.parse().map_err(|_| Error::internal("a transaction has no number"))
}

struct Horizon(u64);

impl FromRow for Horizon {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        transaction(row).map(Self)
    }
}

fn values(position: Position) -> [Value; 2] {
    [position.transaction.to_string().into(), position.index_id.into()]
}

/// The place where nothing has happened yet that a new listener does not hear of.
pub(super) async fn present(listener: &mut Listener) -> Result<Position, Error> {
    let rows: Vec<Horizon> = listener.all(&format!("select {HORIZON}::text"), Vec::new()).await?;
    let Horizon(transaction) = rows.into_iter().next().ok_or_else(|| Error::internal("a snapshot has no horizon"))?;
    Ok(Position { transaction, index_id: 0 })
}

/// Events of all tenants after this one, the oldest first, a page at most.
pub(super) async fn since(listener: &mut Listener, position: Position) -> Result<Vec<Event>, Error> {
    let sql = format!(
        "select {COLUMNS} from outbox_events event
        where (event.transaction, event.index_id) > ($1::text::xid8, $2::bigint) and event.transaction < {HORIZON}
        order by event.transaction, event.index_id limit {LARGEST_PAGE}"
    );
    listener.all(&sql, values(position).into()).await
}

/// Is there an event that waits for an older transaction to end?
pub(super) async fn is_held_up(listener: &mut Listener) -> Result<bool, Error> {
    let sql = format!("select exists (select from outbox_events event where event.transaction >= {HORIZON})::int::int8");
    Ok(listener.all::<i64>(&sql, Vec::new()).await? == [1])
}

/// The events of a tenant about a topic between two places, the oldest first, a page at most.
pub async fn history(
    transaction: &Transaction,
    tenant: TenantId,
    topic: Topic,
    after: Position,
    up_to: Position,
) -> Result<Vec<Event>, Error> {
    let mut binds = vec![tenant.uuid().into()];
    binds.extend(values(after));
    binds.extend(values(up_to));
    let mut sql = format!(
        "select {COLUMNS} from outbox_events event
        where event.tenant_id = $1 and (event.transaction, event.index_id) > ($2::text::xid8, $3::bigint)
            and (event.transaction, event.index_id) <= ($4::text::xid8, $5::bigint) and event.transaction < {HORIZON}"
    );
    // Writing to a String cannot fail.
    let _ = match topic {
        Topic::Organization(id) => {
            binds.push(id.uuid().into());
            write!(sql, " and event.resource_type = 'organization' and event.resource_id = $6")
        }
        Topic::Membership(id) => {
            binds.push(id.uuid().into());
            binds.push(OF_MEMBERSHIP.map(str::to_owned).to_vec().into());
            write!(sql, " and event.organization_id = $6 and event.resource_type = any($7)")
        }
        Topic::Conversation(id) => {
            binds.push(id.uuid().into());
            write!(sql, " and event.resource_type = 'conversation' and event.resource_id = $6")
        }
        Topic::Access => write!(sql, " and event.type = '{}'", super::event::ACCESS_CHANGE),
    };
    let _ = write!(sql, " order by event.transaction, event.index_id limit {LARGEST_PAGE}");
    transaction.all(sql, binds).await
}

/// The place in the order of events at which a snapshot stands: it shows all that happened before, and whoever goes on from
/// here hears of all that it does not show.
pub async fn now_in(transaction: &Transaction) -> Result<Cursor, Error> {
    let horizon: Option<Horizon> = transaction.one(format!("select {HORIZON}::text"), Vec::new()).await?;
    let Horizon(transaction) = horizon.ok_or_else(|| Error::internal("a snapshot has no horizon"))?;
    // Just before the first event of that transaction.
    Ok(Cursor { position: Position { transaction, index_id: 0 }, at: clock::now().timestamp(), state: None })
}
