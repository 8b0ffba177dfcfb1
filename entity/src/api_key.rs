//! A key by which a program gets in, with part of its maker's rights.

use crate::id::{ApiKeyId, DeletionId, OrganizationId, TenantId, UserId};
use crate::prelude::*;

/// A row of `api_keys`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_keys")]
pub struct Model {
    /// The tenant it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Identifies the key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApiKeyId,
    /// Its place in lists; made by the database, and never shown.
    pub index_id: i64,
    /// Its name for people.
    pub name: String,
    /// The partner or program that has it: what registered documents are published for.
    pub client: String,
    /// How the secret begins, by which people tell keys apart.
    pub prefix: String,
    /// The secret's SHA-256; the secret itself is stored nowhere.
    pub key_hash: Vec<u8>,
    /// The keys of the permissions that it may use.
    pub scopes: Vec<String>,
    /// The one organization that it works in; none: the whole tenant.
    pub organization_id: Option<OrganizationId>,
    /// How much cost a minute it may cause; none: as everybody.
    pub rate_limit: Option<i32>,
    /// May it run registered documents only?
    pub documents_only: bool,
    /// Whose rights it has a part of.
    pub created_by: UserId,
    /// When it ends by itself.
    pub expires_at: Option<DateTimeUtc>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTimeUtc>,
    /// When it was ended before its time.
    pub revoked_at: Option<DateTimeUtc>,
    /// The key that takes its place.
    pub replaced_by_id: Option<ApiKeyId>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed; kept by the database.
    pub updated_at: DateTimeUtc,
    /// When it was deleted.
    pub deleted_at: Option<DateTimeUtc>,
    /// The deletion that took it down.
    pub deletion_id: Option<DeletionId>,
    /// Its tenant.
    #[sea_orm(belongs_to, from = "tenant_id", to = "id")]
    pub tenant: BelongsTo<super::tenant::Entity>,
    /// The one organization that it works in.
    #[sea_orm(belongs_to, from = "(tenant_id, organization_id)", to = "(tenant_id, id)")]
    pub organization: BelongsTo<Option<super::organization::Entity>>,
    /// Whose rights it has a part of.
    #[sea_orm(belongs_to, from = "created_by", to = "id")]
    pub maker: BelongsTo<super::user::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
