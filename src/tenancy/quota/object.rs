//! The type `TenantQuota`.

use entity::id::TenantId;
use entity::tenant_quota::QuotaMetric;

use crate::graph::{BigInt, Enumeration, Object, ObjectType};

/// How much of one thing a tenant may have, and has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantQuota {
    /// Whose.
    pub tenant: TenantId,
    /// Of what.
    pub metric: QuotaMetric,
    /// How much there may be.
    pub limit: i64,
    /// How much there is.
    pub used: i64,
}

impl Object for TenantQuota {
    fn name() -> &'static str {
        "TenantQuota"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("How much of one thing a tenant may have. What has no quota has no limit.")
            .field("metric", "What is counted.", |quota: &Self| &quota.metric)
            .computed("limit", "How much there may be. It may be less than there is: then nothing is added.", |quota| {
                BigInt(quota.limit)
            })
            .computed("used", "How much there is.", |quota| BigInt(quota.used))
    }
}

impl Enumeration for QuotaMetric {
    const NAME: &'static str = "QuotaMetric";
    const DESCRIPTION: &'static str = "What a quota of a tenant counts.";
    const VALUES: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Organizations, "ORGANIZATIONS", "Organizations that were not deleted."),
        (Self::Members, "MEMBERS", "People who belong to the tenant."),
        (Self::ApiKeys, "API_KEYS", "API keys that were neither revoked nor replaced."),
        (Self::WebhookEndpoints, "WEBHOOK_ENDPOINTS", "Webhook endpoints."),
        (Self::StorageBytes, "STORAGE_BYTES", "Bytes of stored documents."),
    ];
}
