//! Quotas: how much of everything a tenant may have.
//!
//! Taking a unit is one conditional update, so that requests side by side never take more than there is. Whatever is counted takes
//! its unit in the transaction that makes it ([`take`]), and gives it back in the one that ends it ([`give_back`]). What has no
//! quota has no limit.

mod object;
mod set;
mod store;

use std::sync::Arc;

use entity::tenant_quota::QuotaMetric;

use crate::user_error::{UserError, UserErrorCode};

pub use object::TenantQuota;
pub use set::mutation;
pub use store::{give_back, hold, quotas_of_tenants, take};

/// A quota that is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exceeded {
    /// Of what.
    pub metric: QuotaMetric,
    /// How much there is.
    pub used: i64,
    /// How much there may be.
    pub limit: i64,
}

impl Exceeded {
    /// As the user is told.
    #[must_use]
    pub fn told(&self) -> Arc<UserError> {
        let Self { metric, used, limit } = self;
        let (things, help) = match metric {
            QuotaMetric::Organizations => ("organizations", "delete one that nobody needs"),
            QuotaMetric::Members => ("members", "remove somebody who has left"),
            QuotaMetric::ApiKeys => ("API keys", "revoke one that nobody needs"),
            QuotaMetric::WebhookEndpoints => ("webhook endpoints", "delete one that nobody needs"),
            QuotaMetric::StorageBytes => ("bytes of stored documents", "delete some that nobody needs"),
        };
        let message = format!("the tenant has {used} {things}, and may have {limit}: {help}, or ask for more");
        UserError::general(UserErrorCode::QuotaExceeded, message)
    }
}
