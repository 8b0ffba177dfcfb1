//! The mutation `requestPasswordReset`.

use std::sync::Arc;

use crate::error::Error;
use crate::graph::{Fields, InputArgument, InputObject, Mutation, ObjectType};
use crate::mail::Message;
use crate::people::address::{OneTimeToken, Purpose, normal};
use crate::people::event::Happened;
use crate::people::payload::{Plain, PlainMutation, as_long_for_everybody};
use crate::request::Request;

#[derive(Clone, Default)]
struct RequestPasswordResetInput {
    email: String,
    client_mutation_id: Option<String>,
}

impl InputObject for RequestPasswordResetInput {
    const NAME: &'static str = "RequestPasswordResetInput";
    const DESCRIPTION: &'static str = "Whose password is to be chosen anew.";

    fn fields() -> Fields<Self> {
        Fields::default().field("email", "The address of the account.", |into: &mut Self, email| into.email = email).field(
            "clientMutationId",
            "Comes back in the payload.",
            |into, id| into.client_mutation_id = id,
        )
    }
}

struct RequestPasswordReset;

impl PlainMutation for RequestPasswordReset {
    const PAYLOAD: &'static str = "RequestPasswordResetPayload";
    const DESCRIPTION: &'static str = "What came of `requestPasswordReset`: the same whether the address has an account or not.";
}

/// Adds `requestPasswordReset`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "requestPasswordReset",
        "Sends a mail with a link to choose a new password, where the address has an account: it holds for an hour, and once. The answer \
         does not tell. Nobody has to be signed in for it.",
        request_password_reset,
    )
}

async fn request_password_reset(
    request: Request,
    arguments: Arc<InputArgument<RequestPasswordResetInput>>,
) -> Result<Option<Arc<Plain<RequestPasswordReset>>>, Error> {
    let InputArgument(input) = &*arguments;
    as_long_for_everybody(send(&request, &normal(&input.email))).await?;
    Ok(Some(Plain::new(Vec::new(), input.client_mutation_id.as_ref())))
}

async fn send(request: &Request, address: &str) -> Result<(), Error> {
    request.services().mail.require()?;
    let stranger = request.stranger().await?;
    if let Some(OneTimeToken { user, name, token }) = OneTimeToken::issue(&stranger, address, Purpose::PasswordReset).await? {
        request.services().mail.queue(&stranger.transaction, address, &Message::ResetPassword { name, token }).await?;
        Happened::PasswordResetRequested.to(user, &stranger.transaction, request).await?;
    }
    stranger.commit().await
}
