//! The mutation `inviteMember`.

use std::sync::Arc;

use entity::id::OrganizationId;
use migration::catalog::Permission;

use super::issue::{Call, Guest, issue};
use super::offer::Terms;
use super::payload::{InvitationMutation, InvitationPayload};
use crate::error::Error;
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, ObjectType};
use crate::idempotency;
use crate::request::Request;

const OPERATION: &str = "inviteMember";

#[derive(Clone, Default)]
struct InviteMemberInput {
    organization: Option<OrganizationId>,
    email: String,
    terms: Terms,
    idempotency_key: Option<String>,
    client_mutation_id: Option<String>,
}

impl InputObject for InviteMemberInput {
    const NAME: &'static str = "InviteMemberInput";
    const DESCRIPTION: &'static str = "Who is asked to join which organization, and as what.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("organizationId", "The organization.", |into: &mut Self, Id(id)| into.organization = Some(id))
            .field("email", "The address of the person: it must be proven to be theirs when they accept.", |into, email| {
                into.email = email;
            })
            .field("role", "As what they would join: any but `OWNER`.", |into, role| into.terms.set_role(Some(role)))
            .embed(Terms::fields(), |into| &mut into.terms)
            .field("idempotencyKey", idempotency::DESCRIPTION, |into, key| into.idempotency_key = key)
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

struct InviteMember;

impl InvitationMutation for InviteMember {
    const PAYLOAD: &'static str = "InviteMemberPayload";
    const DESCRIPTION: &'static str = "What came of `inviteMember`.";
    const SENDS: bool = true;
}

/// Adds `inviteMember`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        OPERATION,
        "Asks somebody to join an organization, for seven days; the invitation holds a seat. Needs the permission `members.invite` there, and \
         everything that the offer gives, held there: when it is made, and again when it is accepted.",
        invite_member,
    )
    .asks(Permission::MembersInvite)
}

async fn invite_member(
    request: Request,
    arguments: Arc<InputArgument<InviteMemberInput>>,
) -> Result<Option<Arc<InvitationPayload<InviteMember>>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(organization) = input.organization else { return Err(Error::bad_input("`input.organizationId` is required")) };
    let guest = Guest { email: &input.email, terms: &input.terms, place: Vec::new() };
    let call = Call { operation: OPERATION, organization, guests: vec![guest], idempotency_key: input.idempotency_key.as_deref() };
    let issued = issue(&request, &call).await?;
    match issued.invitations.into_iter().next() {
        Some((id, token)) => InvitationPayload::of(request, id, token, input.client_mutation_id.clone()).await,
        None => Ok(Some(InvitationPayload::refused(issued.user_errors, input.client_mutation_id.clone()))),
    }
}
