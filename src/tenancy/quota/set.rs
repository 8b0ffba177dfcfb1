//! The mutation `setTenantQuota`.

use std::sync::Arc;

use entity::id::TenantId;
use entity::tenant_quota::QuotaMetric;
use migration::catalog::Permission;
use serde_json::json;

use super::{TenantQuota, store};
use crate::audit::Record;
use crate::error::Error;
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, Object, ObjectType};
use crate::request::Request;
use crate::tenancy::tenant::require_platform;
use crate::user_error::{UserError, UserErrorCode, checked_reason};

#[derive(Clone, Default)]
struct SetTenantQuotaInput {
    tenant: Option<TenantId>,
    metric: Option<QuotaMetric>,
    limit: i32,
    reason: String,
    client_mutation_id: Option<String>,
}

impl InputObject for SetTenantQuotaInput {
    const NAME: &'static str = "SetTenantQuotaInput";
    const DESCRIPTION: &'static str = "How much of one thing a tenant may have, and why.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("tenantId", "The tenant: the one that you are in.", |into: &mut Self, Id(id)| into.tenant = Some(id))
            .field("metric", "Of what.", |into, metric| into.metric = Some(metric))
            .field("limit", "How much there may be. Where there is more already, it stays, and nothing is added.", |into, limit| {
                into.limit = limit;
            })
            .field("reason", "Why; it stands in the audit log of the tenant.", |into, reason| into.reason = reason)
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

struct SetTenantQuotaPayload {
    quota: Option<Arc<TenantQuota>>,
    user_errors: Vec<Arc<UserError>>,
    client_mutation_id: Option<String>,
}

impl Object for SetTenantQuotaPayload {
    fn name() -> &'static str {
        "SetTenantQuotaPayload"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("What came of `setTenantQuota`.")
            .inline_one("quota", "As it is now; null where there are user errors.", |payload: &Self| payload.quota.clone())
            .inline_many("userErrors", "What you can mend. Nothing was changed where there are some.", |payload| {
                payload.user_errors.clone()
            })
            .field("clientMutationId", "As it was sent.", |payload| &payload.client_mutation_id)
    }
}

/// Adds `setTenantQuota`.
#[must_use]
pub fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation
        .root(
            "setTenantQuota",
            "Sets how much of one thing a tenant may have. For the platform's staff, who need the permission `tenant.update` by a role of the \
             platform, and say why.",
            set_tenant_quota,
        )
        .asks(Permission::TenantUpdate)
}

async fn set_tenant_quota(
    request: Request,
    arguments: Arc<InputArgument<SetTenantQuotaInput>>,
) -> Result<Option<Arc<SetTenantQuotaPayload>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some((tenant, metric)) = input.tenant.zip(input.metric) else {
        return Err(Error::bad_input("`input.tenantId` and `input.metric` are required"));
    };
    let writer = request.writer().await?;
    require_platform(&writer, tenant)?;
    let mut user_errors = Vec::new();
    let reason = checked_reason(&input.reason).map_err(|error| user_errors.push(error)).ok();
    if input.limit < 0 {
        user_errors.push(UserError::at(&["limit"], UserErrorCode::Invalid, "a limit is 0 or more"));
    }
    let mut quota = None;
    if user_errors.is_empty() {
        store::close(&writer).await?;
        let before = store::limit(&writer, metric).await?;
        quota = store::set(&writer, metric, input.limit.into()).await?.map(Arc::new);
        let record = Record::of("tenant.set_quota", tenant)
            .before(json!({ "metric": null, "limit": before }))
            .after(json!({ "metric": metric.as_str(), "limit": input.limit, "reason": reason }));
        writer.audit(record).await?;
        writer.commit().await?;
    }
    Ok(Some(Arc::new(SetTenantQuotaPayload { quota, user_errors, client_mutation_id: input.client_mutation_id.clone() })))
}
