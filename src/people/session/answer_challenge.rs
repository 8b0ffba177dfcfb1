//! The mutation `answerSignInChallenge`.

use std::sync::Arc;

use serde_json::json;

use super::opened::{Begun, OpenedSession};
use crate::error::Error;
use crate::graph::{Fields, InputArgument, InputObject, Mutation, Object, ObjectType};
use crate::people::event::Happened;
use crate::people::second_factor::{AnswerTo, Proof, SignInChallenge};
use crate::request::Request;
use crate::user_error::{UserError, UserErrorCode};

#[derive(Clone, Default)]
struct AnswerSignInChallengeInput {
    challenge: String,
    proof: Proof,
    client_mutation_id: Option<String>,
}

impl InputObject for AnswerSignInChallengeInput {
    const NAME: &'static str = "AnswerSignInChallengeInput";
    const DESCRIPTION: &'static str = "The question that `signIn` gave, and the code of your second factor.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("challenge", "The token of the question.", |into: &mut Self, token| into.challenge = token)
            .embed(Proof::fields(), |into| &mut into.proof)
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

struct AnswerSignInChallengePayload {
    session: Option<Arc<OpenedSession>>,
    user_errors: Vec<Arc<UserError>>,
    client_mutation_id: Option<String>,
}

impl Object for AnswerSignInChallengePayload {
    fn name() -> &'static str {
        "AnswerSignInChallengePayload"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("What came of `answerSignInChallenge`.")
            .inline_one("session", "Your new session; null where there are user errors.", |payload: &Self| payload.session.clone())
            .inline_many("userErrors", "What you can mend.", |payload| payload.user_errors.clone())
            .field("clientMutationId", "As it was sent.", |payload| &payload.client_mutation_id)
    }
}

/// Adds `answerSignInChallenge`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "answerSignInChallenge",
        "Begins a session with the second factor that `signIn` asked for. Nobody has to be signed in for it.",
        answer,
    )
}

async fn answer(
    request: Request,
    arguments: Arc<InputArgument<AnswerSignInChallengeInput>>,
) -> Result<Option<Arc<AnswerSignInChallengePayload>>, Error> {
    let InputArgument(input) = &*arguments;
    let stranger = request.stranger().await?;
    let (mut session, mut locked_out) = (None, None);
    let mut user_errors = Vec::new();
    let ended =
        || UserError::at(&["challenge"], UserErrorCode::Invalid, "the question does not hold any more: begin with `signIn` again");
    match SignInChallenge::attempt(&stranger, &input.challenge).await? {
        None => user_errors.push(ended()),
        Some(user) => match input.proof.check(&request, &stranger.transaction, user, stranger.now).await? {
            AnswerTo::Right => {
                SignInChallenge::answered(&stranger, &input.challenge).await?;
                match OpenedSession::begin(&stranger, user).await? {
                    Begun::Session(begun) => session = Some(begun),
                    Begun::LockedOut(denial) => locked_out = Some(denial),
                    Begun::Ended => user_errors.push(ended()),
                }
            }
            AnswerTo::Wrong => {
                Happened::SignInFailed.with(json!({ "reason": "second_factor" }), user, &stranger.transaction, &request).await?;
                user_errors.push(UserError::at(
                    &["code"],
                    UserErrorCode::WrongCredentials,
                    "this code does not hold, or was used before",
                ));
            }
        },
    }
    stranger.commit().await?;
    if let Some(denial) = locked_out {
        return Err(denial.into());
    }
    let client_mutation_id = input.client_mutation_id.clone();
    Ok(Some(Arc::new(AnswerSignInChallengePayload { session: session.map(Arc::new), user_errors, client_mutation_id })))
}
