//! Every statement about events of accounts.

use std::sync::Arc;

use entity::id::UserId;
use serde_json::Value;
use uuid::Uuid;

use super::UserEvent;
use crate::database::{Binds, FromRow, Row, Transaction, Wanted};
use crate::error::Error;
use crate::graph::{Connection, Json};
use crate::page::{ListOfCaller, Listed, Order, Page};
use crate::request::Request;

impl FromRow for UserEvent {
    const WANTED: &'static [Wanted] = &[
        Wanted("event.id", &[]),
        Wanted("event.index_id", &[]),
        Wanted("event.type", &["type"]),
        Wanted("event.ip", &["ipAddress"]),
        Wanted("event.user_agent", &["userAgent"]),
        Wanted("event.metadata", &["metadata"]),
        Wanted("event.request_id", &["requestId"]),
        Wanted("event.created_at", &["createdAt"]),
    ];

    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.column::<Uuid>()?.into(),
            index_id: row.column()?,
            kind: row.column()?,
            ip_address: row.column()?,
            user_agent: row.column()?,
            metadata: Json(row.column()?),
            request_id: row.column()?,
            created_at: row.column()?,
        })
    }
}

impl Listed for UserEvent {
    fn index_id(&self) -> i64 {
        self.index_id
    }
}

/// The caller's own events, the newest first.
pub async fn events_of_caller(
    request: Request,
    parents: Vec<()>,
    page: Page<()>,
) -> Result<Vec<Arc<Connection<UserEvent>>>, Error> {
    let list = ListOfCaller {
        rows: "user_events event where event.user_id = $1",
        order: Order { tag: 'v', key: None, index_id: "event.index_id", descending: true },
    };
    let reader = request.reader().await?;
    reader.caller.require_person()?;
    let connection = list.load(&reader, Binds::new(), &page).await?;
    Ok(vec![connection; parents.len()])
}

/// Writes an event down.
pub(super) async fn insert(
    transaction: &Transaction,
    request: &Request,
    user: Option<UserId>,
    kind: &str,
    metadata: Value,
) -> Result<(), Error> {
    const INSERT: &str = "select tenantry_record_user_event($1, $2, $3, $4, $5, $6)";
    let origin = request.origin();
    let values = vec![
        user.map(UserId::uuid).into(),
        kind.into(),
        origin.ip.map(|ip| ip.to_string()).into(),
        origin.user_agent.clone().into(),
        request.id().into(),
        metadata.into(),
    ];
    transaction.one::<bool>(INSERT, values).await?;
    Ok(())
}
