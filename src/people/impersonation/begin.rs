//! The mutation `impersonate`.

use std::sync::Arc;

use chrono::TimeDelta;
use entity::id::{SessionId, TenantId, UserId};
use migration::catalog::Permission;
use serde_json::json;

use super::store::{self, Begun, NewImpersonation};
use crate::audit::Record;
use crate::clock;
use crate::database::{IMPERSONATION_PREFIX, TokenHash};
use crate::error::{Code, Error};
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, Object, ObjectType};
use crate::people::event::Happened;
use crate::people::session::{OpenedSession, device};
use crate::request::Request;
use crate::user_error::{UserError, UserErrorCode, checked_reason};

/// A visit as somebody else ends after so long, whatever was left of the developer's own session.
const LONGEST: TimeDelta = TimeDelta::minutes(30);

#[derive(Clone, Default)]
struct ImpersonateInput {
    user: Option<UserId>,
    tenant: Option<TenantId>,
    reason: String,
    client_mutation_id: Option<String>,
}

impl InputObject for ImpersonateInput {
    const NAME: &'static str = "ImpersonateInput";
    const DESCRIPTION: &'static str = "Whom to act as, where, and why.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("userId", "The person to act as: a member of the tenant.", |into: &mut Self, Id(id)| into.user = Some(id))
            .field("tenantId", "The tenant to act in. The session stays there.", |into, Id(id)| into.tenant = Some(id))
            .field("reason", "Why; the person sees it, and it stands in the audit log of the tenant.", |into, reason| {
                into.reason = reason;
            })
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

struct ImpersonatePayload {
    session: Option<Arc<OpenedSession>>,
    user_errors: Vec<Arc<UserError>>,
    client_mutation_id: Option<String>,
}

impl Object for ImpersonatePayload {
    fn name() -> &'static str {
        "ImpersonatePayload"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("What came of `impersonate`.")
            .inline_one(
                "session",
                "The session in which you act as the person; null where there are user errors. Your own session stays as it is.",
                |payload: &Self| payload.session.clone(),
            )
            .inline_many("userErrors", "What you can mend.", |payload| payload.user_errors.clone())
            .field("clientMutationId", "As it was sent.", |payload| &payload.client_mutation_id)
    }
}

/// Adds `impersonate`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation
        .root(
            "impersonate",
            "Begins a session in which you act as another person, with that person's rights and no others, for half an hour at most. For the \
             platform's staff, whose roles need the permission `users.impersonate`. It ends with your own session, and with that permission. \
             What belongs to the person's account is refused in it with `IMPERSONATION_FORBIDDEN`; all that is changed bears both names. \
             Nobody acts as one of the staff.",
            impersonate,
        )
        .asks(Permission::UsersImpersonate)
}

fn forbidden() -> Error {
    Error::client(Code::Forbidden, "only the platform's staff with the permission `users.impersonate` acts as somebody else")
}

async fn impersonate(
    request: Request,
    arguments: Arc<InputArgument<ImpersonateInput>>,
) -> Result<Option<Arc<ImpersonatePayload>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some((user, tenant)) = input.user.zip(input.tenant) else {
        return Err(Error::bad_input("`input.userId` and `input.tenantId` are required"));
    };
    let writer = request.writer().await?;
    let own_session = writer.caller.require_session()?;
    if !writer.caller.is_developer || !writer.caller.is_active {
        return Err(forbidden());
    }
    let mut payload =
        ImpersonatePayload { session: None, user_errors: Vec::new(), client_mutation_id: input.client_mutation_id.clone() };
    let reason = match checked_reason(&input.reason) {
        Ok(reason) => reason,
        Err(error) => {
            payload.user_errors.push(error);
            return Ok(Some(Arc::new(payload)));
        }
    };
    let (session, token) = (clock::new_id::<SessionId>(), clock::secret(IMPERSONATION_PREFIX));
    let new = NewImpersonation {
        user,
        tenant,
        reason: &reason,
        session,
        token_hash: TokenHash::of(&token),
        expires_at: writer.now + LONGEST,
        own_session,
        device: request.origin().user_agent.as_deref().and_then(device),
    };
    match store::begin(&writer, new).await? {
        Begun::Forbidden => return Err(forbidden()),
        Begun::Staff => return Err(Error::client(Code::Forbidden, "nobody acts as one of the platform's staff")),
        Begun::NotFound => {
            let message = "there is no such person in this tenant, or no such tenant";
            payload.user_errors.push(UserError::at(&["userId"], UserErrorCode::NotFound, message));
        }
        Begun::Until(until) => {
            let said = json!({ "sessionId": session, "reason": reason, "until": until });
            // It is written down where it happens, and nothing of where the developer was before.
            writer.transaction.enter_as(writer.caller.user, Some(tenant)).await?;
            writer.audit_in(tenant, Record::of("user.impersonate", user).after(said.clone())).await?;
            Happened::ImpersonationBegan.with(said, user, &writer.transaction, &request).await?;
            writer.commit().await?;
            payload.session = Some(Arc::new(OpenedSession::new(session, token, until)));
        }
    }
    Ok(Some(Arc::new(payload)))
}
