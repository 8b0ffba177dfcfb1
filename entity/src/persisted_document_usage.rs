//! How often a registered document was run on one day.

use sea_orm::prelude::Date;

use crate::id::{PersistedDocumentId, TenantId};
use crate::prelude::*;

/// A row of `persisted_document_usage`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "persisted_document_usage")]
pub struct Model {
    /// The tenant it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// The document.
    #[sea_orm(primary_key, auto_increment = false)]
    pub document_id: PersistedDocumentId,
    /// The day, in UTC.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: Date,
    /// How often it was run.
    pub calls: i64,
    /// When it was run last.
    pub last_used_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
