//! A GraphQL document that is registered for a client: a partner, or a front end.

use crate::id::{PersistedDocumentId, TenantId, UserId};
use crate::prelude::*;

/// A row of `persisted_documents`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "persisted_documents")]
pub struct Model {
    /// The tenant it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Identifies the document.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PersistedDocumentId,
    /// Its place in lists; made by the database, and never shown.
    pub index_id: i64,
    /// For whom it is registered: the name that API keys bear, too.
    pub client: String,
    /// The SHA-256 of its text, in hexadecimal digits.
    pub sha256: String,
    /// The id that its manifest gave it, where that is another.
    pub alias: Option<String>,
    /// What it is called.
    pub name: Option<String>,
    /// Its text.
    pub body: String,
    /// Between what its variables must be.
    pub variable_bounds: JsonValue,
    /// The keys of what its fields need.
    pub permissions: Vec<String>,
    /// What it costs at most.
    pub cost: i64,
    /// Who registered it.
    pub registered_by: UserId,
    /// When it was registered.
    pub registered_at: DateTimeUtc,
    /// When it last changed; kept by the database.
    pub updated_at: DateTimeUtc,
    /// Since when it is to be replaced.
    pub deprecated_at: Option<DateTimeUtc>,
    /// Since when it does not run any more.
    pub revoked_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
