//! The mutation `rotateApiKey`.

use std::sync::Arc;

use async_graphql::Value;
use chrono::{DateTime, TimeDelta, Utc};
use entity::id::ApiKeyId;
use serde_json::json;

use super::payload::{Answer, Made, answer_fields, secret_field};
use super::store::{self, Changes, Stored, Terms};
use super::target::managed;
use crate::access::Gift;
use crate::api_keys::{ApiKey, ApiKeySecret, api_keys_by_id};
use crate::audit::Record;
use crate::clock;
use crate::error::{Code, Error};
use crate::graph::{Change, Fields, Id, InputArgument, InputObject, Mutation, Object, ObjectType};
use crate::idempotency::{self, Taken};
use crate::request::{Request, Writer};
use crate::user_error::{UserError, UserErrorCode};

/// For so many hours both keys hold, where nothing else is said.
const OVERLAP: i32 = 24;
/// And so many at most.
const LONGEST_OVERLAP: i32 = 24 * 30;

#[derive(Clone, Default)]
struct RotateApiKeyInput {
    key: Option<ApiKeyId>,
    overlap_hours: i32,
    idempotency_key: Option<String>,
    client_mutation_id: Option<String>,
}

impl InputObject for RotateApiKeyInput {
    const NAME: &'static str = "RotateApiKeyInput";
    const DESCRIPTION: &'static str = "Which API key gets a successor, and for how long both hold.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("apiKeyId", "The key: one that holds, and has no successor yet.", |into: &mut Self, Id(id)| into.key = Some(id))
            .field_or(
                "overlapHours",
                "For so many hours the old key holds on, 720 at most; with 0 it ends at once.",
                Some(Value::Number(OVERLAP.into())),
                |into, hours: Option<i32>| into.overlap_hours = hours.unwrap_or(OVERLAP),
            )
            .field("idempotencyKey", idempotency::DESCRIPTION, |into, key| into.idempotency_key = key)
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

struct RotateApiKeyPayload {
    answer: Answer,
    secret: Option<ApiKeySecret>,
    replaced: Option<Arc<ApiKey>>,
}

impl Object for RotateApiKeyPayload {
    fn name() -> &'static str {
        "RotateApiKeyPayload"
    }

    fn table() -> ObjectType<Self> {
        let table = ObjectType::<Self>::new("What came of `rotateApiKey`.");
        let table = answer_fields(table, "The new key; null where there are user errors.", |payload: &Self| &payload.answer);
        secret_field(table, |payload| payload.secret.as_ref()).inline_one(
            "replacedApiKey",
            "The old key, with the moment at which it ends; null where there are user errors.",
            |payload| payload.replaced.clone(),
        )
    }
}

/// Adds `rotateApiKey`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "rotateApiKey",
        "Makes a key in the place of another: the same name, client, scopes and limits, and as long a life. The old one holds on for a \
         while, so that nothing stands still. The new key is yours: it has part of your rights. Needs what `createApiKey` needs.",
        rotate_api_key,
    )
}

async fn rotate_api_key(
    request: Request,
    arguments: Arc<InputArgument<RotateApiKeyInput>>,
) -> Result<Option<Arc<RotateApiKeyPayload>>, Error> {
    let input = &arguments.0;
    let Some(id) = input.key else { return Err(Error::bad_input("`input.apiKeyId` is required")) };
    let writer = request.writer().await?;
    writer.caller.require_themselves()?;
    let stored = managed(&writer, id).await?;
    if writer.presence()?.member.is_none() {
        return Err(Error::client(Code::Forbidden, "a key has the rights of a member of the tenant, which you are not"));
    }
    let (made, secret, replaced) = match rotate(writer, input, id, &stored).await? {
        Ok(made) => (Ok(made.id), made.secret, api_keys_by_id(request.clone(), vec![id]).await?.remove(&id)),
        Err(errors) => (Err(errors), None, None),
    };
    let answer = Answer::of(&request, made, input.client_mutation_id.as_deref()).await?;
    Ok(Some(Arc::new(RotateApiKeyPayload { answer, secret, replaced })))
}

/// Everything in one transaction, with the old key locked: it gets one successor. The quota stays: the new key takes the old
/// one's place in it.
async fn rotate(
    writer: Writer,
    input: &RotateApiKeyInput,
    old: ApiKeyId,
    stored: &Stored,
) -> Result<Result<Made, Vec<Arc<UserError>>>, Error> {
    let mut errors: Vec<Arc<UserError>> = idempotency::complaint(input.idempotency_key.as_deref()).into_iter().collect();
    if !(0..=LONGEST_OVERLAP).contains(&input.overlap_hours) {
        let message = format!("both keys can hold for 0 to {LONGEST_OVERLAP} hours");
        errors.push(UserError::at(&["overlapHours"], UserErrorCode::Invalid, message));
    }
    if !errors.is_empty() {
        return Ok(Err(errors));
    }
    let (id, secret) = (clock::new_id(), ApiKeySecret::new());
    let sent = json!([old, input.overlap_hours]);
    match writer.take_key("rotateApiKey", input.idempotency_key.as_deref(), &sent, id).await? {
        Taken::Now => {}
        Taken::Before(id) => return Ok(Ok(Made { id, secret: None })),
        Taken::ForAnotherInput => return Ok(Err(vec![idempotency::reused()])),
    }
    if let Some(refusal) = refusal(stored, writer.now) {
        return Ok(Err(vec![refusal]));
    }
    let terms = successor(stored, writer.now);
    writer.require_held(&Gift::of(terms.place(), terms.scopes))?;
    store::insert(&writer, id, &secret, &terms).await?;
    let ends = writer.now + TimeDelta::hours(input.overlap_hours.into());
    let ends = stored.terms.expires_at.map_or(ends, |at| at.min(ends));
    store::update(&writer, old, Changes { expires_at: Change::Set(Some(ends)), replaced_by: Some(id), ..Changes::default() })
        .await?;
    let organization = terms.organization;
    let was = json!({ "expiresAt": stored.terms.expires_at, "replacedById": null });
    let is = json!({ "expiresAt": ends, "replacedById": id });
    writer.audit(Record::of("api_key.rotate", old).within(organization).before(was).after(is)).await?;
    writer.audit(Record::of("api_key.create", id).within(organization).after(terms.recorded())).await?;
    writer.commit().await?;
    Ok(Ok(Made { id, secret: Some(secret) }))
}

/// Why a key gets no successor, if it gets none.
fn refusal(stored: &Stored, now: DateTime<Utc>) -> Option<Arc<UserError>> {
    let (code, message) = if stored.replaced_by.is_some() {
        (UserErrorCode::AlreadyDone, "the key was rotated already: rotate its successor")
    } else if stored.is_revoked {
        (UserErrorCode::Immutable, "the key was revoked: make a new one")
    } else if stored.is_expired(now) {
        (UserErrorCode::Immutable, "the key has expired: make a new one")
    } else {
        return None;
    };
    Some(UserError::at(&["apiKeyId"], code, message))
}

/// The terms of the new key: those of the old, for as long a life.
fn successor(stored: &Stored, now: DateTime<Utc>) -> Terms {
    let expires_at = stored.terms.expires_at.map(|at| now + (at - stored.created_at));
    Terms { expires_at, ..stored.terms.clone() }
}
