//! Every statement that reads registered documents, and the one that counts their use.

use std::collections::HashMap;
use std::sync::Arc;

use entity::id::PersistedDocumentId;
use migration::catalog::Permission;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use uuid::Uuid;

use super::arguments::DocumentArguments;
use super::bound::Bound;
use super::document_id::DocumentId;
use super::usage::Count;
use super::{PersistedDocument, PersistedDocumentUsage};
use crate::access::Scope;
use crate::database::{Binds, COLUMNS, CURSOR, Database, FromRow, Row, Wanted};
use crate::error::Error;
use crate::graph::Connection;
use crate::page::{Listed, ListsBelow, Order, Page};
use crate::request::{Reader, Request};

/// The oldest first.
const DOCUMENTS: Order = Order { tag: 'D', key: None, index_id: "document.index_id", descending: false };

/// The newest first.
const DAYS: Order = Order { tag: 'U', key: None, index_id: "(usage.day - date '2000-01-01')::bigint", descending: true };

const CALLS: &str = "(select coalesce(sum(usage.calls), 0)::bigint from persisted_document_usage usage
    where usage.tenant_id = document.tenant_id and usage.document_id = document.id)";
const LAST_USED_AT: &str = "(select max(usage.last_used_at) from persisted_document_usage usage
    where usage.tenant_id = document.tenant_id and usage.document_id = document.id)";

impl FromRow for PersistedDocument {
    const WANTED: &'static [Wanted] = &[
        Wanted("document.id", &[]),
        Wanted("document.index_id", &[CURSOR]),
        Wanted("document.client", &["client"]),
        Wanted("document.sha256", &["documentId"]),
        Wanted("document.alias", &["alias"]),
        Wanted("document.name", &["name"]),
        Wanted("document.body", &["body"]),
        Wanted("document.variable_bounds", &["bounds"]),
        Wanted("array_to_string(document.permissions, ' ')", &["permissions"]),
        Wanted("document.cost", &["cost"]),
        Wanted("document.registered_by", &["registeredBy"]),
        Wanted("document.registered_at", &["registeredAt"]),
        Wanted("document.deprecated_at", &["deprecatedAt"]),
        Wanted("document.revoked_at", &["revokedAt"]),
        Wanted(CALLS, &["calls"]),
        Wanted(LAST_USED_AT, &["lastUsedAt"]),
    ];

    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.column::<Uuid>()?.into(),
            index_id: row.column()?,
            client: row.column()?,
            sha256: row.column()?,
            alias: row.column()?,
            name: row.column()?,
            body: row.column()?,
            bounds: bounds(row.column()?)?,
            permissions: row.column::<&str>()?.split_terminator(' ').filter_map(Permission::from_key).collect(),
            cost: row.column()?,
            registered_by: row.column::<Uuid>()?.into(),
            registered_at: row.column()?,
            deprecated_at: row.column()?,
            revoked_at: row.column()?,
            calls: row.column()?,
            last_used_at: row.column()?,
        })
    }
}

/// Of a column that nobody asked for, there are none.
fn bounds(stored: serde_json::Value) -> Result<Vec<Bound>, Error> {
    if stored.is_null() { Ok(Vec::new()) } else { serde_json::from_value(stored).map_err(Error::internal) }
}

impl Listed for PersistedDocument {
    fn index_id(&self) -> i64 {
        self.index_id
    }
}

impl FromRow for PersistedDocumentUsage {
    const WANTED: &'static [Wanted] = &[
        Wanted("(usage.day - date '2000-01-01')::bigint", &[]),
        Wanted("usage.day::text", &["day"]),
        Wanted("usage.calls", &["calls"]),
        Wanted("usage.last_used_at", &["lastUsedAt"]),
    ];

    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self { number: row.column()?, day: row.column()?, calls: row.column()?, last_used_at: row.column()? })
    }
}

impl Listed for PersistedDocumentUsage {
    fn index_id(&self) -> i64 {
        self.number
    }
}

/// A page of the tenant's documents. That the caller may see them, the guard of the field has decided.
pub(super) async fn documents(
    request: Request,
    parents: Vec<()>,
    page: Page<DocumentArguments>,
) -> Result<Vec<Arc<Connection<PersistedDocument>>>, Error> {
    let reader = request.reader().await?;
    let mut binds = Binds::new();
    let mut rows = "persisted_documents document where document.tenant_id = $1".to_owned();
    if let Some(client) = &page.arguments.client {
        rows += &format!(" and document.client = {}", binds.bind(client.as_str()));
    }
    if !page.arguments.include_revoked {
        rows += " and document.revoked_at is null";
    }
    let list = ListsBelow { parents: "", rows, order: DOCUMENTS };
    list.load(&reader, vec![Uuid::nil(); parents.len()], binds, &page).await
}

