//! Root fields that change which tenant a session is in.

use std::sync::Arc;

use entity::id::TenantId;
use serde_json::json;

use super::store::{self, Entry};
use crate::audit::Record;
use crate::error::Error;
use crate::graph::{Arguments, Fields, Id, InputObject, InputOf, Mutation, Object, ObjectType};
use crate::people::user::Viewer;
use crate::request::Request;
use crate::user_error::{UserError, UserErrorCode, checked_reason};

#[derive(Clone, Default)]
struct SwitchTenantInput {
    tenant: Option<TenantId>,
    reason: Option<String>,
    client_mutation_id: Option<String>,
}

impl InputObject for SwitchTenantInput {
    const NAME: &'static str = "SwitchTenantInput";
    const DESCRIPTION: &'static str = "Which tenant to enter.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("tenantId", "The tenant to enter: one that you belong to; the platform's staff may enter any.", |into: &mut Self, Id(id)| into.tenant = Some(id))
            .field(
                "reason",
                "Why, where you are one of the platform's staff and do not belong to the tenant: it stands in the tenant's audit log. \
                 Members need none.",
                |into, reason| into.reason = reason,
            )
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

/// Adds `switchTenant`.
#[must_use]
pub fn mutations(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "switchTenant",
        "Enters another tenant that you belong to: from the next request on, your session is there. The platform's staff may enter any tenant, \
         and say why where they do not belong to it.",
        switch_tenant,
    )
}

async fn switch_tenant(request: Request, arguments: Arc<SwitchTenant>) -> Result<Option<Arc<SwitchTenantPayload>>, Error> {
    let input = &arguments.0;
    let Some(tenant) = input.tenant else { return Err(Error::bad_input("`input.tenantId` is required")) };
    let writer = request.writer().await?;
    // A key stays in the tenant that it was made in.
    let session = writer.caller.require_session()?;
    let entry = store::enter(&writer, session, tenant).await?;
    let mut payload =
        SwitchTenantPayload { viewer: None, user_errors: Vec::new(), client_mutation_id: input.client_mutation_id.clone() };
    let reason = match (entry, &input.reason) {
        (Entry::Refused, _) => {
            let message = "there is no such tenant, or you do not belong to it";
            payload.user_errors.push(UserError::at(&["tenantId"], UserErrorCode::NotFound, message));
            None
        }
        (Entry::Member, None) => None,
        // Whoever only visits says why, before anything is seen.
        (Entry::Member | Entry::Visitor, reason) => {
            let checked = checked_reason(reason.as_deref().unwrap_or_default());
            checked.map_err(|error| payload.user_errors.push(error)).ok()
        }
    };
    if payload.user_errors.is_empty() {
        // The tenant that was left is none of the entered one's business.
        let record = Record::of("session.switch_tenant", session).after(json!({ "tenantId": tenant, "reason": reason }));
        writer.audit_in(tenant, record).await?;
        writer.commit().await?;
        payload.viewer = Some(Arc::new(Viewer::new(&request.reader().await?.caller)));
    }
    Ok(Some(Arc::new(payload)))
}
