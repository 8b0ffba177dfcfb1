//! The mutation `revokeApiKey`.

use std::sync::Arc;

use entity::id::ApiKeyId;
use entity::tenant_quota::QuotaMetric;
use migration::catalog::Permission;
use serde_json::json;

use super::payload::{Answer, answer_fields};
use super::store::{self, Changes};
use super::target::endable;
use crate::audit::Record;
use crate::error::Error;
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, Object, ObjectType};
use crate::request::Request;
use crate::tenancy::quota;
use crate::user_error::{UserError, UserErrorCode};

#[derive(Clone, Default)]
struct RevokeApiKeyInput {
    key: Option<ApiKeyId>,
    client_mutation_id: Option<String>,
}

impl InputObject for RevokeApiKeyInput {
    const NAME: &'static str = "RevokeApiKeyInput";
    const DESCRIPTION: &'static str = "Which API key ends.";

    fn fields() -> Fields<Self> {
        Fields::default().field("apiKeyId", "The key.", |into: &mut Self, Id(id)| into.key = Some(id)).field(
            "clientMutationId",
            "Comes back in the payload.",
            |into, id| into.client_mutation_id = id,
        )
    }
}

struct RevokeApiKeyPayload(Answer);

impl Object for RevokeApiKeyPayload {
    fn name() -> &'static str {
        "RevokeApiKeyPayload"
    }

    fn table() -> ObjectType<Self> {
        let table = ObjectType::<Self>::new("What came of `revokeApiKey`.");
        answer_fields(table, "The key, which holds no more; null where there are user errors.", |payload: &Self| &payload.0)
    }
}

/// Adds `revokeApiKey`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "revokeApiKey",
        "Ends an API key, for good: from the next request on it is refused. Needs the permission `api_keys.manage` where the key works; \
         whoever made it needs none.",
        revoke_api_key,
    )
    .asks(Permission::ApiKeysManage)
}

async fn revoke_api_key(
    request: Request,
    arguments: Arc<InputArgument<RevokeApiKeyInput>>,
) -> Result<Option<Arc<RevokeApiKeyPayload>>, Error> {
    let input = &arguments.0;
    let Some(id) = input.key else { return Err(Error::bad_input("`input.apiKeyId` is required")) };
    let writer = request.writer().await?;
    let stored = endable(&writer, id).await?;
    let outcome = if stored.is_revoked {
        Err(vec![UserError::at(&["apiKeyId"], UserErrorCode::AlreadyDone, "the key was revoked already")])
    } else {
        let now = writer.now;
        store::update(&writer, id, Changes { revoked_at: Some(now), ..Changes::default() }).await?;
        if stored.counts() {
            quota::give_back(&writer, QuotaMetric::ApiKeys).await?;
        }
        let record = Record::of("api_key.revoke", id).within(stored.terms.organization);
        writer.audit(record.before(json!({ "revokedAt": null })).after(json!({ "revokedAt": now }))).await?;
        writer.commit().await?;
        Ok(id)
    };
    let answer = Answer::of(&request, outcome, input.client_mutation_id.as_deref()).await?;
    Ok(Some(Arc::new(RevokeApiKeyPayload(answer))))
}
