//! The mutation `declineInvitation`.

use std::sync::Arc;

use entity::id::InvitationId;
use entity::invitation::InvitationStatus;
use serde_json::json;

use super::answer::{self, Answer};
use super::store;
use crate::audit::Record;
use crate::error::Error;
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, Object, ObjectType};
use crate::request::Request;
use crate::user_error::UserError;

#[derive(Clone, Default)]
struct DeclineInvitationInput(Answer);

impl InputObject for DeclineInvitationInput {
    const NAME: &'static str = "DeclineInvitationInput";
    const DESCRIPTION: &'static str = "Which invitation you decline. Name it by one of `token` and `invitationId`.";

    fn fields() -> Fields<Self> {
        Fields::default().embed(Answer::fields(), |into: &mut Self| &mut into.0)
    }
}

struct DeclineInvitationPayload {
    invitation: Option<Id<InvitationId>>,
    user_errors: Vec<Arc<UserError>>,
    client_mutation_id: Option<String>,
}

impl Object for DeclineInvitationPayload {
    fn name() -> &'static str {
        "DeclineInvitationPayload"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("What came of `declineInvitation`.")
            .field("invitationId", "The invitation that you declined; null where there are user errors.", |payload: &Self| {
                &payload.invitation
            })
            .inline_many("userErrors", "What you can mend. Nothing was written where there are some.", |payload| {
                payload.user_errors.clone()
            })
            .field("clientMutationId", "As it was sent.", |payload| &payload.client_mutation_id)
    }
}

/// Adds `declineInvitation`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root("declineInvitation", "Declines an invitation to your proven address, which frees its seat.", decline_invitation)
}

async fn decline_invitation(
    request: Request,
    arguments: Arc<InputArgument<DeclineInvitationInput>>,
) -> Result<Option<Arc<DeclineInvitationPayload>>, Error> {
    let InputArgument(DeclineInvitationInput(answer)) = &*arguments;
    let client_mutation_id = answer.client_mutation_id.clone();
    let payload = match answer::open(&request, answer).await? {
        Err(error) => DeclineInvitationPayload { invitation: None, user_errors: vec![error], client_mutation_id },
        Ok((writer, target)) => {
            store::answer(&writer, target.id, InvitationStatus::Declined).await?;
            let record = Record::of("invitation.decline", target.id)
                .within(target.organization)
                .before(json!({ "status": "pending" }))
                .after(json!({ "status": "declined" }));
            writer.audit(record).await?;
            writer.commit().await?;
            DeclineInvitationPayload { invitation: Some(Id(target.id)), user_errors: Vec::new(), client_mutation_id }
        }
    };
    Ok(Some(Arc::new(payload)))
}
