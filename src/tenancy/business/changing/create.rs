//! The mutation `createBusiness`.

use std::sync::Arc;

use entity::id::{BusinessId, OrganizationId};
use migration::catalog::Permission;
use serde_json::json;

use super::super::tax_id::seal;
use super::details::{self, Details};
use super::facts::{Facts, disclosed};
use super::payload::{Answered, BusinessMutation, BusinessPayload};
use super::store::{self, Refused};
use super::update::{name_taken, no_such_owner};
use crate::access::Scope;
use crate::audit::Record;
use crate::clock;
use crate::error::Error;
use crate::graph::{Change, Fields, Id, InputArgument, InputObject, Mutation, ObjectType};
use crate::idempotency::{self, Taken};
use crate::request::{Request, Writer};
use crate::tenancy::organization::{is_living, not_found, require_known};
use crate::user_error::UserError;

const OPERATION: &str = "createBusiness";

#[derive(Clone, Debug, Default)]
struct CreateBusinessInput {
    organization: Option<OrganizationId>,
    legal_name: String,
    details: Details,
    idempotency_key: Option<String>,
    client_mutation_id: Option<String>,
}

impl InputObject for CreateBusinessInput {
    const NAME: &'static str = "CreateBusinessInput";
    const DESCRIPTION: &'static str = "The business to make. It is unverified at first.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("organizationId", "The organization that serves it.", |into: &mut Self, Id(id)| into.organization = Some(id))
            .field("legalName", "Its name before the law: unique in the organization, upper and lower case alike.", |into, name| {
                into.legal_name = name;
            })
            .embed(Details::fields(), |into| &mut into.details)
            .field("idempotencyKey", idempotency::DESCRIPTION, |into, key| into.idempotency_key = key)
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

struct CreateBusiness;

impl BusinessMutation for CreateBusiness {
    const PAYLOAD: &'static str = "CreateBusinessPayload";
    const DESCRIPTION: &'static str = "What came of `createBusiness`.";
}

/// Adds `createBusiness`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation
        .root(
            OPERATION,
            "Makes a business that an organization serves. Needs the permission `businesses.create` in the organization.",
            create_business,
        )
        .asks(Permission::BusinessesCreate)
}

async fn create_business(request: Request, arguments: Arc<InputArgument<CreateBusinessInput>>) -> Answered<CreateBusiness> {
    let InputArgument(input) = &*arguments;
    let Some(organization) = input.organization else { return Err(Error::bad_input("`input.organizationId` is required")) };
    let writer = request.writer().await?;
    let scope = Scope::Organization(organization);
    require_known(&writer, organization).await?;
    if !is_living(&writer, organization).await? {
        return Err(not_found());
    }
    writer.require(Permission::BusinessesCreate, scope).await?;
    if input.details.is_financial() {
        writer.require(Permission::BusinessesFinancials, scope).await?;
    }
    let made = make(&request, writer, organization, input).await?;
    BusinessPayload::of(request, made, input.client_mutation_id.as_ref()).await
}

async fn make(
    request: &Request,
    writer: Writer,
    organization: OrganizationId,
    input: &CreateBusinessInput,
) -> Result<Result<BusinessId, Vec<Arc<UserError>>>, Error> {
    let id: BusinessId = clock::new_id();
    let mut errors: Vec<_> = idempotency::complaint(input.idempotency_key.as_deref()).into_iter().collect();
    let mut facts = Facts::of(details::legal_name(&input.legal_name, &mut errors), writer.caller.user);
    input.details.apply(&mut facts, &mut errors);
    let tax_id = input.details.checked_tax_id(&mut errors);
    if !errors.is_empty() {
        return Ok(Err(errors));
    }
    let sent = json!(format!("{organization} {} {:?}", input.legal_name, input.details));
    match writer.take_key(OPERATION, input.idempotency_key.as_deref(), &sent, id).await? {
        Taken::Now => {}
        Taken::Before(earlier) => return Ok(Ok(earlier)),
        Taken::ForAnotherInput => return Ok(Err(vec![idempotency::reused()])),
    }
    if !store::is_active_member(&writer, organization, facts.owner).await? {
        return Ok(Err(vec![no_such_owner()]));
    }
    let sealed = match &tax_id {
        Change::Set(Some(tax_id)) => Some(seal(request, id, tax_id)?),
        Change::Set(None) | Change::Keep => None,
    };
    let said = disclosed(facts.said(), sealed.is_some(), facts.annual_revenue.is_some());
    if store::insert(&writer, id, organization, &facts, sealed).await? == Some(Refused::NameTaken) {
        return Ok(Err(vec![name_taken()]));
    }
    writer.audit(Record::of("business.create", id).within(organization).after(said)).await?;
    writer.commit().await?;
    Ok(Ok(id))
}
