//! The mutation `signIn`.

use std::sync::Arc;

use serde_json::json;

use super::opened::{Begun, OpenedSession};
use crate::error::Error;
use crate::graph::{Fields, InputArgument, InputObject, Mutation, Object, ObjectType};
use crate::people::address::normal;
use crate::people::event::Happened;
use crate::people::password::Attempt;
use crate::people::second_factor::SignInChallenge;
use crate::request::Request;
use crate::user_error::{UserError, UserErrorCode};

#[derive(Clone, Default)]
struct SignInInput {
    email: String,
    password: String,
    client_mutation_id: Option<String>,
}

impl InputObject for SignInInput {
    const NAME: &'static str = "SignInInput";
    const DESCRIPTION: &'static str = "Who you are, and what proves it.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("email", "Your e-mail address, in whichever case.", |into: &mut Self, email| into.email = email)
            .field("password", "Your password.", |into, password| into.password = password)
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

struct SignInPayload {
    session: Option<Arc<OpenedSession>>,
    challenge: Option<Arc<SignInChallenge>>,
    user_errors: Vec<Arc<UserError>>,
    client_mutation_id: Option<String>,
}

impl Object for SignInPayload {
    fn name() -> &'static str {
        "SignInPayload"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("What came of `signIn`.")
            .inline_one(
                "session",
                "Your new session, in the tenant where you are at home; null where you have not signed in.",
                |payload: &Self| payload.session.clone(),
            )
            .inline_one(
                "challenge",
                "Where you have a second factor: what `answerSignInChallenge` takes beside its code. Then there is no session yet.",
                |payload| payload.challenge.clone(),
            )
            .inline_many("userErrors", "What you can mend.", |payload| payload.user_errors.clone())
            .field("clientMutationId", "As it was sent.", |payload| &payload.client_mutation_id)
    }
}

/// Adds `signIn`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "signIn",
        "Begins a session. Nobody has to be signed in for it. Whether an address is known, whether it has been verified, and whether \
         signing in is locked after too many attempts, the answer does not tell. Whoever has proven who they are, and would find nothing but \
         organizations that are locked for their bills, gets `BILLING_LOCKED` with the name of the owner, who can pay.",
        sign_in,
    )
}

/// One answer for whatever is wrong: another would tell who has an account.
fn refused() -> Arc<UserError> {
    UserError::general(
        UserErrorCode::WrongCredentials,
        "the address or the password is wrong, the address has not been verified yet, or there were too many attempts: try again later",
    )
}

async fn sign_in(request: Request, arguments: Arc<InputArgument<SignInInput>>) -> Result<Option<Arc<SignInPayload>>, Error> {
    let InputArgument(input) = &*arguments;
    let attempt = Attempt::of_address(&request, &normal(&input.email)).await?;
    let proven = attempt.prove_and_rehash(&request, &input.password).await?;
    let stranger = request.stranger().await?;
    let (mut session, mut challenge, mut locked_out) = (None, None, None);
    match proven {
        Some(user) if attempt.two_factor => challenge = Some(Arc::new(SignInChallenge::ask(&stranger, user).await?)),
        Some(user) => match OpenedSession::begin(&stranger, user).await? {
            Begun::Session(begun) => session = Some(Arc::new(begun)),
            Begun::LockedOut(denial) => locked_out = Some(denial),
            Begun::Ended => {}
        },
        None => {}
    }
    let is_refused = session.is_none() && challenge.is_none() && locked_out.is_none();
    if is_refused {
        let reason = if attempt.admitted { "password" } else { "not_admitted" };
        Happened::SignInFailed.with(json!({ "reason": reason }), attempt.user, &stranger.transaction, &request).await?;
    }
    stranger.commit().await?;
    if let Some(denial) = locked_out {
        return Err(denial.into());
    }
    let user_errors = if is_refused { vec![refused()] } else { Vec::new() };
    Ok(Some(Arc::new(SignInPayload { session, challenge, user_errors, client_mutation_id: input.client_mutation_id.clone() })))
}
