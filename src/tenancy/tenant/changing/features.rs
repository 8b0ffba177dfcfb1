//! The mutation `setTenantFeatures`.

use std::sync::Arc;

use entity::id::TenantId;
use migration::catalog::Permission;
use serde_json::json;

use super::payload::{TenantMutation, TenantPayload};
use super::platform::require_platform;
use super::store;
use super::validate::Validation;
use crate::audit::Record;
use crate::error::Error;
use crate::graph::{Fields, Id, InputArgument, InputObject, Json, Mutation, ObjectType};
use crate::request::Request;
use crate::user_error::{checked_patch, checked_reason};

#[derive(Clone, Default)]
struct SetTenantFeaturesInput {
    tenant: Option<TenantId>,
    features: Json,
    reason: String,
    client_mutation_id: Option<String>,
}

impl InputObject for SetTenantFeaturesInput {
    const NAME: &'static str = "SetTenantFeaturesInput";
    const DESCRIPTION: &'static str = "What is switched on for a tenant from now on, and why.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("tenantId", "The tenant: the one that you are in.", |into: &mut Self, Id(id)| into.tenant = Some(id))
            .field(
                "features",
                "Changes, as a JSON merge patch (RFC 7396): an object of features, each true or false; null takes one away, so that plans \
                 decide again.",
                |into, features| into.features = features,
            )
            .field("reason", "Why; it stands in the audit log of the tenant.", |into, reason| into.reason = reason)
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

#[derive(Default)]
struct SetTenantFeatures;

impl TenantMutation for SetTenantFeatures {
    const PAYLOAD: &'static str = "SetTenantFeaturesPayload";
    const DESCRIPTION: &'static str = "What came of `setTenantFeatures`.";
}

/// Adds `setTenantFeatures`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation
        .root(
            "setTenantFeatures",
            "Switches features on and off for a whole tenant, besides what its plans give. For the platform's staff, who need the permission \
             `tenant.update` by a role of the platform, and say why: features are what a customer is entitled to.",
            set_tenant_features,
        )
        .asks(Permission::TenantUpdate)
}

async fn set_tenant_features(
    request: Request,
    arguments: Arc<InputArgument<SetTenantFeaturesInput>>,
) -> Result<Option<Arc<TenantPayload<SetTenantFeatures>>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(tenant) = input.tenant else { return Err(Error::bad_input("`input.tenantId` is required")) };
    let writer = request.access_writer().await?;
    require_platform(&writer, tenant)?;
    let mut validation = Validation::default();
    let reason = checked_reason(&input.reason).map_err(|error| validation.errors.push(error)).ok();
    let (_, before) = store::entitled(&writer).await?;
    let after = checked_patch("features", &input.features, &before, &mut validation.errors);
    validation.features(&after);
    let written = if validation.errors.is_empty() { Ok(tenant) } else { Err(validation.errors) };
    if after == before {
        // What is read for the payload takes a connection of its own.
        writer.roll_back().await?;
    } else if written.is_ok() {
        store::set_features(&writer, after.clone()).await?;
        let record = Record::of("tenant.set_features", tenant)
            .before(json!({ "features": before }))
            .after(json!({ "features": after, "reason": reason }));
        writer.audit(record).await?;
        writer.commit().await?;
    }
    TenantPayload::of(request, written, input.client_mutation_id.as_ref()).await
}
