//! Every statement about quotas.

use std::collections::HashMap;
use std::sync::Arc;

use entity::id::TenantId;
use entity::tenant_quota::QuotaMetric;
use uuid::Uuid;

use super::{Exceeded, TenantQuota};
use crate::database::{Binds, FromRow, Row};
use crate::error::Error;
use crate::request::{Request, Writer};

impl FromRow for TenantQuota {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            tenant: row.column::<Uuid>()?.into(),
            metric: row.member(QuotaMetric::as_str)?,
            limit: row.column()?,
            used: row.column()?,
        })
    }
}

struct Full {
    used: i64,
    limit: i64,
}

impl FromRow for Full {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self { used: row.column()?, limit: row.column()? })
    }
}

/// Takes one unit of a quota of the tenant that was entered; what stands in the way, where it is used up.
pub async fn take(writer: &Writer, metric: QuotaMetric) -> Result<Option<Exceeded>, Error> {
    const TAKE: &str = "select used, most from tenantry_take_quota($1, $2)";
    let values = vec![writer.presence()?.tenant.uuid().into(), metric.as_str().into()];
    let full: Option<Full> = writer.transaction.one(TAKE, values).await?;
    Ok(full.map(|Full { used, limit }| Exceeded { metric, used, limit }))
}

/// Gives one unit back.
pub async fn give_back(writer: &Writer, metric: QuotaMetric) -> Result<(), Error> {
    const GIVE: &str = "select 1::bigint from tenantry_give_back_quota($1, $2)";
    let values = vec![writer.presence()?.tenant.uuid().into(), metric.as_str().into()];
    writer.transaction.one::<i64>(GIVE, values).await?;
    Ok(())
}

/// Holds off whoever sets a quota for the first time, until the transaction ends: for statements that give units back themselves.
pub async fn hold(writer: &Writer) -> Result<(), Error> {
    const HOLD: &str = "select tenant.index_id from tenants tenant where tenant.id = $1 for key share";
    writer.transaction.one::<i64>(HOLD, vec![writer.presence()?.tenant.uuid().into()]).await?;
    Ok(())
}

/// The quotas of tenants, for relations that have been decided already: those of the tenant that was entered; of others none are told.
pub async fn quotas_of_tenants(request: Request, tenants: Vec<TenantId>, _: Arc<()>) -> Result<Vec<Vec<Arc<TenantQuota>>>, Error> {
    const QUOTAS: &str = "
        select quota.tenant_id, quota.metric, quota.quota_limit, quota.usage from tenant_quotas quota
        where quota.tenant_id = $1 order by quota.metric";
    let rows: Vec<TenantQuota> = request.reader().await?.all(QUOTAS, Binds::new()).await?;
    let mut of_tenant: HashMap<TenantId, Vec<Arc<TenantQuota>>> = HashMap::new();
    for row in rows {
        of_tenant.entry(row.tenant).or_default().push(Arc::new(row));
    }
    Ok(tenants.iter().map(|tenant| of_tenant.get(tenant).cloned().unwrap_or_default()).collect())
}

/// Keeps everybody from taking a unit until the transaction ends, after those who are about to have ended.
pub(super) async fn close(writer: &Writer) -> Result<(), Error> {
    const CLOSE: &str = "select tenant.index_id from tenants tenant where tenant.id = $1 for update";
    writer.transaction.one::<i64>(CLOSE, vec![writer.presence()?.tenant.uuid().into()]).await?;
    Ok(())
}

/// What there was of a quota before it is set.
pub(super) async fn limit(writer: &Writer, metric: QuotaMetric) -> Result<Option<i64>, Error> {
    const LIMIT: &str = "select quota.quota_limit from tenant_quotas quota where quota.tenant_id = $1 and quota.metric = $2";
    writer.transaction.one(LIMIT, vec![writer.presence()?.tenant.uuid().into(), metric.as_str().into()]).await
}

/// Sets the limit of a quota; one that there was not yet begins with what there is. Nobody takes a unit meanwhile.
pub(super) async fn set(writer: &Writer, metric: QuotaMetric, limit: i64) -> Result<Option<TenantQuota>, Error> {
    let counted = match metric {
        QuotaMetric::Organizations => {
            "select count(*) from organizations thing where thing.tenant_id = $1 and thing.deleted_at is null"
        }
        QuotaMetric::Members => {
            "select count(*) from tenant_memberships thing where thing.tenant_id = $1 and thing.deleted_at is null"
        }
        QuotaMetric::ApiKeys => {
            "select count(*) from api_keys thing where thing.tenant_id = $1 and thing.deleted_at is null
                and thing.revoked_at is null and thing.replaced_by_id is null"
        }
        // Of these there are none yet.
        QuotaMetric::WebhookEndpoints | QuotaMetric::StorageBytes => "select 0::bigint",
    };
    let sql = format!(
        "insert into tenant_quotas as quota (tenant_id, metric, quota_limit, usage) values ($1, $2, $3, ({counted}))
        on conflict (tenant_id, metric) do update set quota_limit = excluded.quota_limit
        returning quota.tenant_id, quota.metric, quota.quota_limit, quota.usage"
    );
    let values = vec![writer.presence()?.tenant.uuid().into(), metric.as_str().into(), limit.into()];
    writer.transaction.one(sql, values).await
}
