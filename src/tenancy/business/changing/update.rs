//! The mutation `updateBusiness`.

use std::sync::Arc;

use entity::business::BusinessVerification;
use entity::id::BusinessId;
use migration::catalog::Permission;
use serde_json::json;

use super::super::tax_id;
use super::details::{self, Details};
use super::facts::disclosed;
use super::payload::{Answered, BusinessMutation, BusinessPayload};
use super::store::{self, Refused};
use super::target::Target;
use crate::audit::Record;
use crate::error::Error;
use crate::graph::{Change, Fields, Id, InputArgument, InputObject, Mutation, ObjectType};
use crate::request::{Request, Writer};
use crate::user_error::{UserError, UserErrorCode};

#[derive(Clone, Debug, Default)]
struct UpdateBusinessInput {
    business: Option<BusinessId>,
    legal_name: Option<String>,
    details: Details,
    client_mutation_id: Option<String>,
}

impl InputObject for UpdateBusinessInput {
    const NAME: &'static str = "UpdateBusinessInput";
    const DESCRIPTION: &'static str = "What to change about a business. What is left out stays as it is; null takes it away.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("businessId", "The business.", |into: &mut Self, Id(id)| into.business = Some(id))
            .field(
                "legalName",
                "Its new name before the law: unique in the organization, upper and lower case alike. Another one makes it unverified.",
                |into, name| into.legal_name = name,
            )
            .embed(Details::fields(), |into| &mut into.details)
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

struct UpdateBusiness;

impl BusinessMutation for UpdateBusiness {
    const PAYLOAD: &'static str = "UpdateBusinessPayload";
    const DESCRIPTION: &'static str = "What came of `updateBusiness`.";
}

/// Adds `updateBusiness`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation
        .root(
            "updateBusiness",
            "Changes a business. Another legal name or another tax id makes it unverified again. Needs the permission `businesses.update` in its \
             organization.",
            update_business,
        )
        .asks(Permission::BusinessesUpdate)
}

/// What is said where the name is another business's.
pub(super) fn name_taken() -> Arc<UserError> {
    UserError::at(&["legalName"], UserErrorCode::Taken, "another business of the organization has this legal name")
}

/// What is said of an owner who is not there.
pub(super) fn no_such_owner() -> Arc<UserError> {
    let message = "whoever answers for a business is an active member of the organization: say who it is";
    UserError::at(&["ownerId"], UserErrorCode::NotFound, message)
}

async fn update_business(request: Request, arguments: Arc<InputArgument<UpdateBusinessInput>>) -> Answered<UpdateBusiness> {
    let InputArgument(input) = &*arguments;
    let Some(id) = input.business else { return Err(Error::bad_input("`input.businessId` is required")) };
    let writer = request.writer().await?;
    let target = Target::open(&writer, id, Permission::BusinessesUpdate).await?;
    if input.details.is_financial() {
        writer.require(Permission::BusinessesFinancials, target.scope()).await?;
    }
    let outcome = change(&request, writer, &target, input).await?.map(|()| id);
    BusinessPayload::of(request, outcome, input.client_mutation_id.as_ref()).await
}

async fn change(
    request: &Request,
    writer: Writer,
    target: &Target,
    input: &UpdateBusinessInput,
) -> Result<Result<(), Vec<Arc<UserError>>>, Error> {
    let mut errors = Vec::new();
    let mut facts = target.facts.clone();
    if let Some(name) = &input.legal_name {
        facts.legal_name = details::legal_name(name, &mut errors);
    }
    input.details.apply(&mut facts, &mut errors);
    let tax_id = input.details.checked_tax_id(&mut errors);
    if errors.is_empty()
        && facts.owner != target.facts.owner
        && !store::is_active_member(&writer, target.organization, facts.owner).await?
    {
        errors.push(no_such_owner());
    }
    if !errors.is_empty() {
        return Ok(Err(errors));
    }
    let sealed = resealed(request, target, &tax_id)?;
    let tax_id_changed = sealed != target.tax_id_sealed;
    if facts == target.facts && !tax_id_changed {
        return Ok(Ok(()));
    }
    let is_another = tax_id_changed || facts.legal_name != target.facts.legal_name;
    let is_unproven = is_another && matches!(target.verification, BusinessVerification::Pending | BusinessVerification::Verified);
    if store::update(&writer, target.id, &facts, sealed, is_unproven).await? == Some(Refused::NameTaken) {
        return Ok(Err(vec![name_taken()]));
    }
    let (mut before, mut after) =
        (target.facts.said(), disclosed(facts.said(), tax_id_changed, facts.annual_revenue != target.facts.annual_revenue));
    if is_unproven {
        before["verification"] = json!(target.verification.as_str());
        after["verification"] = json!(BusinessVerification::Unverified.as_str());
    }
    writer.audit(Record::of("business.update", target.id).within(target.organization).before(before).after(after)).await?;
    writer.commit().await?;
    Ok(Ok(()))
}

/// The sealed tax id as it is to be stored. A form that sends the same one again leaves it as it is.
fn resealed(request: &Request, target: &Target, tax_id: &Change<String>) -> Result<Option<Vec<u8>>, Error> {
    match (tax_id, &target.tax_id_sealed) {
        (Change::Keep, stored) => Ok(stored.clone()),
        (Change::Set(None), _) => Ok(None),
        (Change::Set(Some(tax_id)), Some(stored)) if tax_id::is(request, target.id, stored, tax_id)? => Ok(Some(stored.clone())),
        (Change::Set(Some(tax_id)), _) => tax_id::seal(request, target.id, tax_id).map(Some),
    }
}
