//! Answering an invitation: by its token, or by its id where the address is proven. Whoever answers may be in no tenant yet, or
//! in another one: the transaction goes where the invitation is.

use std::sync::Arc;

use entity::id::InvitationId;

use super::store;
use super::target::Target;
use crate::access::Presence;
use crate::database::TokenHash;
use crate::error::{Code, Error};
use crate::graph::{Fields, Id};
use crate::request::{Request, Writer};
use crate::tenancy::seats;
use crate::user_error::{UserError, UserErrorCode};
use entity::tenant::TenantStatus;

/// Which invitation is answered, as a client says it.
#[derive(Clone, Default)]
pub(super) struct Answer {
    token: Option<String>,
    invitation: Option<InvitationId>,
    pub client_mutation_id: Option<String>,
}

impl Answer {
    /// The fields of it.
    pub fn fields() -> Fields<Self> {
        Fields::default()
            .field("token", "The secret that came with the invitation.", |into: &mut Self, token| into.token = token)
            .field("invitationId", "The invitation, where it stands in `viewer { invitations }`.", |into, id: Option<Id<_>>| {
                into.invitation = id.map(|Id(id)| id);
            })
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }

    fn field(&self) -> &'static str {
        if self.token.is_some() { "token" } else { "invitationId" }
    }
}

/// What is answered, or what is to be mended first.
pub(super) type Opened = Result<(Writer, Target), Arc<UserError>>;

/// Opens the transaction of an answer: in the tenant of the invitation, as the only one that changes access there. The
/// invitation waits for an answer, and is for the proven address of the caller.
pub(super) async fn open(request: &Request, answer: &Answer) -> Result<Opened, Error> {
    let mut writer = request.writer().await?;
    writer.caller.require_themselves()?;
    if !writer.caller.is_active {
        return Err(Error::client(Code::Forbidden, "your account is not active"));
    }
    let found = match (&answer.token, answer.invitation) {
        (Some(token), None) => store::by_token(&writer, &TokenHash::of(token)).await?,
        (None, Some(id)) => store::received(&writer, id).await?,
        _ => return Err(Error::bad_input("`input`: name the invitation by one of `token` and `invitationId`")),
    };
    let Some(found) = found else { return Ok(Err(not_found(answer))) };
    // Whose it is, before anything is told of it.
    let Some(address) = store::address(&writer).await? else { return Ok(Err(not_found(answer))) };
    let Some(presence) = store::enter(&writer, found.tenant).await?.filter(is_open) else { return Ok(Err(not_found(answer))) };
    writer.caller.presence = Some(presence);
    let Some(organization) = store::organization(&writer, found.invitation).await? else { return Ok(Err(not_found(answer))) };
    if !seats::lock(&writer, organization).await? {
        return Ok(Err(not_found(answer)));
    }
    let Some(target) = store::lock(&writer, found.invitation).await? else { return Ok(Err(not_found(answer))) };
    if target.email != address.email {
        let message = "the invitation is for another address: sign in with that one";
        return Ok(Err(UserError::at(&[answer.field()], UserErrorCode::NotFound, message)));
    }
    if !address.is_verified {
        let message = "prove first that your address is yours: follow the link in the mail that you got";
        return Ok(Err(UserError::general(UserErrorCode::EmailNotVerified, message)));
    }
    if let Some(answered) = target.answered() {
        return Ok(Err(answered));
    }
    if target.is_late(writer.now) {
        let message = "the time of the invitation has passed: ask for a new one";
        return Ok(Err(UserError::general(UserErrorCode::Ended, message)));
    }
    Ok(Ok((writer, target)))
}

fn is_open(presence: &Presence) -> bool {
    matches!(presence.status, TenantStatus::Trial | TenantStatus::Active)
}

fn not_found(answer: &Answer) -> Arc<UserError> {
    let message = "there is no such invitation, or it is not for you";
    UserError::at(&[answer.field()], UserErrorCode::NotFound, message)
}
