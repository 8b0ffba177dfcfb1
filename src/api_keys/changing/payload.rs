//! What mutations of API keys answer.

use std::sync::Arc;

use entity::id::ApiKeyId;

use crate::api_keys::{ApiKey, ApiKeySecret, api_keys_by_id};
use crate::error::Error;
use crate::graph::ObjectType;
use crate::request::Request;
use crate::user_error::UserError;

/// What all of them answer.
pub(super) struct Answer {
    pub key: Option<Arc<ApiKey>>,
    pub user_errors: Vec<Arc<UserError>>,
    pub client_mutation_id: Option<String>,
}

/// A key that was made, and its secret where this request made it.
pub(super) struct Made {
    pub id: ApiKeyId,
    pub secret: Option<ApiKeySecret>,
}

impl Answer {
    /// The key as it is stored now, or what is to be mended.
    pub async fn of(
        request: &Request,
        outcome: Result<ApiKeyId, Vec<Arc<UserError>>>,
        client_mutation_id: Option<&str>,
    ) -> Result<Self, Error> {
        let (key, user_errors) = match outcome {
            Ok(id) => (api_keys_by_id(request.clone(), vec![id]).await?.remove(&id), Vec::new()),
            Err(user_errors) => (None, user_errors),
        };
        Ok(Self { key, user_errors, client_mutation_id: client_mutation_id.map(str::to_owned) })
    }
}

/// Adds their fields to a payload.
pub(super) fn answer_fields<P: Send + Sync + 'static>(
    payload: ObjectType<P>,
    key: &'static str,
    answer: fn(&P) -> &Answer,
) -> ObjectType<P> {
    payload
        .inline_one("apiKey", key, move |payload| answer(payload).key.clone())
        .inline_many("userErrors", "What you can mend. Nothing was written where there are some.", move |payload| {
            answer(payload).user_errors.clone()
        })
        .computed("clientMutationId", "As it was sent.", move |payload| answer(payload).client_mutation_id.clone())
}

/// The field that shows a secret, once.
pub(super) fn secret_field<P: Send + Sync + 'static>(
    payload: ObjectType<P>,
    secret: fn(&P) -> Option<&ApiKeySecret>,
) -> ObjectType<P> {
    payload.computed(
        "secret",
        "The key itself, `tk_…`, to be sent as a bearer token. It is shown this once and stored nowhere: a repetition with the same \
         `idempotencyKey` does not show it again. Where it was lost, rotate or revoke the key.",
        move |payload| secret(payload).map(|secret| secret.reveal().to_owned()),
    )
}
