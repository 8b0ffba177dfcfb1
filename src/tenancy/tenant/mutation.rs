//! Root fields that change which tenant a session is in.

use std::sync::Arc;

use entity::id::TenantId;
use serde_json::json;

use super::{changing, store};
use crate::audit::Record;
use crate::error::Error;
use crate::graph::{Arguments, Fields, Id, InputObject, InputOf, Mutation, Object, ObjectType};
use crate::people::user::Viewer;
use crate::request::Request;
use crate::tenancy::domain::assign;
use crate::user_error::{UserError, UserErrorCode};

#[derive(Clone, Default)]
struct SwitchTenantInput {
    tenant: Option<TenantId>,
    client_mutation_id: Option<String>,
}

impl InputObject for SwitchTenantInput {
    const NAME: &'static str = "SwitchTenantInput";
    const DESCRIPTION: &'static str = "Which tenant to enter.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("tenantId", "The tenant to enter: one that you belong to.", |into: &mut Self, Id(id)| into.tenant = Some(id))
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

#[derive(Clone, Default)]
struct SwitchTenant(SwitchTenantInput);

impl Arguments for SwitchTenant {
    fn fields() -> Fields<Self> {
        Fields::default().field("input", "Which tenant to enter.", |into: &mut Self, InputOf(input)| into.0 = input)
    }
}

struct SwitchTenantPayload {
    viewer: Option<Arc<Viewer>>,
    user_errors: Vec<Arc<UserError>>,
    client_mutation_id: Option<String>,
}

impl Object for SwitchTenantPayload {
    fn name() -> &'static str {
        "SwitchTenantPayload"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("What came of `switchTenant`.")
            .inline_one("viewer", "You, in the new tenant; null where there are user errors.", |payload: &Self| {
                payload.viewer.clone()
            })
            .inline_many("userErrors", "What you can mend.", |payload| payload.user_errors.clone())
            .field("clientMutationId", "As it was sent.", |payload| &payload.client_mutation_id)
    }
}

/// Adds `switchTenant`, and the mutations that change tenants.
#[must_use]
pub fn mutations(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    changing::mutations(mutation).root(
        "switchTenant",
        "Enters another tenant that you belong to: from the next request on, your session is there.",
        switch_tenant,
    )
}

async fn switch_tenant(request: Request, arguments: Arc<SwitchTenant>) -> Result<Option<Arc<SwitchTenantPayload>>, Error> {
    let input = &arguments.0;
    let Some(tenant) = input.tenant else { return Err(Error::bad_input("`input.tenantId` is required")) };
    let writer = request.personal_writer().await?;
    // A key stays in the tenant that it was made in.
    let session = writer.caller.require_session()?;
    let entered = store::enter(&writer, session, tenant).await?;
    let mut payload =
        SwitchTenantPayload { viewer: None, user_errors: Vec::new(), client_mutation_id: input.client_mutation_id.clone() };
    if entered {
        // The tenant that was left is none of the entered one's business.
        let record = Record::of("session.switch_tenant", session).after(json!({ "tenantId": tenant }));
        writer.audit_in(tenant, record).await?;
        let user = writer.caller.user;
        writer.commit().await?;
        assign(&request, user, tenant).await;
        payload.viewer = Some(Arc::new(Viewer::new(&request.reader().await?.caller)));
    } else {
        let message = "there is no such tenant, or you do not belong to it";
        payload.user_errors.push(UserError::at(&["tenantId"], UserErrorCode::NotFound, message));
    }
    Ok(Some(Arc::new(payload)))
}