/// A page of the days on which each document was run.
pub(super) async fn usage(
    request: Request,
    documents: Vec<PersistedDocumentId>,
    page: Page<()>,
) -> Result<Vec<Arc<Connection<PersistedDocumentUsage>>>, Error> {
    let reader = request.reader().await?;
    let rows = "persisted_document_usage usage where usage.tenant_id = $1 and usage.document_id = parent.id".to_owned();
    let keys = documents.into_iter().map(PersistedDocumentId::uuid).collect();
    ListsBelow { parents: "", rows, order: DAYS }.load(&reader, keys, Binds::new(), &page).await
}

/// The documents among these that the caller may know of, revoked ones among them.
pub(super) async fn visible_documents(
    request: Request,
    ids: Vec<PersistedDocumentId>,
) -> Result<HashMap<PersistedDocumentId, Arc<PersistedDocument>>, Error> {
    let reader = request.reader().await?;
    if !reader.may(Permission::DocumentsRead, Scope::Tenant).await?
        && !reader.may(Permission::DocumentsManage, Scope::Tenant).await?
    {
        return Ok(HashMap::new());
    }
    let ids: Vec<Uuid> = ids.into_iter().map(PersistedDocumentId::uuid).collect();
    let sql = format!("select {COLUMNS} from persisted_documents document where document.tenant_id = $1 and document.id = any($2)");
    let rows: Vec<PersistedDocument> = reader.objects(sql, Binds::of([ids.into()])).await?;
    Ok(rows.into_iter().map(|row| (row.id, Arc::new(row))).collect())
}

/// What is needed to run a document.
pub(super) struct Runnable {
    pub id: PersistedDocumentId,
    pub body: String,
    pub bounds: Vec<Bound>,
}

impl FromRow for Runnable {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self { id: row.column::<Uuid>()?.into(), body: row.column()?, bounds: bounds(row.column()?)? })
    }
}

/// The living document that this id names, for this client; for none, that of any client. Of several with the same text it is
/// the one with the fewest bounds: to whoever may run each of them, the others' mean nothing. An id that is a hash is meant as
/// one, where it is also somebody's alias.
pub(super) async fn runnable(reader: &Reader, id: &DocumentId, client: Option<&str>) -> Result<Option<Runnable>, Error> {
    let mut binds = Binds::new();
    let named = binds.bind(id.as_str());
    let is_it = match id {
        DocumentId::Sha256(_) => format!("(document.sha256 = {named} or document.alias = {named})"),
        DocumentId::Alias(_) => format!("document.alias = {named}"),
    };
    let of_client = client.map(|client| format!(" and document.client = {}", binds.bind(client))).unwrap_or_default();
    let sql = format!(
        "select document.id, document.body, document.variable_bounds from persisted_documents document
        where document.tenant_id = $1 and {is_it}{of_client} and document.revoked_at is null
        order by document.sha256 = {named} desc, jsonb_array_length(document.variable_bounds), document.index_id limit 1"
    );
    Ok(reader.all(sql, binds).await?.into_iter().next())
}

/// Adds to what was counted before. As the owner of the tables, because the counts of all tenants go together; those of documents
/// that are gone are dropped. Rows are written in the order of their keys, so that two gateways cannot deadlock.
pub(super) async fn count(database: &Database, counts: &[Count]) -> Result<(), Error> {
    const COUNT: &str = "
        insert into persisted_document_usage as usage (tenant_id, document_id, day, calls, last_used_at)
        select counted.tenant_id, counted.document_id, (counted.last_used_at at time zone 'utc')::date, counted.calls, counted.last_used_at
        from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::timestamptz[]) counted (tenant_id, document_id, calls, last_used_at)
        join persisted_documents document on document.tenant_id = counted.tenant_id and document.id = counted.document_id
        order by 1, 2, 3
        on conflict (tenant_id, document_id, day) do update
            set calls = usage.calls + excluded.calls, last_used_at = greatest(usage.last_used_at, excluded.last_used_at)";
    let column = |value: fn(&Count) -> Uuid| counts.iter().map(value).collect::<Vec<_>>();
    let values = [
        column(|count| count.tenant.uuid()).into(),
        column(|count| count.document.uuid()).into(),
        counts.iter().map(|count| count.calls).collect::<Vec<_>>().into(),
        counts.iter().map(|count| count.last_used_at).collect::<Vec<_>>().into(),
    ];
    database.unscoped().execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, COUNT, values)).await?;
    Ok(())
}
