//! The mutation `updateApiKey`.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::id::ApiKeyId;

use super::payload::{Answer, answer_fields};
use super::store::{self, Changes, Stored, Terms};
use super::target::managed;
use super::validate::Validation;
use crate::access::Gift;
use crate::audit::Record;
use crate::error::Error;
use crate::graph::{Change, Fields, Id, InputArgument, InputObject, Mutation, Object, ObjectType};
use crate::request::{Request, Writer};
use crate::user_error::{UserError, UserErrorCode};

#[derive(Clone, Default)]
struct UpdateApiKeyInput {
    key: Option<ApiKeyId>,
    name: Option<String>,
    scopes: Option<Vec<String>>,
    documents_only: Option<bool>,
    rate_limit: Change<i32>,
    expires_at: Change<DateTime<Utc>>,
    client_mutation_id: Option<String>,
}

impl InputObject for UpdateApiKeyInput {
    const NAME: &'static str = "UpdateApiKeyInput";
    const DESCRIPTION: &'static str = "What is to be different about an API key. What is left out stays.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("apiKeyId", "The key: one that holds, and has no successor.", |into: &mut Self, Id(id)| into.key = Some(id))
            .field("name", "Its name for people.", |into, name| into.name = name)
            .field("scopes", "All that it may use from now on; what is added you must hold yourself.", |into, scopes| {
                into.scopes = scopes;
            })
            .field("documentsOnly", "May it run registered documents only?", |into, only| into.documents_only = only)
            .field("rateLimit", "How much cost a minute it may cause; null for as much as everybody.", |into, limit| {
                into.rate_limit = limit;
            })
            .field("expiresAt", "When it ends by itself; null for never.", |into, at| into.expires_at = at)
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

struct UpdateApiKeyPayload(Answer);

impl Object for UpdateApiKeyPayload {
    fn name() -> &'static str {
        "UpdateApiKeyPayload"
    }

    fn table() -> ObjectType<Self> {
        let table = ObjectType::<Self>::new("What came of `updateApiKey`.");
        answer_fields(table, "The key as it is stored now; null where there are user errors.", |payload: &Self| &payload.0)
    }
}

/// Adds `updateApiKey`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "updateApiKey",
        "Changes an API key, from its next request on. Needs the permission `api_keys.manage` where the key works, and the scopes that \
         are added, held there. An API key cannot change keys.",
        update_api_key,
    )
}

async fn update_api_key(
    request: Request,
    arguments: Arc<InputArgument<UpdateApiKeyInput>>,
) -> Result<Option<Arc<UpdateApiKeyPayload>>, Error> {
    let input = &arguments.0;
    let Some(id) = input.key else { return Err(Error::bad_input("`input.apiKeyId` is required")) };
    // Scopes that are added are given to whoever has the secret: what its giver holds must not change meanwhile.
    let writer = request.access_writer().await?;
    writer.caller.require_themselves()?;
    let stored = managed(&writer, id).await?;
    let outcome = update(writer, input, id, stored).await?.map(|()| id);
    let answer = Answer::of(&request, outcome, input.client_mutation_id.as_deref()).await?;
    Ok(Some(Arc::new(UpdateApiKeyPayload(answer))))
}

async fn update(
    writer: Writer,
    input: &UpdateApiKeyInput,
    id: ApiKeyId,
    stored: Stored,
) -> Result<Result<(), Vec<Arc<UserError>>>, Error> {
    if !stored.counts() || stored.is_expired(writer.now) {
        let message = "the key holds no more, or has a successor: change that one, or make a new one";
        return Ok(Err(vec![UserError::at(&["apiKeyId"], UserErrorCode::Immutable, message)]));
    }
    let (terms, changes) = match read(input, &stored.terms, writer.now) {
        Ok(read) => read,
        Err(errors) => return Ok(Err(errors)),
    };
    writer.require_held(&Gift::of(terms.place(), terms.scopes.without(stored.terms.scopes)))?;
    let (was, is) = (stored.terms.recorded(), terms.recorded());
    if was != is {
        store::update(&writer, id, changes).await?;
        writer.audit(Record::of("api_key.update", id).within(terms.organization).before(was).after(is)).await?;
    }
    writer.commit().await?;
    Ok(Ok(()))
}

/// What the key is to be, and what is different about it.
fn read(input: &UpdateApiKeyInput, stored: &Terms, now: DateTime<Utc>) -> Result<(Terms, Changes), Vec<Arc<UserError>>> {
    let mut validation = Validation::default();
    let changes = Changes {
        name: input.name.as_deref().map(|name| validation.name(name)),
        scopes: input.scopes.as_deref().map(|scopes| validation.scopes(scopes)),
        documents_only: input.documents_only,
        rate_limit: match input.rate_limit {
            Change::Keep => Change::Keep,
            Change::Set(limit) => Change::Set(validation.rate_limit(limit)),
        },
        expires_at: match input.expires_at {
            Change::Keep => Change::Keep,
            Change::Set(at) => Change::Set(validation.expires_at(at, now)),
        },
        ..Changes::default()
    };
    if !validation.errors.is_empty() {
        return Err(validation.errors);
    }
    let terms = Terms {
        name: changes.name.clone().unwrap_or_else(|| stored.name.clone()),
        scopes: changes.scopes.unwrap_or(stored.scopes),
        documents_only: changes.documents_only.unwrap_or(stored.documents_only),
        rate_limit: if let Change::Set(limit) = changes.rate_limit { limit } else { stored.rate_limit },
        expires_at: if let Change::Set(at) = changes.expires_at { at } else { stored.expires_at },
        ..stored.clone()
    };
    Ok((terms, changes))
}
