//! Every statement about events of accounts.

use std::sync::Arc;

use entity::id::UserId;
use migration::catalog::Permission;
use serde_json::Value;
use uuid::Uuid;

use super::UserEvent;
use super::arguments::UserEventArguments;
use crate::access::Scope;
use crate::database::{Binds, COLUMNS, FromRow, Row, Transaction, Wanted};
use crate::error::Error;
use crate::graph::{Connection, Json};
use crate::page::{Cursor, ListOfCaller, Listed, Order, Page};
use crate::request::Request;

/// The newest first.
const ORDER: Order = Order { tag: 'v', key: None, index_id: "event.index_id", descending: true };

impl FromRow for UserEvent {
    const WANTED: &'static [Wanted] = &[
        Wanted("event.id", &[]),
        Wanted("event.user_id", &["user"]),
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
            user: row.column::<Option<Uuid>>()?.map(UserId::from),
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
    let list = ListOfCaller { rows: "user_events event where event.user_id = $1", order: ORDER };
    let reader = request.reader().await?;
    reader.caller.require_person()?;
    let connection = list.load(&reader, Binds::new(), &page).await?;
    Ok(vec![connection; parents.len()])
}

/// A page of what has happened in the caller's tenant to the accounts whose people the caller may look into.
pub(super) async fn events_of_tenant(
    request: Request,
    parents: Vec<()>,
    page: Page<UserEventArguments>,
) -> Result<Vec<Arc<Connection<UserEvent>>>, Error> {
    let reader = request.reader().await?;
    let in_tenant = reader.denial(Permission::AuditRead, Scope::Tenant).await?;
    let mut binds = Binds::new();
    let mut conditions = "event.tenant_id = $1".to_owned();
    if let Some(denial) = in_tenant {
        let organizations = reader.organizations(Permission::AuditRead).await?;
        if organizations.is_empty() {
            return Err(denial.into());
        }
        let shown = organizations.condition("seat.organization_id", &mut binds).unwrap_or_else(|| "true".to_owned());
        conditions += &format!(
            " and exists (select from organization_memberships seat where seat.tenant_id = $1 and seat.user_id = event.user_id
                and seat.deleted_at is null and {shown})"
        );
    }
    let filter = &page.arguments.filter;
    if let Some(user) = filter.user {
        conditions += &format!(" and event.user_id = {}", binds.bind(user.uuid()));
    }
    if let Some(kind) = &filter.kind {
        conditions += &format!(" and event.type = {}", binds.bind(kind.as_str()));
    }
    if let Some(from) = filter.from {
        conditions += &format!(" and event.created_at >= {}", binds.bind(from));
    }
    if let Some(to) = filter.to {
        conditions += &format!(" and event.created_at < {}", binds.bind(to));
    }
    let mut total = 0;
    if page.wants_total {
        let sql = format!("select count(*) from user_events event where {conditions}");
        total = reader.all(sql, binds.clone()).await?.first().copied().unwrap_or_default();
    }
    let keyset = page.keyset(ORDER, &mut binds)?;
    let mut rows: Vec<UserEvent> = Vec::new();
    if page.wants_rows {
        let sql = format!(
            "select {COLUMNS} from user_events event where {conditions}{} order by {} limit {}",
            keyset.condition, keyset.order_by, keyset.limit
        );
        rows = reader.objects(sql, binds).await?;
    }
    let rows = rows.into_iter().map(|row| (Cursor { order: ORDER.tag, key: None, index_id: row.index_id }, Arc::new(row)));
    let connection = Arc::new(Connection::of(&page, rows.collect(), total));
    Ok(vec![connection; parents.len()])
}

/// Writes an event down.
pub(super) async fn insert(
    transaction: &Transaction,
    request: &Request,
    user: Option<UserId>,
    kind: &str,
    metadata: Value,
    changes: Option<Value>,
) -> Result<(), Error> {
    const EVENT: &str = "select tenantry_record_user_event($1, $2, $3, $4, $5, $6)";
    const CHANGE: &str = "select tenantry_record_account_change($1, $2, $3, $4, $5, $6, $7)";
    let origin = request.origin();
    let mut values = vec![
        user.map(UserId::uuid).into(),
        kind.into(),
        origin.ip.map(|ip| ip.to_string()).into(),
        origin.user_agent.clone().into(),
        request.id().into(),
        metadata.into(),
    ];
    let sql = match changes {
        None => EVENT,
        Some(changes) => {
            values.push(changes.into());
            CHANGE
        }
    };
    transaction.one::<bool>(sql, values).await?;
    Ok(())
}
