//! The mutations `verifyEmail` and `resendVerification`.

use std::sync::Arc;

use super::{OneTimeToken, Purpose, normal, store};
use crate::database::TokenHash;
use crate::error::Error;
use crate::graph::{Fields, InputArgument, InputObject, Mutation, ObjectType};
use crate::mail::Message;
use crate::people::event::Happened;
use crate::people::payload::{Plain, PlainMutation, as_long_for_everybody};
use crate::request::Request;
use crate::tenancy::domain::assign_everywhere;
use crate::user_error::{UserError, UserErrorCode};

#[derive(Clone, Default)]
struct VerifyEmailInput {
    token: String,
    client_mutation_id: Option<String>,
}

impl InputObject for VerifyEmailInput {
    const NAME: &'static str = "VerifyEmailInput";
    const DESCRIPTION: &'static str = "What the mail brought.";

    fn fields() -> Fields<Self> {
        Fields::default().field("token", "The token of the link in the mail.", |into: &mut Self, token| into.token = token).field(
            "clientMutationId",
            "Comes back in the payload.",
            |into, id| into.client_mutation_id = id,
        )
    }
}

struct VerifyEmail;

impl PlainMutation for VerifyEmail {
    const PAYLOAD: &'static str = "VerifyEmailPayload";
    const DESCRIPTION: &'static str = "What came of `verifyEmail`. Sign in next.";
}

#[derive(Clone, Default)]
struct ResendVerificationInput {
    email: String,
    client_mutation_id: Option<String>,
}

impl InputObject for ResendVerificationInput {
    const NAME: &'static str = "ResendVerificationInput";
    const DESCRIPTION: &'static str = "Which address is to be proven.";

    fn fields() -> Fields<Self> {
        Fields::default().field("email", "The address that you signed up with.", |into: &mut Self, email| into.email = email).field(
            "clientMutationId",
            "Comes back in the payload.",
            |into, id| into.client_mutation_id = id,
        )
    }
}

struct ResendVerification;

impl PlainMutation for ResendVerification {
    const PAYLOAD: &'static str = "ResendVerificationPayload";
    const DESCRIPTION: &'static str = "What came of `resendVerification`: the same whether the address has an account or not.";
}

/// Adds them.
#[must_use]
pub fn mutations(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation
        .root(
            "verifyEmail",
            "Proves an address with the token of the mail that it was sent. From then on its person can sign in. Nobody has to be signed in for it.",
            verify_email,
        )
        .root(
            "resendVerification",
            "Sends the mail that proves an address once more, where it has an account and was not proven yet: the link holds for 24 hours. \
             The answer does not tell. Nobody has to be signed in for it.",
            resend_verification,
        )
}

async fn verify_email(
    request: Request,
    arguments: Arc<InputArgument<VerifyEmailInput>>,
) -> Result<Option<Arc<Plain<VerifyEmail>>>, Error> {
    let InputArgument(input) = &*arguments;
    let stranger = request.stranger().await?;
    let mut user_errors = Vec::new();
    match store::verify(&stranger, &TokenHash::of(&input.token)).await? {
        Some(user) => {
            Happened::AddressVerified.to(user, &stranger.transaction, &request).await?;
            stranger.commit().await?;
            assign_everywhere(&request, user).await;
        }
        None => {
            let message = "the link does not hold any more, or was used: ask for a new one (`resendVerification`)";
            user_errors.push(UserError::at(&["token"], UserErrorCode::Invalid, message));
        }
    }
    Ok(Some(Plain::new(user_errors, input.client_mutation_id.as_ref())))
}

async fn resend_verification(
    request: Request,
    arguments: Arc<InputArgument<ResendVerificationInput>>,
) -> Result<Option<Arc<Plain<ResendVerification>>>, Error> {
    let InputArgument(input) = &*arguments;
    as_long_for_everybody(resend(&request, &normal(&input.email))).await?;
    Ok(Some(Plain::new(Vec::new(), input.client_mutation_id.as_ref())))
}

async fn resend(request: &Request, address: &str) -> Result<(), Error> {
    request.services().mail.require()?;
    let stranger = request.stranger().await?;
    if let Some(OneTimeToken { user, name, token }) = OneTimeToken::issue(&stranger, address, Purpose::EmailVerification).await? {
        let message = Message::VerifyAddress { name, token };
        if request.services().mail.queue(&stranger.transaction, address, &message).await? {
            Happened::VerificationRequested.to(user, &stranger.transaction, request).await?;
        }
    }
    stranger.commit().await
}
