//! The mutation `verifyBusiness`.

use std::sync::Arc;

use entity::business::BusinessVerification;
use entity::id::BusinessId;
use migration::catalog::Permission;
use serde_json::json;

use super::payload::{Answered, BusinessMutation, BusinessPayload};
use super::store;
use super::target::Target;
use crate::audit::Record;
use crate::error::Error;
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, ObjectType};
use crate::request::Request;
use crate::user_error::{UserError, UserErrorCode};

#[derive(Clone, Default)]
struct VerifyBusinessInput {
    business: Option<BusinessId>,
    client_mutation_id: Option<String>,
}

impl InputObject for VerifyBusinessInput {
    const NAME: &'static str = "VerifyBusinessInput";
    const DESCRIPTION: &'static str = "Which business is what it says.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("businessId", "The business: one whose verification was asked for.", |into: &mut Self, Id(id)| {
                into.business = Some(id);
            })
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

struct VerifyBusiness;

impl BusinessMutation for VerifyBusiness {
    const PAYLOAD: &'static str = "VerifyBusinessPayload";
    const DESCRIPTION: &'static str = "What came of `verifyBusiness`.";
}

/// Adds `verifyBusiness`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation
        .root(
            "verifyBusiness",
            "Says that a business is what it says, in your name. Its verification was asked for (`requestBusinessVerification`). Needs the \
             permission `businesses.verify` in its organization.",
            verify_business,
        )
        .asks(Permission::BusinessesVerify)
}

/// What is said where nobody has asked.
pub(super) fn nobody_asked() -> Arc<UserError> {
    let message = "nobody has asked for its verification as it is now: ask first (`requestBusinessVerification`)";
    UserError::general(UserErrorCode::Invalid, message)
}

async fn verify_business(request: Request, arguments: Arc<InputArgument<VerifyBusinessInput>>) -> Answered<VerifyBusiness> {
    let InputArgument(input) = &*arguments;
    let Some(id) = input.business else { return Err(Error::bad_input("`input.businessId` is required")) };
    let writer = request.writer().await?;
    let target = Target::open(&writer, id, Permission::BusinessesVerify).await?;
    let outcome = match target.verification {
        BusinessVerification::Pending => {
            store::verify(&writer, id).await?;
            let record = Record::of("business.verify", id)
                .within(target.organization)
                .before(json!({ "verification": target.verification.as_str() }))
                .after(json!({ "verification": BusinessVerification::Verified.as_str(), "verifiedBy": writer.caller.user }));
            writer.audit(record).await?;
            writer.commit().await?;
            Ok(id)
        }
        BusinessVerification::Verified => Err(vec![UserError::general(UserErrorCode::AlreadyDone, "it is verified already")]),
        BusinessVerification::Unverified | BusinessVerification::Rejected => Err(vec![nobody_asked()]),
    };
    BusinessPayload::of(request, outcome, input.client_mutation_id.as_ref()).await
}
