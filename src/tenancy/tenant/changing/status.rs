//! The mutation `setTenantStatus`.

use std::sync::Arc;

use entity::id::TenantId;
use entity::tenant::TenantStatus;
use migration::catalog::Permission;
use serde_json::json;

use super::payload::{TenantMutation, TenantPayload};
use super::platform::require_platform;
use super::store;
use crate::audit::Record;
use crate::error::Error;
use crate::graph::{Enumeration, Fields, Id, InputArgument, InputObject, Mutation, ObjectType};
use crate::request::Request;
use crate::user_error::{UserError, UserErrorCode, checked_reason};

#[derive(Clone, Default)]
struct SetTenantStatusInput {
    tenant: Option<TenantId>,
    status: Option<TenantStatus>,
    reason: String,
    client_mutation_id: Option<String>,
}

impl InputObject for SetTenantStatusInput {
    const NAME: &'static str = "SetTenantStatusInput";
    const DESCRIPTION: &'static str = "Where a tenant stands from now on, and why.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("tenantId", "The tenant: the one that you are in.", |into: &mut Self, Id(id)| into.tenant = Some(id))
            .field("status", "Where it stands from now on.", |into, status| into.status = Some(status))
            .field("reason", "Why; it stands in the audit log of the tenant.", |into, reason| into.reason = reason)
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

#[derive(Default)]
struct SetTenantStatus;

impl TenantMutation for SetTenantStatus {
    const PAYLOAD: &'static str = "SetTenantStatusPayload";
    const DESCRIPTION: &'static str = "What came of `setTenantStatus`.";
}

/// Adds `setTenantStatus`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation
        .root(
            "setTenantStatus",
            "Changes where a tenant stands; what that permits holds from the next request on. A trial becomes a customer, either is suspended and \
             comes back, all of them can churn, and who has churned can be won back as a customer. For the platform's staff, who need the \
             permission `tenant.update` by a role of the platform, and say why.",
            set_tenant_status,
        )
        .asks(Permission::TenantUpdate)
}

/// The steps that there are. Who has been a customer is never on trial again, unless it was suspended on trial.
const fn leads(from: TenantStatus, to: TenantStatus) -> bool {
    use TenantStatus::{Active, Churned, Suspended, Trial};
    match (from, to) {
        (Trial, Active | Suspended | Churned)
        | (Active, Suspended | Churned)
        | (Suspended, Trial | Active | Churned)
        | (Churned, Active) => true,
        (Trial, Trial) | (Active, Trial | Active) | (Suspended, Suspended) | (Churned, Trial | Suspended | Churned) => false,
    }
}

async fn set_tenant_status(
    request: Request,
    arguments: Arc<InputArgument<SetTenantStatusInput>>,
) -> Result<Option<Arc<TenantPayload<SetTenantStatus>>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some((tenant, status)) = input.tenant.zip(input.status) else {
        return Err(Error::bad_input("`input.tenantId` and `input.status` are required"));
    };
    // It changes what everybody may do there.
    let writer = request.access_writer().await?;
    require_platform(&writer, tenant)?;
    let mut user_errors = Vec::new();
    let reason = checked_reason(&input.reason).map_err(|error| user_errors.push(error)).ok();
    let (before, _) = store::entitled(&writer).await?;
    if before == status {
        user_errors.push(UserError::at(&["status"], UserErrorCode::AlreadyDone, "the tenant stands so already"));
    } else if !leads(before, status) {
        let message = format!("no step leads from {} to {}", before.graphql_name(), status.graphql_name());
        user_errors.push(UserError::at(&["status"], UserErrorCode::Invalid, message));
    }
    if user_errors.is_empty() {
        store::set_status(&writer, status).await?;
        let record = Record::of("tenant.set_status", tenant)
            .before(json!({ "status": before.as_str() }))
            .after(json!({ "status": status.as_str(), "reason": reason }));
        writer.audit(record).await?;
        writer.commit().await?;
    }
    let written = if user_errors.is_empty() { Ok(tenant) } else { Err(user_errors) };
    TenantPayload::of(request, written, input.client_mutation_id.as_ref()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_a_customer_is_never_on_trial_again() {
        let all = [TenantStatus::Trial, TenantStatus::Active, TenantStatus::Suspended, TenantStatus::Churned];
        let steps: Vec<_> =
            all.iter().flat_map(|from| all.iter().filter(|to| leads(*from, **to)).map(move |to| (*from, *to))).collect();
        assert_eq!(steps.len(), 9);
        assert!(!leads(TenantStatus::Active, TenantStatus::Trial) && !leads(TenantStatus::Churned, TenantStatus::Trial));
        assert!(all.iter().all(|status| !leads(*status, *status)));
    }
}
