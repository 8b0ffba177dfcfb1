//! Every statement that reads API keys.

use std::collections::HashMap;
use std::sync::Arc;

use entity::id::{ApiKeyId, OrganizationId, UserId};
use migration::catalog::Permission;
use rustc_hash::FxHashMap;
use uuid::Uuid;

use super::ApiKey;
use super::list::ApiKeyArguments;
use super::object::ApiKeyStatus;
use crate::access::{OrganizationFilter, PermissionSet, Scope};
use crate::database::{Binds, COLUMNS, CURSOR, FromRow, Row, Wanted};
use crate::error::Error;
use crate::graph::Connection;
use crate::page::{Cursor, Order, Page};
use crate::people::user::{User, users_by_id, visible_users};
use crate::request::{Reader, Request, Writer};

/// The newest first.
const ORDER: Order = Order { tag: 'k', key: None, index_id: "key.index_id", descending: true };

const STATUS: &str =
    "case when key.revoked_at is not null then 'revoked' when key.expires_at <= now() then 'expired' else 'active' end";

impl FromRow for ApiKey {
    const WANTED: &'static [Wanted] = &[
        Wanted("key.id", &[]),
        Wanted("key.index_id", &[CURSOR]),
        Wanted("key.name", &["name"]),
        Wanted("key.client", &["client"]),
        Wanted("key.prefix", &["prefix"]),
        Wanted("array_to_string(key.scopes, ' ')", &["scopes"]),
        Wanted("key.organization_id", &[]),
        Wanted("key.rate_limit", &["rateLimit"]),
        Wanted("key.documents_only", &["documentsOnly"]),
        Wanted("key.created_by", &[]),
        Wanted(STATUS, &["status"]),
        Wanted("key.expires_at", &["expiresAt"]),
        Wanted("key.last_used_at", &["lastUsedAt"]),
        Wanted("key.revoked_at", &["revokedAt"]),
        Wanted("key.replaced_by_id", &["replacedBy"]),
        Wanted("key.created_at", &["createdAt"]),
        Wanted("key.updated_at", &["updatedAt"]),
    ];

    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.column::<Uuid>()?.into(),
            index_id: row.column()?,
            name: row.column()?,
            client: row.column()?,
            prefix: row.column()?,
            scopes: row.column::<&str>()?.split_terminator(' ').map(str::to_owned).collect(),
            organization: row.column::<Option<Uuid>>()?.map(OrganizationId::from),
            rate_limit: row.column()?,
            documents_only: row.column()?,
            created_by: UserId::from(row.column::<Uuid>()?),
            status: match row.column::<&str>()? {
                "revoked" => ApiKeyStatus::Revoked,
                "expired" => ApiKeyStatus::Expired,
                _ => ApiKeyStatus::Active,
            },
            expires_at: row.column()?,
            last_used_at: row.column()?,
            revoked_at: row.column()?,
            replaced_by: row.column::<Option<Uuid>>()?.map(ApiKeyId::from),
            created_at: row.column()?,
            updated_at: row.column()?,
        })
    }
}

/// Keys of the tenant, for relations that have been decided already.
pub async fn api_keys_by_id(request: Request, ids: Vec<ApiKeyId>) -> Result<HashMap<ApiKeyId, Arc<ApiKey>>, Error> {
    let ids: Vec<Uuid> = ids.into_iter().map(ApiKeyId::uuid).collect();
    let sql =
        format!("select {COLUMNS} from api_keys key where key.tenant_id = $1 and key.id = any($2) and key.deleted_at is null");
    let rows: Vec<ApiKey> = request.reader().await?.objects(sql, Binds::of([ids.into()])).await?;
    Ok(rows.into_iter().map(|row| (row.id, Arc::new(row))).collect())
}

/// The API key that asks, which may always know of itself.
pub async fn own_api_key(request: Request, ids: Vec<ApiKeyId>) -> Result<HashMap<ApiKeyId, Arc<ApiKey>>, Error> {
    let own = request.reader().await?.caller.api_key.as_ref().map(|key| key.id);
    api_keys_by_id(request, ids.into_iter().filter(|id| Some(*id) == own).collect()).await
}

/// What a living key of a client may use.
#[derive(Clone, Copy, Debug)]
pub struct ClientKey {
    /// Its scopes.
    pub scopes: PermissionSet,
    /// How much cost a minute it may cause; `None`: as everybody.
    pub rate_limit: Option<i32>,
}

