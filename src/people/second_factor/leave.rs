//! The mutations `replaceRecoveryCodes` and `disableSecondFactor`: both take the password and the factor once more.

use std::sync::Arc;

use super::enable::wrong_password;
use super::{AnswerTo, Proof, codes, store};
use crate::error::Error;
use crate::graph::{Fields, InputArgument, InputObject, Mutation, Object, ObjectType};
use crate::mail::Message;
use crate::people::event::Happened;
use crate::people::password::Attempt;
use crate::people::payload::{Plain, PlainMutation};
use crate::request::{Request, Writer};
use crate::user_error::{UserError, UserErrorCode};

/// Who asks, proven twice.
#[derive(Clone, Default)]
struct ProvenTwice {
    password: String,
    proof: Proof,
    client_mutation_id: Option<String>,
}

impl ProvenTwice {
    fn fields() -> Fields<Self> {
        Fields::default()
            .field("password", "Your password, once more.", |into: &mut Self, password| into.password = password)
            .embed(Proof::fields(), |into| &mut into.proof)
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }

    /// A transaction in which both were proven; otherwise what is wrong.
    async fn writer(&self, request: &Request) -> Result<Result<Writer, Arc<UserError>>, Error> {
        let caller = request.reader().await?.caller.clone();
        caller.require_session()?;
        let user = caller.require_person()?;
        if !Attempt::proves_again(request, user, &self.password).await? {
            return Ok(Err(wrong_password()));
        }
        let writer = request.personal_writer().await?;
        Ok(match self.proof.check(request, &writer.transaction, user, writer.now).await? {
            AnswerTo::Right => Ok(writer),
            AnswerTo::Wrong => {
                let message = "this code does not hold, was used before, or you have no second factor";
                Err(UserError::at(&["code"], UserErrorCode::WrongCredentials, message))
            }
        })
    }
}

#[derive(Clone, Default)]
struct ReplaceRecoveryCodesInput(ProvenTwice);

impl InputObject for ReplaceRecoveryCodesInput {
    const NAME: &'static str = "ReplaceRecoveryCodesInput";
    const DESCRIPTION: &'static str = "Who asks for new codes for emergencies.";

    fn fields() -> Fields<Self> {
        Fields::default().embed(ProvenTwice::fields(), |into: &mut Self| &mut into.0)
    }
}

struct ReplaceRecoveryCodesPayload {
    recovery_codes: Vec<String>,
    user_errors: Vec<Arc<UserError>>,
    client_mutation_id: Option<String>,
}

impl Object for ReplaceRecoveryCodesPayload {
    fn name() -> &'static str {
        "ReplaceRecoveryCodesPayload"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("What came of `replaceRecoveryCodes`.")
            .field(
                "recoveryCodes",
                "Your new codes for emergencies: the old ones do not hold any more. They are shown this once; none where there are user errors.",
                |payload: &Self| &payload.recovery_codes,
            )
            .inline_many("userErrors", "What you can mend.", |payload| payload.user_errors.clone())
            .field("clientMutationId", "As it was sent.", |payload| &payload.client_mutation_id)
    }
}

#[derive(Clone, Default)]
struct DisableSecondFactorInput(ProvenTwice);

impl InputObject for DisableSecondFactorInput {
    const NAME: &'static str = "DisableSecondFactorInput";
    const DESCRIPTION: &'static str = "Who wants to sign in with a password alone.";

    fn fields() -> Fields<Self> {
        Fields::default().embed(ProvenTwice::fields(), |into: &mut Self| &mut into.0)
    }
}

struct DisableSecondFactor;

impl PlainMutation for DisableSecondFactor {
    const PAYLOAD: &'static str = "DisableSecondFactorPayload";
    const DESCRIPTION: &'static str = "What came of `disableSecondFactor`.";
}

/// Adds them.
pub(super) fn mutations(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root("replaceRecoveryCodes", "Makes new codes for emergencies in the place of the old ones.", replace).root(
        "disableSecondFactor",
        "From now on, signing in takes your password alone.",
        disable,
    )
}

async fn replace(
    request: Request,
    arguments: Arc<InputArgument<ReplaceRecoveryCodesInput>>,
) -> Result<Option<Arc<ReplaceRecoveryCodesPayload>>, Error> {
    let InputArgument(ReplaceRecoveryCodesInput(input)) = &*arguments;
    let (mut recovery_codes, mut user_errors) = (Vec::new(), Vec::new());
    match input.writer(&request).await? {
        Ok(writer) => {
            let user = writer.caller.user;
            recovery_codes = codes::recovery_codes();
            let hashes: Vec<_> = recovery_codes.iter().map(|code| codes::recovery_hash(code)).collect();
            store::replace_recovery_codes(&writer.transaction, user, &hashes).await?;
            Happened::RecoveryCodesReplaced.to(user, &writer.transaction, &request).await?;
            writer.commit().await?;
        }
        Err(error) => user_errors.push(error),
    }
    let client_mutation_id = input.client_mutation_id.clone();
    Ok(Some(Arc::new(ReplaceRecoveryCodesPayload { recovery_codes, user_errors, client_mutation_id })))
}

async fn disable(
    request: Request,
    arguments: Arc<InputArgument<DisableSecondFactorInput>>,
) -> Result<Option<Arc<Plain<DisableSecondFactor>>>, Error> {
    let InputArgument(DisableSecondFactorInput(input)) = &*arguments;
    let mut user_errors = Vec::new();
    match input.writer(&request).await? {
        Ok(writer) => {
            let user = writer.caller.user;
            store::disable(&writer.transaction, user).await?;
            Happened::SecondFactorDisabled.to(user, &writer.transaction, &request).await?;
            let person = store::person(&writer.transaction, user).await?;
            let message = Message::SecondFactorChanged { name: person.name, enabled: false };
            request.services().mail.queue(&writer.transaction, &person.email, &message).await?;
            writer.commit().await?;
        }
        Err(error) => user_errors.push(error),
    }
    Ok(Some(Plain::new(user_errors, input.client_mutation_id.as_ref())))
}
