//! The mutation `endImpersonation`.

use std::sync::Arc;

use entity::id::SessionId;
use serde_json::json;

use super::store;
use crate::audit::Record;
use crate::error::{Code, Error};
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, ObjectType};
use crate::people::event::Happened;
use crate::people::payload::{Plain, PlainMutation};
use crate::request::Request;
use crate::user_error::{UserError, UserErrorCode};

#[derive(Clone, Default)]
struct EndImpersonationInput {
    session: Option<SessionId>,
    client_mutation_id: Option<String>,
}

impl InputObject for EndImpersonationInput {
    const NAME: &'static str = "EndImpersonationInput";
    const DESCRIPTION: &'static str = "Which visit as somebody else to end.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field(
                "sessionId",
                "The session that `impersonate` began; left out: the one that asks.",
                |into: &mut Self, session: Option<Id<SessionId>>| into.session = session.map(|Id(id)| id),
            )
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

struct EndImpersonation;

impl PlainMutation for EndImpersonation {
    const PAYLOAD: &'static str = "EndImpersonationPayload";
    const DESCRIPTION: &'static str = "What came of `endImpersonation`.";
}

/// Adds `endImpersonation`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "endImpersonation",
        "Ends a session in which you act as somebody else: its token holds no longer from the next request on. Asked in that session, or in \
         the one of your own that began it.",
        end_impersonation,
    )
}

async fn end_impersonation(
    request: Request,
    arguments: Arc<InputArgument<EndImpersonationInput>>,
) -> Result<Option<Arc<Plain<EndImpersonation>>>, Error> {
    let InputArgument(input) = &*arguments;
    let writer = request.writer().await?;
    let (developer, asking) = match &writer.caller.impersonator {
        Some(impersonator) => (impersonator.user, writer.caller.session),
        None if writer.caller.is_developer => (writer.caller.require_themselves()?, None),
        None => return Err(Error::client(Code::Forbidden, "you do not act as anybody else")),
    };
    let Some(session) = input.session.or(asking) else {
        return Err(Error::bad_input("`input.sessionId` is required where the session that asks is your own"));
    };
    let Some(ended) = store::end(&writer, session, developer).await? else {
        let message = "you have begun no such session, or it has ended";
        let error = UserError::at(&["sessionId"], UserErrorCode::NotFound, message);
        return Ok(Some(Plain::new(vec![error], input.client_mutation_id.as_ref())));
    };
    let said = json!({ "sessionId": session });
    writer.transaction.enter_as(writer.caller.user, Some(ended.tenant)).await?;
    writer.audit_in(ended.tenant, Record::of("user.end_impersonation", ended.user).before(said.clone())).await?;
    Happened::ImpersonationEnded.with(said, ended.user, &writer.transaction, &request).await?;
    writer.permit();
    writer.commit().await?;
    Ok(Some(Plain::new(Vec::new(), input.client_mutation_id.as_ref())))
}
