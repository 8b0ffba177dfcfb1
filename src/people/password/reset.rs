//! The mutation `resetPassword`.

use std::sync::Arc;

use super::{complaint, store};
use crate::database::TokenHash;
use crate::error::Error;
use crate::graph::{Fields, InputArgument, InputObject, Mutation, ObjectType};
use crate::mail::Message;
use crate::people::event::Happened;
use crate::people::payload::{Plain, PlainMutation};
use crate::request::Request;
use crate::user_error::{UserError, UserErrorCode};

#[derive(Clone, Default)]
struct ResetPasswordInput {
    token: String,
    password: String,
    client_mutation_id: Option<String>,
}

impl InputObject for ResetPasswordInput {
    const NAME: &'static str = "ResetPasswordInput";
    const DESCRIPTION: &'static str = "The token of the mail, and the new password.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("token", "The token of the link in the mail.", |into: &mut Self, token| into.token = token)
            .field("password", "The new password: 8 to 128 characters, none that everybody tries first.", |into, password| {
                into.password = password;
            })
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

struct ResetPassword;

impl PlainMutation for ResetPassword {
    const PAYLOAD: &'static str = "ResetPasswordPayload";
    const DESCRIPTION: &'static str = "What came of `resetPassword`. Sign in with the new password next.";
}

/// Adds `resetPassword`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "resetPassword",
        "Chooses a new password with the token of the mail of `requestPasswordReset`. It ends all sessions of the account, proves its \
         address, and lifts a lock after too many attempts. A second factor stays. Nobody has to be signed in for it.",
        reset_password,
    )
}

async fn reset_password(
    request: Request,
    arguments: Arc<InputArgument<ResetPasswordInput>>,
) -> Result<Option<Arc<Plain<ResetPassword>>>, Error> {
    let InputArgument(input) = &*arguments;
    let refused = |error| Ok(Some(Plain::new(vec![error], input.client_mutation_id.as_ref())));
    if let Some(complaint) = complaint("password", &input.password, None) {
        return refused(complaint);
    }
    let hash = request.services().passwords.hash(input.password.clone()).await?;
    let stranger = request.stranger().await?;
    let Some(reset) = store::reset(&stranger, &TokenHash::of(&input.token), &hash).await? else {
        return refused(UserError::at(
            &["token"],
            UserErrorCode::Invalid,
            "the link does not hold any more, or was used: ask for a new one",
        ));
    };
    Happened::PasswordReset.to(reset.user, &stranger.transaction, &request).await?;
    if request.services().keys.is_some() {
        let message = Message::PasswordChanged { name: reset.name };
        request.services().mail.queue(&stranger.transaction, &reset.email, &message).await?;
    }
    stranger.commit().await?;
    Ok(Some(Plain::new(Vec::new(), input.client_mutation_id.as_ref())))
}
