//! The mutation `setPrimaryTenant`.

use std::sync::Arc;

use entity::id::TenantId;
use serde_json::json;

use super::payload::{TenantMutation, TenantPayload};
use super::store;
use crate::audit::Record;
use crate::error::{Code, Error};
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, ObjectType};
use crate::request::Request;
use crate::tenancy::tenant::store::go;
use crate::user_error::{UserError, UserErrorCode};

#[derive(Clone, Default)]
struct SetPrimaryTenantInput {
    tenant: Option<TenantId>,
    client_mutation_id: Option<String>,
}

impl InputObject for SetPrimaryTenantInput {
    const NAME: &'static str = "SetPrimaryTenantInput";
    const DESCRIPTION: &'static str = "Where signing in goes.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("tenantId", "The tenant: one in which you are an active member.", |into: &mut Self, Id(id)| {
                into.tenant = Some(id);
            })
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

#[derive(Default)]
struct SetPrimaryTenant;

impl TenantMutation for SetPrimaryTenant {
    const PAYLOAD: &'static str = "SetPrimaryTenantPayload";
    const DESCRIPTION: &'static str = "What came of `setPrimaryTenant`.";
}

/// Adds `setPrimaryTenant`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "setPrimaryTenant",
        "Makes one of your tenants the primary one: the one where signing in goes. The one before is it no longer; your sessions stay where they \
         are. It needs no permission.",
        set_primary_tenant,
    )
}

async fn set_primary_tenant(
    request: Request,
    arguments: Arc<InputArgument<SetPrimaryTenantInput>>,
) -> Result<Option<Arc<TenantPayload<SetPrimaryTenant>>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(tenant) = input.tenant else { return Err(Error::bad_input("`input.tenantId` is required")) };
    let writer = request.personal_writer().await?;
    let user = writer.caller.require_themselves()?;
    if !writer.caller.is_active {
        return Err(Error::client(Code::Forbidden, "your account is not active"));
    }
    let written = match store::set_primary(&writer, tenant).await? {
        None => {
            let message = "there is no such tenant, or you are no active member of it";
            Err(vec![UserError::at(&["tenantId"], UserErrorCode::NotFound, message)])
        }
        Some(previous) if previous == Some(tenant) => {
            writer.roll_back().await?;
            Ok(tenant)
        }
        Some(_) => {
            // The tenant that was primary before is none of this one's business.
            go(&writer, tenant).await?;
            let record = Record::of("user.set_primary_tenant", user).after(json!({ "tenantId": tenant }));
            writer.audit_in(tenant, record).await?;
            writer.commit().await?;
            Ok(tenant)
        }
    };
    TenantPayload::of(request, written, input.client_mutation_id.as_ref()).await
}
