//! The mutation `offerOwnership`, and what it shares with a rescue.

use std::sync::Arc;

use entity::id::{OrganizationId, OwnershipTransferId, UserId};
use migration::catalog::Permission;
use serde_json::json;

use super::payload::{OwnershipMutation, OwnershipPayload};
use super::store::{self, NewOffer};
use crate::access::{Gift, PermissionSet, Place, Scope};
use crate::access_change::{Attempt, Call, Outcome};
use crate::audit::Record;
use crate::clock;
use crate::error::Error;
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, ObjectType};
use crate::request::Request;
use crate::tenancy::organization::{not_found, require_known};
use crate::tenancy::seats;
use crate::user_error::{UserError, UserErrorCode};

#[derive(Clone, Default)]
struct OfferOwnershipInput {
    organization: Option<OrganizationId>,
    user: Option<UserId>,
    call: Call,
}

impl InputObject for OfferOwnershipInput {
    const NAME: &'static str = "OfferOwnershipInput";
    const DESCRIPTION: &'static str = "Which organization is offered to whom.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("organizationId", "The organization.", |into: &mut Self, Id(id)| into.organization = Some(id))
            .field("userId", "The person: an active member of it.", |into, Id(id)| into.user = Some(id))
            .embed(Call::fields(), |into| &mut into.call)
    }
}

#[derive(Clone, Default)]
struct OfferOwnership;

impl OwnershipMutation for OfferOwnership {
    const PAYLOAD: &'static str = "OfferOwnershipPayload";
    const DESCRIPTION: &'static str = "What came of `offerOwnership`.";
}

/// Adds `offerOwnership`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "offerOwnership",
        "Offers an organization to one of its members, for 24 hours; nothing changes until they accept, and there is one offer at a time. Needs the \
         permission `organization.transfer` in it, and every permission there, since the owner has them all.",
        offer_ownership,
    )
}

async fn offer_ownership(
    request: Request,
    arguments: Arc<InputArgument<OfferOwnershipInput>>,
) -> Result<Option<Arc<OwnershipPayload<OfferOwnership>>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some((organization, user)) = input.organization.zip(input.user) else {
        return Err(Error::bad_input("`input.organizationId` and `input.userId` are required"));
    };
    let scope = Scope::Organization(organization);
    let attempt = Attempt::begin(&request, &input.call, OfferOwnership::PAYLOAD, scope).await?;
    // What the owner gives away is the owner's to give.
    attempt.writer.caller.require_themselves()?;
    require_known(&attempt.writer, organization).await?;
    attempt.writer.require(Permission::OrganizationTransfer, scope).await?;
    attempt.writer.require_held(&Gift::of(Place::Organization(organization), PermissionSet::ALL))?;
    let (made, outcome) = offer(attempt, organization, user, None).await?;
    OwnershipPayload::of(request, made, outcome).await
}

/// Makes an offer, where whoever it is made to could be the owner.
pub(super) async fn offer(
    attempt: Attempt,
    organization: OrganizationId,
    to: UserId,
    rescue: Option<String>,
) -> Result<(Option<OwnershipTransferId>, Outcome), Error> {
    let writer = &attempt.writer;
    if !seats::lock(writer, organization).await? {
        return Err(not_found());
    }
    let from = store::owner(writer, organization).await?.ok_or_else(not_found)?;
    let refused = |code, message| UserError::at(&["userId"], code, message);
    if from == to {
        let error = refused(UserErrorCode::AlreadyDone, "this person owns the organization already");
        return Ok((None, attempt.refuse(vec![error]).await?));
    }
    if !store::may_own(writer, organization, to).await? {
        let error = refused(UserErrorCode::NotFound, "this is no active member of the organization");
        return Ok((None, attempt.refuse(vec![error]).await?));
    }
    let new = NewOffer { id: clock::new_id(), organization, from, to, rescue };
    if !store::insert(writer, &new).await? {
        let message = "the organization is offered to somebody already: withdraw that offer first";
        return Ok((None, attempt.refuse(vec![UserError::general(UserErrorCode::Taken, message)]).await?));
    }
    let action = if new.rescue.is_some() { "ownership.rescue" } else { "ownership.offer" };
    let said = json!({ "fromUserId": from, "toUserId": to, "reason": new.rescue });
    writer.audit(Record::of(action, new.id).within(organization).after(said)).await?;
    Ok((Some(new.id), attempt.finish().await?))
}
