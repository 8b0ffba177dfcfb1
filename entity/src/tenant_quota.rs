//! How much of one thing a tenant may have, and has.

use crate::id::TenantId;
use crate::prelude::*;

/// What a quota counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum QuotaMetric {
    /// Organizations.
    Organizations,
    /// Members, invited ones included.
    Members,
    /// API keys.
    ApiKeys,
    /// Webhook endpoints.
    WebhookEndpoints,
    /// Bytes of stored documents.
    StorageBytes,
}

impl QuotaMetric {
    /// As the database writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Organizations => "organizations",
            Self::Members => "members",
            Self::ApiKeys => "api_keys",
            Self::WebhookEndpoints => "webhook_endpoints",
            Self::StorageBytes => "storage_bytes",
        }
    }
}

/// A row of `tenant_quotas`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tenant_quotas")]
pub struct Model {
    /// The tenant it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// What is counted.
    #[sea_orm(primary_key, auto_increment = false)]
    pub metric: QuotaMetric,
    /// How much there may be.
    pub quota_limit: i64,
    /// How much there is.
    pub usage: i64,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed; kept by the database.
    pub updated_at: DateTimeUtc,
    /// Its tenant.
    #[sea_orm(belongs_to, from = "tenant_id", to = "id")]
    pub tenant: BelongsTo<super::tenant::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
