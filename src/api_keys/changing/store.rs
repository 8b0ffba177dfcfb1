//! Every statement that writes API keys.

use chrono::{DateTime, Utc};
use entity::api_key;
use entity::id::{ApiKeyId, OrganizationId, UserId};
use migration::catalog::Permission;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ActiveModelTrait, EntityTrait};
use uuid::Uuid;

use crate::access::PermissionSet;
use crate::api_keys::ApiKeySecret;
use crate::database::{FromRow, Row};
use crate::error::Error;
use crate::graph::Change;
use crate::request::Writer;

/// What a key is, besides its secret.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    pub name: String,
    pub client: String,
    pub scopes: PermissionSet,
    pub organization: Option<OrganizationId>,
    pub rate_limit: Option<i32>,
    pub documents_only: bool,
    pub expires_at: Option<DateTime<Utc>>,
}

/// A key as it is stored, locked until the transaction ends.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub terms: Terms,
    pub created_by: UserId,
    pub created_at: DateTime<Utc>,
    pub is_revoked: bool,
    pub replaced_by: Option<ApiKeyId>,
}

impl Stored {
    /// Does it take up the quota?
    pub fn counts(&self) -> bool {
        !self.is_revoked && self.replaced_by.is_none()
    }

    pub fn is_expired(&self, now: DateTime<Utc>) -> bool {
        self.terms.expires_at.is_some_and(|at| at <= now)
    }
}

impl FromRow for Stored {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            terms: Terms {
                name: row.column()?,
                client: row.column()?,
                scopes: row.column::<&str>()?.split_terminator(' ').filter_map(Permission::from_key).collect(),
                organization: row.column::<Option<Uuid>>()?.map(OrganizationId::from),
                rate_limit: row.column()?,
                documents_only: row.column()?,
                expires_at: row.column()?,
            },
            created_by: row.column::<Uuid>()?.into(),
            created_at: row.column()?,
            is_revoked: row.column()?,
            replaced_by: row.column::<Option<Uuid>>()?.map(ApiKeyId::from),
        })
    }
}

/// Locks a key, where it is there.
pub(super) async fn lock(writer: &Writer, id: ApiKeyId) -> Result<Option<Stored>, Error> {
    const LOCK: &str = "
        select key.name, key.client, array_to_string(key.scopes, ' '), key.organization_id, key.rate_limit, key.documents_only,
            key.expires_at, key.created_by, key.created_at, key.revoked_at is not null, key.replaced_by_id
        from api_keys key where key.tenant_id = $1 and key.id = $2 and key.deleted_at is null for update";
    writer.transaction.one(LOCK, vec![writer.presence()?.tenant.uuid().into(), id.uuid().into()]).await
}

/// Makes a key of the caller's.
pub(super) async fn insert(writer: &Writer, id: ApiKeyId, secret: &ApiKeySecret, terms: &Terms) -> Result<(), Error> {
    let key = api_key::ActiveModel {
        tenant_id: Set(writer.presence()?.tenant),
        id: Set(id),
        name: Set(terms.name.clone()),
        client: Set(terms.client.clone()),
        prefix: Set(secret.shown().to_owned()),
        key_hash: Set(secret.hash().bytes().to_vec()),
        scopes: Set(keys(terms.scopes)),
        organization_id: Set(terms.organization),
        rate_limit: Set(terms.rate_limit),
        documents_only: Set(terms.documents_only),
        created_by: Set(writer.caller.user),
        expires_at: Set(terms.expires_at),
        ..Default::default()
    };
    api_key::Entity::insert(key).exec_without_returning(&writer.transaction).await?;
    Ok(())
}

/// What may change about a key; what is left out stays.
#[derive(Default)]
pub(super) struct Changes {
    pub name: Option<String>,
    pub scopes: Option<PermissionSet>,
    pub documents_only: Option<bool>,
    pub rate_limit: Change<i32>,
    pub expires_at: Change<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    pub replaced_by: Option<ApiKeyId>,
}

/// Changes a locked key.
pub(super) async fn update(writer: &Writer, id: ApiKeyId, changes: Changes) -> Result<(), Error> {
    let key = api_key::ActiveModel {
        tenant_id: Set(writer.presence()?.tenant),
        id: Set(id),
        name: changes.name.map_or(NotSet, Set),
        scopes: changes.scopes.map_or(NotSet, |scopes| Set(keys(scopes))),
        documents_only: changes.documents_only.map_or(NotSet, Set),
        rate_limit: set(changes.rate_limit),
        expires_at: set(changes.expires_at),
        revoked_at: changes.revoked_at.map_or(NotSet, |at| Set(Some(at))),
        replaced_by_id: changes.replaced_by.map_or(NotSet, |id| Set(Some(id))),
        ..Default::default()
    };
    if key.is_changed() {
        key.update(&writer.transaction).await?;
    }
    Ok(())
}

fn set<T>(change: Change<T>) -> sea_orm::ActiveValue<Option<T>>
where
    Option<T>: Into<sea_orm::Value>,
{
    match change {
        Change::Keep => NotSet,
        Change::Set(value) => Set(value),
    }
}

fn keys(scopes: PermissionSet) -> Vec<String> {
    scopes.iter().map(|permission| permission.key().to_owned()).collect()
}
