//! A number per tenant that grows with every change of anyone's access.

use crate::id::TenantId;
use crate::prelude::*;

/// A row of `access_versions`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "access_versions")]
pub struct Model {
    /// The tenant it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Grows with every change; kept by the database.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed; kept by the database.
    pub updated_at: DateTimeUtc,
    /// Its tenant.
    #[sea_orm(belongs_to, from = "tenant_id", to = "id")]
    pub tenant: BelongsTo<super::tenant::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
