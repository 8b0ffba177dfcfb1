//! What mutations of one invitation answer.

use std::marker::PhantomData;
use std::sync::Arc;

use entity::id::InvitationId;

use super::super::Invitation;
use super::super::store::written_invitations;
use crate::error::Error;
use crate::graph::{Object, ObjectType};
use crate::request::Request;
use crate::user_error::UserError;

/// A mutation whose payload shows an invitation.
pub(super) trait InvitationMutation: Send + Sync + 'static {
    /// The name of the payload's type.
    const PAYLOAD: &'static str;
    /// What the payload is.
    const DESCRIPTION: &'static str;
    /// Does it make a token?
    const SENDS: bool;
}

/// What came of it.
pub(super) struct InvitationPayload<M> {
    invitation: Option<Arc<Invitation>>,
    token: Option<String>,
    user_errors: Vec<Arc<UserError>>,
    client_mutation_id: Option<String>,
    of: PhantomData<M>,
}

impl<M: InvitationMutation> InvitationPayload<M> {
    /// Of a mutation that was committed.
    pub async fn of(
        request: Request,
        id: InvitationId,
        token: Option<String>,
        client_mutation_id: Option<String>,
    ) -> Result<Option<Arc<Self>>, Error> {
        let invitation = written_invitations(request, vec![id]).await?.remove(&id);
        Ok(Some(Arc::new(Self { invitation, token, user_errors: Vec::new(), client_mutation_id, of: PhantomData })))
    }

    /// Of one that wrote nothing.
    pub fn refused(user_errors: Vec<Arc<UserError>>, client_mutation_id: Option<String>) -> Arc<Self> {
        Arc::new(Self { invitation: None, token: None, user_errors, client_mutation_id, of: PhantomData })
    }
}

/// The description of a token that is shown.
pub(super) const TOKEN: &str = "The secret by which the person accepts (`acceptInvitation`), beside the address that must be theirs: for those who \
     deliver invitations themselves. It is shown this once; null where the idempotency key was used before.";

impl<M: InvitationMutation> Object for InvitationPayload<M> {
    fn name() -> &'static str {
        M::PAYLOAD
    }

    fn table() -> ObjectType<Self> {
        let payload = ObjectType::<Self>::new(M::DESCRIPTION)
            .inline_one("invitation", "The invitation as it is now; null where there are user errors.", |payload: &Self| {
                payload.invitation.clone()
            })
            .inline_many("userErrors", "What you can mend. Nothing was written where there are some.", |payload| {
                payload.user_errors.clone()
            })
            .field("clientMutationId", "As it was sent.", |payload| &payload.client_mutation_id);
        if M::SENDS { payload.field("token", TOKEN, |payload| &payload.token) } else { payload }
    }
}