impl FromRow for ClientKey {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        let scopes = row.column::<&str>()?.split_terminator(' ').filter_map(Permission::from_key).collect();
        Ok(Self { scopes, rate_limit: row.column()? })
    }
}

/// The living keys of a client.
pub async fn keys_of_client(writer: &Writer, client: &str) -> Result<Vec<ClientKey>, Error> {
    const KEYS: &str = "
        select array_to_string(key.scopes, ' '), key.rate_limit from api_keys key
        where key.tenant_id = $1 and key.client = $2 and key.deleted_at is null and key.revoked_at is null
            and (key.expires_at is null or key.expires_at > now())";
    writer.transaction.all(KEYS, vec![writer.presence()?.tenant.uuid().into(), client.into()]).await
}

/// The keys among these that the caller may know of: those that it made, the one that it is, and those that it may read where
/// they work.
pub async fn visible_api_keys(request: Request, ids: Vec<ApiKeyId>) -> Result<HashMap<ApiKeyId, Arc<ApiKey>>, Error> {
    let mut rows = api_keys_by_id(request.clone(), ids).await?;
    let reader = request.reader().await?;
    let (ids, scopes): (Vec<ApiKeyId>, Vec<Scope>) = rows.values().map(|row| (row.id, row.scope())).unzip();
    let itself = reader.caller.api_key.as_ref().map(|key| key.id);
    for (id, seen) in ids.into_iter().zip(reader.may_each(Permission::ApiKeysRead, &scopes).await?) {
        let is_own = |row: &Arc<ApiKey>| Some(row.created_by) == reader.caller.person() || Some(id) == itself;
        if !seen && !rows.get(&id).is_some_and(is_own) {
            rows.remove(&id);
        }
    }
    Ok(rows)
}

/// Who made keys that the caller may know of. To a key its own maker is a person like others.
pub(super) async fn makers(request: Request, ids: Vec<UserId>) -> Result<FxHashMap<UserId, Arc<User>>, Error> {
    match request.reader().await?.caller.person() {
        Some(_) => users_by_id(request, ids).await,
        None => visible_users(request, ids).await,
    }
}

/// A page of the keys of the tenant itself, where it may be shown, and of these organizations.
pub(super) async fn page(
    reader: &Reader,
    of_tenant: bool,
    organizations: &OrganizationFilter,
    page: &Page<ApiKeyArguments>,
) -> Result<Connection<ApiKey>, Error> {
    let mut binds = Binds::new();
    let shown = organizations.condition("key.organization_id", &mut binds);
    let mut conditions = "key.tenant_id = $1 and key.deleted_at is null".to_owned();
    conditions += &match (shown, of_tenant) {
        (None, true) => String::new(),
        (None, false) => " and key.organization_id is not null".to_owned(),
        (Some(shown), true) => format!(" and (key.organization_id is null or {shown})"),
        (Some(shown), false) => format!(" and {shown}"),
    };
    let filter = &page.arguments.filter;
    if let Some(client) = &filter.client {
        conditions += &format!(" and key.client = {}", binds.bind(client.as_str()));
    }
    if let Some(organization) = filter.organization {
        conditions += &format!(" and key.organization_id = {}", binds.bind(organization.uuid()));
    }
    if let Some(is_active) = filter.is_active {
        conditions += &format!(" and ({STATUS} = 'active') = {}", binds.bind(is_active));
    }
    let mut total = 0;
    if page.wants_total {
        let sql = format!("select count(*) from api_keys key where {conditions}");
        total = reader.all(sql, binds.clone()).await?.first().copied().unwrap_or_default();
    }
    let keyset = page.keyset(ORDER, &mut binds)?;
    let mut rows: Vec<ApiKey> = Vec::new();
    if page.wants_rows {
        let sql = format!(
            "select {COLUMNS} from api_keys key where {conditions}{} order by {} limit {}",
            keyset.condition, keyset.order_by, keyset.limit
        );
        rows = reader.objects(sql, binds).await?;
    }
    let rows = rows.into_iter().map(|row| (Cursor { order: ORDER.tag, key: None, index_id: row.index_id }, Arc::new(row)));
    Ok(Connection::of(page, rows.collect(), total))
}
