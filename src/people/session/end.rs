//! The mutations `signOut`, `revokeSession` and `revokeOtherSessions`.

use std::sync::Arc;

use entity::id::SessionId;
use serde_json::json;

use super::store;
use crate::error::Error;
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, Object, ObjectType};
use crate::people::event::Happened;
use crate::people::payload::{Plain, PlainMutation};
use crate::request::{Request, Writer};
use crate::user_error::{UserError, UserErrorCode};

#[derive(Clone, Default)]
struct SignOutInput {
    client_mutation_id: Option<String>,
}

impl InputObject for SignOutInput {
    const NAME: &'static str = "SignOutInput";
    const DESCRIPTION: &'static str = "Nothing has to be said.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("clientMutationId", "Comes back in the payload.", |into: &mut Self, id| into.client_mutation_id = id)
    }
}

struct SignOut;

impl PlainMutation for SignOut {
    const PAYLOAD: &'static str = "SignOutPayload";
    const DESCRIPTION: &'static str = "What came of `signOut`.";
}

#[derive(Clone, Default)]
struct RevokeSessionInput {
    session: Option<SessionId>,
    client_mutation_id: Option<String>,
}

impl InputObject for RevokeSessionInput {
    const NAME: &'static str = "RevokeSessionInput";
    const DESCRIPTION: &'static str = "Which of your sessions to end.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("sessionId", "The session: one of `viewer.sessions`.", |into: &mut Self, Id(id)| into.session = Some(id))
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

struct RevokeSession;

impl PlainMutation for RevokeSession {
    const PAYLOAD: &'static str = "RevokeSessionPayload";
    const DESCRIPTION: &'static str = "What came of `revokeSession`.";
}

#[derive(Clone, Default)]
struct RevokeOtherSessionsInput {
    client_mutation_id: Option<String>,
}

impl InputObject for RevokeOtherSessionsInput {
    const NAME: &'static str = "RevokeOtherSessionsInput";
    const DESCRIPTION: &'static str = "Nothing has to be said.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("clientMutationId", "Comes back in the payload.", |into: &mut Self, id| into.client_mutation_id = id)
    }
}

struct RevokeOtherSessionsPayload {
    revoked: i32,
    user_errors: Vec<Arc<UserError>>,
    client_mutation_id: Option<String>,
}

impl Object for RevokeOtherSessionsPayload {
    fn name() -> &'static str {
        "RevokeOtherSessionsPayload"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("What came of `revokeOtherSessions`.")
            .field("revokedCount", "How many sessions were ended.", |payload: &Self| &payload.revoked)
            .inline_many("userErrors", "What you can mend.", |payload| payload.user_errors.clone())
            .field("clientMutationId", "As it was sent.", |payload| &payload.client_mutation_id)
    }
}

/// Adds them.
pub(super) fn mutations(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation
        .root("signOut", "Ends the session that asks: its token holds no longer from the next request on.", sign_out)
        .root("revokeSession", "Ends one of your sessions: its token holds no longer from the next request on.", revoke_session)
        .root("revokeOtherSessions", "Ends all your sessions but the one that asks.", revoke_other_sessions)
}

/// Ends all sessions of the writer's person but this one.
pub(in crate::people) async fn end_other_sessions(writer: &Writer, kept: SessionId) -> Result<usize, Error> {
    store::end_others(writer, kept).await
}

async fn sign_out(request: Request, arguments: Arc<InputArgument<SignOutInput>>) -> Result<Option<Arc<Plain<SignOut>>>, Error> {
    let InputArgument(input) = &*arguments;
    let writer = request.writer().await?;
    let session = writer.caller.require_session()?;
    store::end(&writer, session).await?;
    Happened::SignedOut.with(json!({ "sessionId": session }), writer.caller.user, &writer.transaction, &request).await?;
    writer.commit().await?;
    Ok(Some(Plain::new(Vec::new(), input.client_mutation_id.as_ref())))
}

async fn revoke_session(
    request: Request,
    arguments: Arc<InputArgument<RevokeSessionInput>>,
) -> Result<Option<Arc<Plain<RevokeSession>>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(session) = input.session else { return Err(Error::bad_input("`input.sessionId` is required")) };
    let writer = request.writer().await?;
    writer.caller.require_themselves()?;
    let mut user_errors = Vec::new();
    if store::end(&writer, session).await? {
        Happened::SessionsRevoked.with(json!({ "sessionId": session }), writer.caller.user, &writer.transaction, &request).await?;
        writer.commit().await?;
    } else {
        user_errors.push(UserError::at(&["sessionId"], UserErrorCode::NotFound, "you have no such session, or it has ended"));
    }
    Ok(Some(Plain::new(user_errors, input.client_mutation_id.as_ref())))
}

async fn revoke_other_sessions(
    request: Request,
    arguments: Arc<InputArgument<RevokeOtherSessionsInput>>,
) -> Result<Option<Arc<RevokeOtherSessionsPayload>>, Error> {
    let InputArgument(input) = &*arguments;
    let writer = request.writer().await?;
    let session = writer.caller.require_session()?;
    let revoked = end_other_sessions(&writer, session).await?;
    let metadata = json!({ "keptSessionId": session, "count": revoked });
    Happened::SessionsRevoked.with(metadata, writer.caller.user, &writer.transaction, &request).await?;
    writer.commit().await?;
    Ok(Some(Arc::new(RevokeOtherSessionsPayload {
        revoked: revoked.try_into().unwrap_or(i32::MAX),
        user_errors: Vec::new(),
        client_mutation_id: input.client_mutation_id.clone(),
    })))
}
