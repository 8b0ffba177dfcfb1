//! The mutation `acceptInvitation`.

use std::sync::Arc;

use entity::id::{OrganizationId, OrganizationMembershipId};
use entity::invitation::InvitationStatus;
use serde_json::json;

use super::answer::{self, Answer};
use super::store;
use super::target::Target;
use crate::audit::Record;
use crate::error::Error;
use crate::graph::{Fields, InputArgument, InputObject, Mutation, Object, ObjectType};
use crate::people::user::Viewer;
use crate::request::{Request, Writer};
use crate::tenancy::domain::assign;
use crate::tenancy::joining::{Newcomer, join};
use crate::tenancy::membership::{OrganizationMembership, memberships_by_id};
use crate::tenancy::organization::{Organization, organizations_by_id};
use crate::user_error::{UserError, UserErrorCode};

#[derive(Clone, Default)]
struct AcceptInvitationInput(Answer);

impl InputObject for AcceptInvitationInput {
    const NAME: &'static str = "AcceptInvitationInput";
    const DESCRIPTION: &'static str = "Which invitation you accept. Name it by one of `token` and `invitationId`.";

    fn fields() -> Fields<Self> {
        Fields::default().embed(Answer::fields(), |into: &mut Self| &mut into.0)
    }
}

#[derive(Default)]
struct AcceptInvitationPayload {
    viewer: Option<Arc<Viewer>>,
    membership: Option<Arc<OrganizationMembership>>,
    organization: Option<Arc<Organization>>,
    user_errors: Vec<Arc<UserError>>,
    client_mutation_id: Option<String>,
}

impl Object for AcceptInvitationPayload {
    fn name() -> &'static str {
        "AcceptInvitationPayload"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("What came of `acceptInvitation`.")
            .inline_one("viewer", "You, in the tenant of the organization; null where there are user errors.", |payload: &Self| {
                payload.viewer.clone()
            })
            .inline_one("membership", "Your place in the organization; null where there are user errors.", |payload| {
                payload.membership.clone()
            })
            .inline_one("organization", "The organization; null where there are user errors.", |payload| {
                payload.organization.clone()
            })
            .inline_many("userErrors", "What you can mend. Nothing was written where there are some.", |payload| {
                payload.user_errors.clone()
            })
            .field("clientMutationId", "As it was sent.", |payload| &payload.client_mutation_id)
    }
}

/// Adds `acceptInvitation`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "acceptInvitation",
        "Joins the organization that you were invited to, as what you were invited, and its tenant, which your session enters. Your address \
         must be the one that was invited, and proven; whoever invited you must still be entitled to. It takes no further seat.",
        accept_invitation,
    )
}

async fn accept_invitation(
    request: Request,
    arguments: Arc<InputArgument<AcceptInvitationInput>>,
) -> Result<Option<Arc<AcceptInvitationPayload>>, Error> {
    let InputArgument(AcceptInvitationInput(answer)) = &*arguments;
    let mut payload = AcceptInvitationPayload { client_mutation_id: answer.client_mutation_id.clone(), ..Default::default() };
    let accepted = match answer::open(&request, answer).await? {
        Ok((writer, target)) => accept(writer, &target).await?,
        Err(error) => Err(error),
    };
    match accepted {
        Ok((organization, membership)) => {
            let caller = request.reader().await?.caller.clone();
            if let Some(presence) = &caller.presence {
                assign(&request, caller.user, presence.tenant).await;
            }
            payload.viewer = Some(Arc::new(Viewer::new(&request.reader().await?.caller)));
            payload.membership = memberships_by_id(request.clone(), vec![membership]).await?.remove(&membership);
            payload.organization = organizations_by_id(request, vec![organization]).await?.remove(&organization);
        }
        Err(error) => payload.user_errors.push(error),
    }
    Ok(Some(Arc::new(payload)))
}

type Accepted = Result<(OrganizationId, OrganizationMembershipId), Arc<UserError>>;

async fn accept(writer: Writer, target: &Target) -> Result<Accepted, Error> {
    let organization = target.organization;
    let sheet = writer.role_sheet().await?;
    if !target.offer.missing(&writer, &sheet, organization, &[]).await?.is_empty() {
        let message = "a role or a team that the invitation offers is gone: ask for a new one";
        return Ok(Err(UserError::general(UserErrorCode::NotFound, message)));
    }
    if !target.offer.may_be_made_by(&writer, &sheet, organization, target.invited_by).await? {
        let message = "whoever invited you may not give this any more: ask somebody else for an invitation";
        return Ok(Err(UserError::general(UserErrorCode::NotEntitled, message)));
    }
    let newcomer =
        Newcomer { user: writer.caller.user, organization, role: target.offer.role, invited_by: Some(target.invited_by) };
    let joined = match join(&writer, &newcomer).await? {
        Ok(joined) => joined,
        Err(error) => return Ok(Err(error)),
    };
    store::answer(&writer, target.id, InvitationStatus::Accepted).await?;
    store::give(&writer, target, joined.tenant_membership, target.invited_by).await?;
    store::stay(&writer).await?;
    let answered = Record::of("invitation.accept", target.id)
        .within(organization)
        .before(json!({ "status": "pending" }))
        .after(json!({ "status": "accepted", "membershipId": joined.membership }));
    writer.audit(answered).await?;
    let mut said = target.offer.said();
    said["userId"] = json!(writer.caller.user);
    said["tenantMembershipId"] = json!(joined.tenant_membership);
    said["invitationId"] = json!(target.id);
    writer.audit(Record::of("member.join", joined.membership).within(organization).after(said)).await?;
    writer.commit().await?;
    Ok(Ok((organization, joined.membership)))
}
