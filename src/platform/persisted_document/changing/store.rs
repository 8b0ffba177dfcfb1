//! Every statement that changes registered documents.

use entity::id::PersistedDocumentId;
use migration::catalog::Permission;
use serde_json::json;
use uuid::Uuid;

use crate::access::PermissionSet;
use crate::database::{FromRow, Row};
use crate::error::Error;
use crate::platform::persisted_document::bound::Bound;
use crate::platform::persisted_document::registration::Draft;
use crate::request::Writer;

/// A document that is there already.
pub(super) struct Known {
    pub id: PersistedDocumentId,
    pub sha256: String,
    pub alias: Option<String>,
    pub is_revoked: bool,
    is_deprecated: bool,
    name: Option<String>,
    bounds: serde_json::Value,
    permissions: String,
    cost: i64,
}

impl FromRow for Known {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.column::<Uuid>()?.into(),
            sha256: row.column()?,
            alias: row.column()?,
            is_revoked: row.column()?,
            is_deprecated: row.column()?,
            name: row.column()?,
            bounds: row.column()?,
            permissions: row.column()?,
            cost: row.column()?,
        })
    }
}

impl Known {
    /// Between what its variables must be.
    pub fn bounds(&self) -> Result<Vec<Bound>, Error> {
        serde_json::from_value(self.bounds.clone()).map_err(Error::internal)
    }

    /// Does it say already what a draft of the same text says?
    pub fn is_like(&self, draft: &Draft) -> bool {
        !self.is_revoked
            && !self.is_deprecated
            && draft.alias.as_ref().is_none_or(|alias| self.alias.as_ref() == Some(alias))
            && draft.name.as_ref().is_none_or(|name| self.name.as_ref() == Some(name))
            && draft.bounds.as_ref().is_none_or(|bounds| self.bounds == json!(bounds))
            && self.permissions == keys(draft.permissions)
            && self.cost == draft.cost
    }
}

/// Waits until nobody else publishes for this client; the turn ends with the transaction.
pub(super) async fn take_turn(writer: &Writer, client: &str) -> Result<(), Error> {
    const TURN: &str = "
        select 1::bigint from (select pg_advisory_xact_lock(hashtextextended('documents:' || $1::uuid || ':' || $2, 0))) turn";
    writer.transaction.one::<i64>(TURN, vec![writer.presence()?.tenant.uuid().into(), client.into()]).await?;
    Ok(())
}

/// The documents of a client that have one of these texts or aliases, locked.
pub(super) async fn known(writer: &Writer, client: &str, drafts: &[Draft]) -> Result<Vec<Known>, Error> {
    const KNOWN: &str = "
        select document.id, document.sha256, document.alias, document.revoked_at is not null, document.deprecated_at is not null,
            document.name, document.variable_bounds, array_to_string(document.permissions, ' '), document.cost
        from persisted_documents document
        where document.tenant_id = $1 and document.client = $2 and (document.sha256 = any($3) or document.alias = any($4))
        order by document.id for update";
    let hashes: Vec<String> = drafts.iter().map(|draft| draft.sha256.clone()).collect();
    let aliases: Vec<String> = drafts.iter().filter_map(|draft| draft.alias.clone()).collect();
    let values = vec![writer.presence()?.tenant.uuid().into(), client.into(), hashes.into(), aliases.into()];
    writer.transaction.all(KNOWN, values).await
}

/// Registers all of them in one statement; a text that is there already is alive again, and as it is described now.
pub(super) async fn register(writer: &Writer, client: &str, drafts: &[&Draft]) -> Result<(), Error> {
    const REGISTER: &str = "
        insert into persisted_documents as document
            (tenant_id, id, client, sha256, alias, name, body, variable_bounds, permissions, cost, registered_by, registered_at)
        select $1, draft.id, $2, draft.sha256, nullif(draft.alias, ''), nullif(draft.name, ''), draft.body, draft.bounds::jsonb,
            string_to_array(draft.permissions, ' '), draft.cost, $3, $4
        from unnest($5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::bigint[])
            with ordinality draft (id, sha256, alias, name, body, bounds, permissions, cost, place)
        order by draft.place
        on conflict (tenant_id, client, sha256) do update set
            alias = coalesce(excluded.alias, document.alias), name = coalesce(excluded.name, document.name),
            variable_bounds = case when $13 then excluded.variable_bounds else document.variable_bounds end,
            permissions = excluded.permissions, cost = excluded.cost, deprecated_at = null, revoked_at = null
        returning 1::bigint";
    let column = |value: fn(&Draft) -> String| drafts.iter().map(|draft| value(draft)).collect::<Vec<String>>();
    let values = vec![
        writer.presence()?.tenant.uuid().into(),
        client.into(),
        writer.caller.user.uuid().into(),
        writer.now.into(),
        drafts.iter().map(|draft| draft.id.uuid()).collect::<Vec<_>>().into(),
        column(|draft| draft.sha256.clone()).into(),
        // Arrays have no nulls here: an empty text is none.
        column(|draft| draft.alias.clone().unwrap_or_default()).into(),
        column(|draft| draft.name.clone().unwrap_or_default()).into(),
        column(|draft| draft.body.clone()).into(),
        column(|draft| json!(draft.bounds.as_deref().unwrap_or_default()).to_string()).into(),
        column(|draft| keys(draft.permissions)).into(),
        drafts.iter().map(|draft| draft.cost).collect::<Vec<_>>().into(),
        drafts.iter().any(|draft| draft.bounds.is_some()).into(),
    ];
    writer.transaction.all::<i64>(REGISTER, values).await?;
    Ok(())
}

fn keys(permissions: PermissionSet) -> String {
    permissions.iter().map(Permission::key).collect::<Vec<_>>().join(" ")
}

/// Where a document stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub client: String,
    pub is_deprecated: bool,
    pub is_revoked: bool,
}

impl FromRow for Standing {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self { client: row.column()?, is_deprecated: row.column()?, is_revoked: row.column()? })
    }
}

/// Locks a document, where it is there.
pub(super) async fn lock(writer: &Writer, id: PersistedDocumentId) -> Result<Option<Standing>, Error> {
    const LOCK: &str = "
        select document.client, document.deprecated_at is not null, document.revoked_at is not null from persisted_documents document
        where document.tenant_id = $1 and document.id = $2 for update";
    writer.transaction.one(LOCK, vec![writer.presence()?.tenant.uuid().into(), id.uuid().into()]).await
}

/// Says that a document is to be replaced.
pub(super) async fn deprecate(writer: &Writer, id: PersistedDocumentId) -> Result<(), Error> {
    const DEPRECATE: &str = "
        update persisted_documents set deprecated_at = $3 where (tenant_id, id) = ($1, $2) returning 1::bigint";
    set(writer, DEPRECATE, id).await
}

/// Lets a document run no more.
pub(super) async fn revoke(writer: &Writer, id: PersistedDocumentId) -> Result<(), Error> {
    const REVOKE: &str = "
        update persisted_documents set revoked_at = $3 where (tenant_id, id) = ($1, $2) returning 1::bigint";
    set(writer, REVOKE, id).await
}

async fn set(writer: &Writer, sql: &'static str, id: PersistedDocumentId) -> Result<(), Error> {
    let values = vec![writer.presence()?.tenant.uuid().into(), id.uuid().into(), writer.now.into()];
    writer.transaction.one::<i64>(sql, values).await?;
    Ok(())
}
