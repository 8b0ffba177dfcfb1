//! The mutation `changePassword`.

use std::sync::Arc;

use super::{Attempt, complaint, store};
use crate::error::Error;
use crate::graph::{Fields, InputArgument, InputObject, Mutation, ObjectType};
use crate::mail::Message;
use crate::people::event::Happened;
use crate::people::payload::{Plain, PlainMutation};
use crate::people::session::end_other_sessions;
use crate::request::Request;
use crate::user_error::{UserError, UserErrorCode};

#[derive(Clone, Default)]
struct ChangePasswordInput {
    current: String,
    new: String,
    client_mutation_id: Option<String>,
}

impl InputObject for ChangePasswordInput {
    const NAME: &'static str = "ChangePasswordInput";
    const DESCRIPTION: &'static str = "The password that you have, and the one that you want.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("currentPassword", "The password that you have.", |into: &mut Self, password| into.current = password)
            .field(
                "newPassword",
                "The password that you want: 8 to 128 characters, none that everybody tries first.",
                |into, password| {
                    into.new = password;
                },
            )
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

struct ChangePassword;

impl PlainMutation for ChangePassword {
    const PAYLOAD: &'static str = "ChangePasswordPayload";
    const DESCRIPTION: &'static str = "What came of `changePassword`.";
}

/// Adds `changePassword`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "changePassword",
        "Changes your password, and ends all your sessions but the one that asks. Where you sign in by an identity provider, you have \
         none: `requestPasswordReset` gives you one.",
        change_password,
    )
}

async fn change_password(
    request: Request,
    arguments: Arc<InputArgument<ChangePasswordInput>>,
) -> Result<Option<Arc<Plain<ChangePassword>>>, Error> {
    let InputArgument(input) = &*arguments;
    let caller = request.reader().await?.caller.clone();
    let (user, session) = (caller.require_person()?, caller.require_session()?);
    let refused = |error| Ok(Some(Plain::new(vec![error], input.client_mutation_id.as_ref())));
    if let Some(complaint) = complaint("newPassword", &input.new, None) {
        return refused(complaint);
    }
    let attempt = Attempt::of_user(&request, user).await?;
    let wrong = || {
        UserError::at(
            &["currentPassword"],
            UserErrorCode::WrongCredentials,
            "this is not your password, or there were too many attempts",
        )
    };
    let (Some(_), Some(previous)) = (attempt.prove(&request, &input.current).await?, &attempt.hash) else {
        return refused(wrong());
    };
    let hash = request.services().passwords.hash(input.new.clone()).await?;
    let writer = request.personal_writer().await?;
    // What was proven may have been changed in the meantime.
    if !store::change(&writer, previous, &hash).await? {
        return refused(wrong());
    }
    end_other_sessions(&writer, session).await?;
    Happened::PasswordChanged.to(user, &writer.transaction, &request).await?;
    if let Some(person) = store::caller(&writer).await?
        && request.services().keys.is_some()
    {
        let message = Message::PasswordChanged { name: person.name };
        request.services().mail.queue(&writer.transaction, &person.email, &message).await?;
    }
    writer.commit().await?;
    Ok(Some(Plain::new(Vec::new(), input.client_mutation_id.as_ref())))
}
