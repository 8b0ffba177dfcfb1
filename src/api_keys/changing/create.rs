//! The mutation `createApiKey`.

use std::sync::Arc;

use async_graphql::Value;
use chrono::{DateTime, Utc};
use entity::id::OrganizationId;
use migration::catalog::Permission;

use super::payload::{Answer, Made, answer_fields, secret_field};
use super::store::{self, Exceeded, Terms};
use super::validate::Validation;
use crate::access::{Gift, Scope};
use crate::api_keys::ApiKeySecret;
use crate::audit::Record;
use crate::clock;
use crate::error::{Code, Error};
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, Object, ObjectType};
use crate::idempotency::{self, Taken};
use crate::request::{Request, Writer};
use crate::tenancy::organization::is_living;
use crate::user_error::{UserError, UserErrorCode};

#[derive(Clone, Default)]
struct CreateApiKeyInput {
    name: String,
    client: String,
    scopes: Vec<String>,
    organization: Option<OrganizationId>,
    expires_at: Option<DateTime<Utc>>,
    rate_limit: Option<i32>,
    documents_only: bool,
    idempotency_key: Option<String>,
    client_mutation_id: Option<String>,
}

impl InputObject for CreateApiKeyInput {
    const NAME: &'static str = "CreateApiKeyInput";
    const DESCRIPTION: &'static str = "The API key to make. It may do what its scopes name and you may do at that moment.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("name", "Its name for people.", |into: &mut Self, name| into.name = name)
            .field(
                "client",
                "The partner or program that gets it, such as `acme`: registered documents are published for a client.",
                |into, client| into.client = client,
            )
            .field("scopes", "The keys of the permissions that it may use; you must hold them all yourself.", |into, scopes| {
                into.scopes = scopes;
            })
            .field(
                "organizationId",
                "The one organization that it works in; the whole tenant where it is left out.",
                |into, organization: Option<Id<OrganizationId>>| into.organization = organization.map(|Id(id)| id),
            )
            .field("expiresAt", "When it ends by itself; never where it is left out.", |into, at| into.expires_at = at)
            .field("rateLimit", "How much cost a minute it may cause; as much as everybody where it is left out.", |into, limit| {
                into.rate_limit = limit;
            })
            .field_or(
                "documentsOnly",
                "May it run registered documents only? Keys that leave the house should.",
                Some(Value::Boolean(true)),
                |into, only: Option<bool>| into.documents_only = only.unwrap_or(true),
            )
            .field("idempotencyKey", idempotency::DESCRIPTION, |into, key| into.idempotency_key = key)
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

struct CreateApiKeyPayload {
    answer: Answer,
    secret: Option<ApiKeySecret>,
}

impl Object for CreateApiKeyPayload {
    fn name() -> &'static str {
        "CreateApiKeyPayload"
    }

    fn table() -> ObjectType<Self> {
        let table = ObjectType::<Self>::new("What came of `createApiKey`.");
        let table = answer_fields(table, "The new key; null where there are user errors.", |payload: &Self| &payload.answer);
        secret_field(table, |payload| payload.secret.as_ref())
    }
}

/// Adds `createApiKey`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "createApiKey",
        "Makes an API key. Needs the permission `api_keys.manage` where the key is to work, and all of its scopes, held there: in the \
         tenant and all its organizations where it is to work in the whole tenant. An API key cannot make keys.",
        create_api_key,
    )
}

async fn create_api_key(
    request: Request,
    arguments: Arc<InputArgument<CreateApiKeyInput>>,
) -> Result<Option<Arc<CreateApiKeyPayload>>, Error> {
    let input = &arguments.0;
    let writer = request.writer().await?;
    writer.caller.require_themselves()?;
    let scope = place(&writer, input.organization).await?;
    writer.require(Permission::ApiKeysManage, scope).await?;
    if writer.presence()?.member.is_none() {
        return Err(Error::client(Code::Forbidden, "a key has the rights of a member of the tenant, which you are not"));
    }
    let mut validation = Validation::default();
    let terms = Terms {
        name: validation.name(&input.name),
        client: validation.client(&input.client),
        scopes: validation.scopes(&input.scopes),
        organization: input.organization,
        rate_limit: validation.rate_limit(input.rate_limit),
        documents_only: input.documents_only,
        expires_at: validation.expires_at(input.expires_at, writer.now),
    };
    validation.errors.extend(idempotency::complaint(input.idempotency_key.as_deref()));
    let made = if validation.errors.is_empty() { make(writer, input, &terms).await? } else { Err(validation.errors) };
    let (made, secret) = match made {
        Ok(Made { id, secret }) => (Ok(id), secret),
        Err(errors) => (Err(errors), None),
    };
    let answer = Answer::of(&request, made, input.client_mutation_id.as_deref()).await?;
    Ok(Some(Arc::new(CreateApiKeyPayload { answer, secret })))
}

/// Where the key is to work: a place that is there, and that the caller may know of.
async fn place(writer: &Writer, organization: Option<OrganizationId>) -> Result<Scope, Error> {
    let Some(organization) = organization else { return Ok(Scope::Tenant) };
    let scope = Scope::Organization(organization);
    if writer.may(Permission::OrganizationRead, scope).await? && is_living(writer, organization).await? {
        return Ok(scope);
    }
    Err(Error::client(Code::NotFound, "there is no such organization, or you may not know of it"))
}

/// Everything in one transaction: idempotency key, quota, key. A refusal leaves nothing behind.
async fn make(writer: Writer, input: &CreateApiKeyInput, terms: &Terms) -> Result<Result<Made, Vec<Arc<UserError>>>, Error> {
    let (id, secret) = (clock::new_id(), ApiKeySecret::new());
    match writer.take_key("createApiKey", input.idempotency_key.as_deref(), &terms.recorded(), id).await? {
        Taken::Now => {}
        Taken::Before(id) => return Ok(Ok(Made { id, secret: None })),
        Taken::ForAnotherInput => return Ok(Err(vec![idempotency::reused()])),
    }
    writer.require_held(&Gift::of(terms.place(), terms.scopes))?;
    if let Some(Exceeded(limit)) = store::take_quota(&writer).await? {
        let message = format!("the tenant has {limit} API keys, as many as it may have: revoke one that nobody needs");
        return Ok(Err(vec![UserError::general(UserErrorCode::QuotaExceeded, message)]));
    }
    store::insert(&writer, id, &secret, terms).await?;
    writer.audit(Record::of("api_key.create", id).within(terms.organization).after(terms.recorded())).await?;
    writer.commit().await?;
    Ok(Ok(Made { id, secret: Some(secret) }))
}
