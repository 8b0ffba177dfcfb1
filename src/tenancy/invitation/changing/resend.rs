//! The mutation `resendInvitation`.

use std::sync::Arc;

use entity::id::InvitationId;
use migration::catalog::Permission;
use serde_json::json;

use super::payload::{InvitationMutation, InvitationPayload};
use super::target::Target;
use super::{LIFETIME, TOKEN_PREFIX, letter, store};
use crate::audit::Record;
use crate::clock;
use crate::database::TokenHash;
use crate::error::Error;
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, ObjectType};
use crate::request::Request;
use crate::tenancy::seats;
use crate::user_error::{UserError, UserErrorCode};

#[derive(Clone, Default)]
struct ResendInvitationInput {
    invitation: Option<InvitationId>,
    client_mutation_id: Option<String>,
}

impl InputObject for ResendInvitationInput {
    const NAME: &'static str = "ResendInvitationInput";
    const DESCRIPTION: &'static str = "Which invitation to send again.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field(
                "invitationId",
                "The invitation: one that waits for an answer, or whose time has passed.",
                |into: &mut Self, Id(id)| {
                    into.invitation = Some(id);
                },
            )
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

struct ResendInvitation;

impl InvitationMutation for ResendInvitation {
    const PAYLOAD: &'static str = "ResendInvitationPayload";
    const DESCRIPTION: &'static str = "What came of `resendInvitation`.";
    const SENDS: bool = true;
}

/// Adds `resendInvitation`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "resendInvitation",
        "Sends an invitation again, with a new token; the old one ends. It has seven days from now on, and you answer for it. One that waits for \
         an answer takes no further seat; one whose time has passed takes its seat again. Needs what `inviteMember` needs.",
        resend_invitation,
    )
    .asks(Permission::MembersInvite)
}

async fn resend_invitation(
    request: Request,
    arguments: Arc<InputArgument<ResendInvitationInput>>,
) -> Result<Option<Arc<InvitationPayload<ResendInvitation>>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(id) = input.invitation else { return Err(Error::bad_input("`input.invitationId` is required")) };
    let writer = request.writer().await?;
    let target = Target::open(&writer, id).await?;
    let refused = |error| Ok(Some(InvitationPayload::refused(vec![error], input.client_mutation_id.clone())));
    if let Some(answered) = target.answered() {
        return refused(answered);
    }
    let sheet = writer.role_sheet().await?;
    if let Some(missing) = target.offer.missing(&writer, &sheet, target.organization, &[]).await?.into_iter().next() {
        return refused(missing);
    }
    target.offer.require_of_caller(&writer, &sheet, target.organization).await?;
    if let Some(there) = store::standings(&writer, target.organization, std::slice::from_ref(&target.email)).await?.first()
        && there.1 != store::Standing::Invited
    {
        let message = "this person is a member of the organization already";
        return refused(UserError::general(UserErrorCode::Taken, message));
    }
    let token = clock::secret(TOKEN_PREFIX);
    let expires_at = writer.now + LIFETIME;
    store::resend(&writer, id, &TokenHash::of(&token), expires_at).await?;
    if target.is_late(writer.now)
        && let Some(full) = seats::settle(&writer, target.organization).await?
    {
        writer.roll_back().await?;
        return refused(full);
    }
    let record = Record::of("invitation.resend", id)
        .within(target.organization)
        .before(json!({ "expiresAt": target.expires_at, "invitedById": target.invited_by }))
        .after(json!({ "expiresAt": expires_at, "invitedById": writer.caller.user }));
    writer.audit(record).await?;
    letter::queue(&writer, target.organization, &[(target.email.as_str(), token.as_str())]).await?;
    writer.commit().await?;
    InvitationPayload::of(request, id, Some(token), input.client_mutation_id.clone()).await
}
