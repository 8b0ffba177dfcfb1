//! The mutation `updateInvitation`.

use std::sync::Arc;

use entity::id::InvitationId;
use migration::catalog::Permission;
use serde_json::json;

use super::offer::Terms;
use super::payload::{InvitationMutation, InvitationPayload};
use super::store;
use super::target::Target;
use crate::audit::Record;
use crate::error::Error;
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, ObjectType};
use crate::request::Request;

#[derive(Clone, Default)]
struct UpdateInvitationInput {
    invitation: Option<InvitationId>,
    terms: Terms,
    client_mutation_id: Option<String>,
}

impl InputObject for UpdateInvitationInput {
    const NAME: &'static str = "UpdateInvitationInput";
    const DESCRIPTION: &'static str = "What to change about an invitation. What is left out stays as it is.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("invitationId", "The invitation: one that nobody has answered.", |into: &mut Self, Id(id)| {
                into.invitation = Some(id);
            })
            .field("role", "As what the person would join: any but `OWNER`.", |into, role| into.terms.set_role(role))
            .embed(Terms::fields(), |into| &mut into.terms)
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

struct UpdateInvitation;

impl InvitationMutation for UpdateInvitation {
    const PAYLOAD: &'static str = "UpdateInvitationPayload";
    const DESCRIPTION: &'static str = "What came of `updateInvitation`.";
    const SENDS: bool = false;
}

/// Adds `updateInvitation`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "updateInvitation",
        "Changes what an invitation offers; you answer for it from now on. It takes no further seat, and has no further time. For another \
         address, take it back and invite anew. Needs what `inviteMember` needs.",
        update_invitation,
    )
    .asks(Permission::MembersInvite)
}

async fn update_invitation(
    request: Request,
    arguments: Arc<InputArgument<UpdateInvitationInput>>,
) -> Result<Option<Arc<InvitationPayload<UpdateInvitation>>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(id) = input.invitation else { return Err(Error::bad_input("`input.invitationId` is required")) };
    let writer = request.writer().await?;
    let target = Target::open(&writer, id).await?;
    let mut errors: Vec<_> = target.answered().into_iter().collect();
    let offer = input.terms.offer(Some(&target.offer), &[], &mut errors);
    let sheet = writer.role_sheet().await?;
    if errors.is_empty() {
        errors = offer.missing(&writer, &sheet, target.organization, &[]).await?;
    }
    if !errors.is_empty() {
        return Ok(Some(InvitationPayload::refused(errors, input.client_mutation_id.clone())));
    }
    offer.require_of_caller(&writer, &sheet, target.organization).await?;
    if offer != target.offer {
        store::update(&writer, id, &offer).await?;
        let said = |offer: serde_json::Value, by| {
            let mut said = offer;
            said["invitedById"] = json!(by);
            said
        };
        let record = Record::of("invitation.update", id)
            .within(target.organization)
            .before(said(target.offer.said(), target.invited_by))
            .after(said(offer.said(), writer.caller.user));
        writer.audit(record).await?;
    }
    writer.commit().await?;
    InvitationPayload::of(request, id, None, input.client_mutation_id.clone()).await
}
