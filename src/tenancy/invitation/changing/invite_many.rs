//! The mutation `inviteMembers`: all of them, or none.

use std::collections::HashMap;
use std::sync::Arc;

use entity::id::{InvitationId, OrganizationId};
use migration::catalog::Permission;

use super::super::Invitation;
use super::super::store::written_invitations;
use super::issue::{Call, Guest, issue};
use super::offer::Terms;
use super::payload::TOKEN;
use crate::error::Error;
use crate::graph::{Fields, Id, InputArgument, InputObject, InputOf, Mutation, Object, ObjectType};
use crate::idempotency;
use crate::request::Request;
use crate::user_error::UserError;

const OPERATION: &str = "inviteMembers";

#[derive(Clone, Default)]
struct MemberInvitationInput {
    email: String,
    terms: Terms,
}

impl InputObject for MemberInvitationInput {
    const NAME: &'static str = "MemberInvitationInput";
    const DESCRIPTION: &'static str = "One of the people who are invited.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field(
                "email",
                "The address of the person: it must be proven to be theirs when they accept.",
                |into: &mut Self, email| {
                    into.email = email;
                },
            )
            .field("role", "As what they would join: any but `OWNER`.", |into, role| into.terms.set_role(Some(role)))
            .embed(Terms::fields(), |into| &mut into.terms)
    }
}

#[derive(Clone, Default)]
struct InviteMembersInput {
    organization: Option<OrganizationId>,
    guests: Vec<MemberInvitationInput>,
    idempotency_key: Option<String>,
    client_mutation_id: Option<String>,
}

impl InputObject for InviteMembersInput {
    const NAME: &'static str = "InviteMembersInput";
    const DESCRIPTION: &'static str = "Who is asked to join which organization, and as what.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("organizationId", "The organization.", |into: &mut Self, Id(id)| into.organization = Some(id))
            .field("invitations", "The people: 1 to 100.", |into, guests: Vec<InputOf<_>>| {
                into.guests = guests.into_iter().map(|InputOf(guest)| guest).collect();
            })
            .field("idempotencyKey", idempotency::DESCRIPTION, |into, key| into.idempotency_key = key)
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

struct SentInvitation {
    invitation: Option<Arc<Invitation>>,
    token: Option<String>,
}

impl Object for SentInvitation {
    fn name() -> &'static str {
        "SentInvitation"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("An invitation that was just made.")
            .inline_one("invitation", "The invitation.", |sent: &Self| sent.invitation.clone())
            .field("token", TOKEN, |sent| &sent.token)
    }
}

struct InviteMembersPayload {
    sent: Vec<Arc<SentInvitation>>,
    user_errors: Vec<Arc<UserError>>,
    client_mutation_id: Option<String>,
}

impl Object for InviteMembersPayload {
    fn name() -> &'static str {
        "InviteMembersPayload"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("What came of `inviteMembers`.")
            .inline_many(
                "sent",
                "The invitations, in the order of the input; none where there are user errors.",
                |payload: &Self| payload.sent.clone(),
            )
            .inline_many(
                "userErrors",
                "What you can mend, each with the place in the list. Nobody was invited where there are some.",
                |payload| payload.user_errors.clone(),
            )
            .field("clientMutationId", "As it was sent.", |payload| &payload.client_mutation_id)
    }
}

/// Adds `inviteMembers`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        OPERATION,
        "Asks many people to join an organization: all of them, or, where something is to be mended or the seats do not suffice, none. Needs \
         what `inviteMember` needs.",
        invite_members,
    )
    .asks(Permission::MembersInvite)
}

async fn invite_members(
    request: Request,
    arguments: Arc<InputArgument<InviteMembersInput>>,
) -> Result<Option<Arc<InviteMembersPayload>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(organization) = input.organization else { return Err(Error::bad_input("`input.organizationId` is required")) };
    let place = |place: usize| vec!["invitations".to_owned(), place.to_string()];
    let guests = input.guests.iter().enumerate();
    let guests = guests.map(|(nth, guest)| Guest { email: &guest.email, terms: &guest.terms, place: place(nth) }).collect();
    let call = Call { operation: OPERATION, organization, guests, idempotency_key: input.idempotency_key.as_deref() };
    let issued = issue(&request, &call).await?;
    let ids: Vec<InvitationId> = issued.invitations.iter().map(|(id, _)| *id).collect();
    let mut written = if ids.is_empty() { HashMap::new() } else { written_invitations(request, ids).await? };
    let sent =
        issued.invitations.into_iter().map(|(id, token)| Arc::new(SentInvitation { invitation: written.remove(&id), token }));
    Ok(Some(Arc::new(InviteMembersPayload {
        sent: sent.collect(),
        user_errors: issued.user_errors,
        client_mutation_id: input.client_mutation_id.clone(),
    })))
}
