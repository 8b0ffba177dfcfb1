//! The mutations `enrolSecondFactor` and `confirmSecondFactor`.

use std::sync::Arc;

use totp_rs::Secret;

use super::proof::keys;
use super::{codes, store};
use crate::error::Error;
use crate::graph::{Fields, InputArgument, InputObject, Mutation, Object, ObjectType};
use crate::mail::Message;
use crate::people::event::Happened;
use crate::people::password::Attempt;
use crate::request::Request;
use crate::user_error::{UserError, UserErrorCode};

#[derive(Clone, Default)]
struct EnrolSecondFactorInput {
    password: String,
    client_mutation_id: Option<String>,
}

impl InputObject for EnrolSecondFactorInput {
    const NAME: &'static str = "EnrolSecondFactorInput";
    const DESCRIPTION: &'static str = "Who asks for a second factor.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("password", "Your password, once more.", |into: &mut Self, password| into.password = password)
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

struct EnrolSecondFactorPayload {
    secret: Option<String>,
    url: Option<String>,
    user_errors: Vec<Arc<UserError>>,
    client_mutation_id: Option<String>,
}

impl Object for EnrolSecondFactorPayload {
    fn name() -> &'static str {
        "EnrolSecondFactorPayload"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("What came of `enrolSecondFactor`. Signing in stays as it is until `confirmSecondFactor`.")
            .field(
                "otpauthUrl",
                "What to show as a QR code to the authenticator app; null where there are user errors.",
                |payload: &Self| &payload.url,
            )
            .field("secret", "The same for typing, in base 32; null where there are user errors.", |payload| &payload.secret)
            .inline_many("userErrors", "What you can mend.", |payload| payload.user_errors.clone())
            .field("clientMutationId", "As it was sent.", |payload| &payload.client_mutation_id)
    }
}

#[derive(Clone, Default)]
struct ConfirmSecondFactorInput {
    code: String,
    client_mutation_id: Option<String>,
}

impl InputObject for ConfirmSecondFactorInput {
    const NAME: &'static str = "ConfirmSecondFactorInput";
    const DESCRIPTION: &'static str = "What shows that the authenticator app has the secret.";

    fn fields() -> Fields<Self> {
        Fields::default().field("code", "The six digits that the app shows.", |into: &mut Self, code| into.code = code).field(
            "clientMutationId",
            "Comes back in the payload.",
            |into, id| into.client_mutation_id = id,
        )
    }
}

struct ConfirmSecondFactorPayload {
    recovery_codes: Vec<String>,
    user_errors: Vec<Arc<UserError>>,
    client_mutation_id: Option<String>,
}

impl Object for ConfirmSecondFactorPayload {
    fn name() -> &'static str {
        "ConfirmSecondFactorPayload"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("What came of `confirmSecondFactor`.")
            .field(
                "recoveryCodes",
                "Your codes for emergencies, to be kept apart from the app: each signs in once without it. They are shown this once; none \
                 where there are user errors.",
                |payload: &Self| &payload.recovery_codes,
            )
            .inline_many("userErrors", "What you can mend.", |payload| payload.user_errors.clone())
            .field("clientMutationId", "As it was sent.", |payload| &payload.client_mutation_id)
    }
}

/// Adds them.
pub(super) fn mutations(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation
        .root(
            "enrolSecondFactor",
            "Makes a secret for your authenticator app. Nothing changes before `confirmSecondFactor`; asking again replaces the secret.",
            enrol,
        )
        .root("confirmSecondFactor", "From now on, signing in with your password takes a code of your authenticator app.", confirm)
}

/// What is said where a password does not prove who asks.
pub(super) fn wrong_password() -> Arc<UserError> {
    UserError::at(&["password"], UserErrorCode::WrongCredentials, "this is not your password, or there were too many attempts")
}

async fn enrol(
    request: Request,
    arguments: Arc<InputArgument<EnrolSecondFactorInput>>,
) -> Result<Option<Arc<EnrolSecondFactorPayload>>, Error> {
    let InputArgument(input) = &*arguments;
    let caller = request.reader().await?.caller.clone();
    caller.require_session()?;
    let user = caller.require_person()?;
    let keys = keys(&request)?;
    let (mut secret, mut url, mut user_errors) = (None, None, Vec::new());
    if Attempt::proves_again(&request, user, &input.password).await? {
        let writer = request.personal_writer().await?;
        let new = codes::new_secret();
        let person = store::person(&writer.transaction, user).await?;
        if store::enrol(&writer.transaction, user, keys.seal(&new, user.uuid().as_bytes())?).await? {
            url = Some(codes::totp(&new, &person.email)?.to_url().map_err(Error::internal)?);
            secret = Some(Secret::from(new).to_base32());
            Happened::SecondFactorEnrolled.to(user, &writer.transaction, &request).await?;
            writer.commit().await?;
        } else {
            let message = "you have a second factor: disable it first (`disableSecondFactor`)";
            user_errors.push(UserError::general(UserErrorCode::AlreadyDone, message));
        }
    } else {
        user_errors.push(wrong_password());
    }
    let client_mutation_id = input.client_mutation_id.clone();
    Ok(Some(Arc::new(EnrolSecondFactorPayload { secret, url, user_errors, client_mutation_id })))
}

async fn confirm(
    request: Request,
    arguments: Arc<InputArgument<ConfirmSecondFactorInput>>,
) -> Result<Option<Arc<ConfirmSecondFactorPayload>>, Error> {
    let InputArgument(input) = &*arguments;
    let writer = request.personal_writer().await?;
    writer.caller.require_session()?;
    let user = writer.caller.require_person()?;
    let (mut recovery_codes, mut user_errors) = (Vec::new(), Vec::new());
    match store::lock(&writer.transaction, user).await? {
        None => user_errors.push(UserError::general(UserErrorCode::NotFound, "begin with `enrolSecondFactor`")),
        Some(factor) if factor.is_confirmed => {
            user_errors.push(UserError::general(UserErrorCode::AlreadyDone, "your second factor has been confirmed before"));
        }
        Some(factor) => {
            let secret = keys(&request)?.open(&factor.secret, user.uuid().as_bytes())?;
            let person = store::person(&writer.transaction, user).await?;
            let step = codes::step(&codes::totp(&secret, &person.email)?, &input.code, writer.now);
            match step {
                Some(step) if store::use_step(&writer.transaction, user, step).await? => {
                    recovery_codes = codes::recovery_codes();
                    let hashes: Vec<_> = recovery_codes.iter().map(|code| codes::recovery_hash(code)).collect();
                    store::confirm(&writer.transaction, user).await?;
                    store::replace_recovery_codes(&writer.transaction, user, &hashes).await?;
                    Happened::SecondFactorEnabled.to(user, &writer.transaction, &request).await?;
                    let message = Message::SecondFactorChanged { name: person.name, enabled: true };
                    request.services().mail.queue(&writer.transaction, &person.email, &message).await?;
                    writer.commit().await?;
                }
                _ => {
                    let message = "this is not the code that the app shows now: is its clock right?";
                    user_errors.push(UserError::at(&["code"], UserErrorCode::WrongCredentials, message));
                }
            }
        }
    }
    let client_mutation_id = input.client_mutation_id.clone();
    Ok(Some(Arc::new(ConfirmSecondFactorPayload { recovery_codes, user_errors, client_mutation_id })))
}
