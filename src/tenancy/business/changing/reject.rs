//! The mutation `rejectBusiness`.

use std::sync::Arc;

use entity::business::BusinessVerification;
use entity::id::BusinessId;
use migration::catalog::Permission;
use serde_json::json;

use super::payload::{Answered, BusinessMutation, BusinessPayload};
use super::store;
use super::target::Target;
use super::verify::nobody_asked;
use crate::audit::Record;
use crate::error::Error;
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, ObjectType};
use crate::request::Request;
use crate::user_error::{UserError, UserErrorCode, checked_reason};

#[derive(Clone, Default)]
struct RejectBusinessInput {
    business: Option<BusinessId>,
    reason: String,
    client_mutation_id: Option<String>,
}

impl InputObject for RejectBusinessInput {
    const NAME: &'static str = "RejectBusinessInput";
    const DESCRIPTION: &'static str = "Which business is not what it says, and why.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field(
                "businessId",
                "The business: one whose verification was asked for, or a verified one, whose verification is taken back.",
                |into: &mut Self, Id(id)| into.business = Some(id),
            )
            .field("reason", "Why, for those who asked: 1 to 500 characters.", |into, reason| into.reason = reason)
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

struct RejectBusiness;

impl BusinessMutation for RejectBusiness {
    const PAYLOAD: &'static str = "RejectBusinessPayload";
    const DESCRIPTION: &'static str = "What came of `rejectBusiness`.";
}

/// Adds `rejectBusiness`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation
        .root(
            "rejectBusiness",
            "Says that a business is not what it says, or takes its verification back. It can be asked for again. Needs the permission \
             `businesses.verify` in its organization.",
            reject_business,
        )
        .asks(Permission::BusinessesVerify)
}

async fn reject_business(request: Request, arguments: Arc<InputArgument<RejectBusinessInput>>) -> Answered<RejectBusiness> {
    let InputArgument(input) = &*arguments;
    let Some(id) = input.business else { return Err(Error::bad_input("`input.businessId` is required")) };
    let mut errors = Vec::new();
    let reason = checked_reason(&input.reason).map_err(|error| errors.push(error)).unwrap_or_default();
    let writer = request.writer().await?;
    let target = Target::open(&writer, id, Permission::BusinessesVerify).await?;
    match target.verification {
        BusinessVerification::Pending | BusinessVerification::Verified => {}
        BusinessVerification::Rejected => {
            errors.push(UserError::general(UserErrorCode::AlreadyDone, "it was rejected already"));
        }
        BusinessVerification::Unverified => errors.push(nobody_asked()),
    }
    let outcome = if errors.is_empty() {
        store::reject(&writer, id, &reason).await?;
        let record = Record::of("business.reject", id)
            .within(target.organization)
            .before(json!({ "verification": target.verification.as_str() }))
            .after(json!({ "verification": BusinessVerification::Rejected.as_str(), "reason": reason }));
        writer.audit(record).await?;
        writer.commit().await?;
        Ok(id)
    } else {
        Err(errors)
    };
    BusinessPayload::of(request, outcome, input.client_mutation_id.as_ref()).await
}
