//! The mutation `revokeInvitation`.

use std::sync::Arc;

use entity::id::InvitationId;
use entity::invitation::InvitationStatus;
use migration::catalog::Permission;
use serde_json::json;

use super::payload::{InvitationMutation, InvitationPayload};
use super::store;
use super::target::Target;
use crate::audit::Record;
use crate::error::Error;
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, ObjectType};
use crate::request::Request;

#[derive(Clone, Default)]
struct RevokeInvitationInput {
    invitation: Option<InvitationId>,
    client_mutation_id: Option<String>,
}

impl InputObject for RevokeInvitationInput {
    const NAME: &'static str = "RevokeInvitationInput";
    const DESCRIPTION: &'static str = "Which invitation to take back.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("invitationId", "The invitation: one that nobody has answered.", |into: &mut Self, Id(id)| {
                into.invitation = Some(id);
            })
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

struct RevokeInvitation;

impl InvitationMutation for RevokeInvitation {
    const PAYLOAD: &'static str = "RevokeInvitationPayload";
    const DESCRIPTION: &'static str = "What came of `revokeInvitation`.";
    const SENDS: bool = false;
}

/// Adds `revokeInvitation`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation
        .root(
            "revokeInvitation",
            "Takes an invitation back, which frees its seat. Needs the permission `members.invite` in the organization.",
            revoke_invitation,
        )
        .asks(Permission::MembersInvite)
}

async fn revoke_invitation(
    request: Request,
    arguments: Arc<InputArgument<RevokeInvitationInput>>,
) -> Result<Option<Arc<InvitationPayload<RevokeInvitation>>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(id) = input.invitation else { return Err(Error::bad_input("`input.invitationId` is required")) };
    let writer = request.writer().await?;
    let target = Target::open(&writer, id).await?;
    if let Some(answered) = target.answered() {
        return Ok(Some(InvitationPayload::refused(vec![answered], input.client_mutation_id.clone())));
    }
    store::answer(&writer, id, InvitationStatus::Revoked).await?;
    let record = Record::of("invitation.revoke", id)
        .within(target.organization)
        .before(json!({ "status": "pending", "email": target.email }))
        .after(json!({ "status": "revoked" }));
    writer.audit(record).await?;
    writer.commit().await?;
    InvitationPayload::of(request, id, None, input.client_mutation_id.clone()).await
}
