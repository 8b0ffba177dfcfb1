//! The mutation `createOrganization`.

use std::sync::Arc;

use entity::id::OrganizationId;
use entity::tenant_quota::QuotaMetric;
use migration::catalog::Permission;
use serde_json::json;

use super::store::{self, NewOrganization, Refused};
use super::validate::{METADATA, Validation, name_taken};
use super::{Organization, organizations_by_id};
use crate::access::Scope;
use crate::audit::Record;
use crate::clock;
use crate::error::{Code, Error};
use crate::graph::{Arguments, Fields, InputObject, InputOf, Json, Mutation, Object, ObjectType};
use crate::idempotency::{self, Taken};
use crate::request::{Request, Writer};
use crate::tenancy::quota;
use crate::user_error::UserError;

#[derive(Clone, Default)]
struct CreateOrganizationInput {
    name: String,
    domain: Option<String>,
    billing_email: Option<String>,
    metadata: Option<Json>,
    idempotency_key: Option<String>,
    client_mutation_id: Option<String>,
}

impl InputObject for CreateOrganizationInput {
    const NAME: &'static str = "CreateOrganizationInput";
    const DESCRIPTION: &'static str = "The organization to make. You become its owner.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("name", "Its name: unique in the tenant.", |into: &mut Self, name| into.name = name)
            .field("domain", "The domain of its people's addresses.", |into, domain| into.domain = domain)
            .field("billingEmail", "Where bills go.", |into, email| into.billing_email = email)
            .field("metadata", METADATA, |into, metadata| into.metadata = metadata)
            .field("idempotencyKey", idempotency::DESCRIPTION, |into, key| into.idempotency_key = key)
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

#[derive(Clone, Default)]
struct CreateOrganization(CreateOrganizationInput);

impl Arguments for CreateOrganization {
    fn fields() -> Fields<Self> {
        Fields::default().field("input", "What to make.", |into: &mut Self, InputOf(input)| into.0 = input)
    }
}

struct CreateOrganizationPayload {
    organization: Option<Arc<Organization>>,
    user_errors: Vec<Arc<UserError>>,
    client_mutation_id: Option<String>,
}

impl Object for CreateOrganizationPayload {
    fn name() -> &'static str {
        "CreateOrganizationPayload"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("What came of `createOrganization`.")
            .inline_one("organization", "The new organization; null where there are user errors.", |payload: &Self| {
                payload.organization.clone()
            })
            .inline_many("userErrors", "What you can mend. Nothing was made where there are some.", |payload| {
                payload.user_errors.clone()
            })
            .field("clientMutationId", "As it was sent.", |payload| &payload.client_mutation_id)
    }
}

/// Adds `createOrganization`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation
        .root(
            "createOrganization",
            "Makes an organization of which you are the owner. Needs the permission `organization.create` in the tenant.",
            create_organization,
        )
        .asks(Permission::OrganizationCreate)
}

async fn create_organization(
    request: Request,
    arguments: Arc<CreateOrganization>,
) -> Result<Option<Arc<CreateOrganizationPayload>>, Error> {
    let input = &arguments.0;
    let mut validation = Validation::default();
    let new = NewOrganization {
        id: clock::new_id(),
        membership: clock::new_id(),
        name: validation.name(&input.name),
        domain: input.domain.as_deref().map(|domain| validation.domain(domain)),
        billing_email: input.billing_email.as_deref().map(|email| validation.billing_email(email)),
        metadata: validation.metadata(input.metadata.as_ref(), &json!({})).unwrap_or_else(|| json!({})),
    };
    validation.errors.extend(idempotency::complaint(input.idempotency_key.as_deref()));
    let writer = request.writer().await?;
    writer.require(Permission::OrganizationCreate, Scope::Tenant).await?;
    if writer.presence()?.member.is_none() {
        return Err(Error::client(Code::Forbidden, "an owner is a member of the tenant, which you are not"));
    }
    let made = if validation.errors.is_empty() { make(writer, input, new).await? } else { Err(validation.errors) };
    let (organization, user_errors) = match made {
        Ok(id) => (organizations_by_id(request, vec![id]).await?.remove(&id), Vec::new()),
        Err(user_errors) => (None, user_errors),
    };
    Ok(Some(Arc::new(CreateOrganizationPayload {
        organization,
        user_errors,
        client_mutation_id: input.client_mutation_id.clone(),
    })))
}

/// Makes the organization of somebody who signs up, within the transaction of all that belongs to it.
pub async fn found(writer: &Writer, name: String) -> Result<Result<OrganizationId, Arc<UserError>>, Error> {
    let new = NewOrganization {
        id: clock::new_id(),
        membership: clock::new_id(),
        name,
        domain: None,
        billing_email: None,
        metadata: json!({}),
    };
    put(writer, new).await
}

/// Everything in one transaction: key, quota, organization, membership. A refusal leaves nothing behind.
async fn make(
    writer: Writer,
    input: &CreateOrganizationInput,
    new: NewOrganization,
) -> Result<Result<OrganizationId, Vec<Arc<UserError>>>, Error> {
    let id = new.id;
    let mut sent = json!([input.name, input.domain, input.billing_email]);
    if let (Some(Json(metadata)), Some(sent)) = (&input.metadata, sent.as_array_mut()) {
        sent.push(metadata.clone());
    }
    match writer.take_key("createOrganization", input.idempotency_key.as_deref(), &sent, id).await? {
        Taken::Now => {}
        Taken::Before(earlier) => return Ok(Ok(earlier)),
        Taken::ForAnotherInput => return Ok(Err(vec![idempotency::reused()])),
    }
    match put(&writer, new).await? {
        Ok(id) => {
            writer.commit().await?;
            Ok(Ok(id))
        }
        Err(error) => Ok(Err(vec![error])),
    }
}

/// Takes quota, makes organization and membership, and writes it down.
async fn put(writer: &Writer, new: NewOrganization) -> Result<Result<OrganizationId, Arc<UserError>>, Error> {
    let id = new.id;
    let made = Record::of("organization.create", id).within(id).after(json!({
        "name": new.name, "domain": new.domain, "billingEmail": new.billing_email, "metadata": new.metadata,
        "ownerId": writer.caller.user,
    }));
    if let Some(exceeded) = quota::take(writer, QuotaMetric::Organizations).await? {
        return Ok(Err(exceeded.told()));
    }
    match store::insert(writer, new).await? {
        None => {
            writer.audit(made).await?;
            Ok(Ok(id))
        }
        Some(Refused::NameTaken) => Ok(Err(name_taken())),
    }
}
