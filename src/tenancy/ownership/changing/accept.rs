//! The mutation `acceptOwnership`.

use std::sync::Arc;

use entity::ownership_transfer::TransferStatus;
use migration::catalog::Permission;
use serde_json::json;

use super::payload::{NamesOffer, OfferInput, OwnershipMutation, OwnershipPayload};
use super::store;
use super::target::{Target, not_found};
use crate::access::{Gift, PermissionSet, Place, Question, Scope, Whose};
use crate::access_change::{Attempt, Outcome, Subjects};
use crate::audit::Record;
use crate::error::Error;
use crate::graph::{InputArgument, Mutation, ObjectType};
use crate::request::{Request, Writer};
use crate::user_error::{UserError, UserErrorCode};

#[derive(Clone, Default)]
struct AcceptOwnership;

impl OwnershipMutation for AcceptOwnership {
    const PAYLOAD: &'static str = "AcceptOwnershipPayload";
    const DESCRIPTION: &'static str = "What came of `acceptOwnership`.";
}

impl NamesOffer for AcceptOwnership {
    const INPUT: &'static str = "AcceptOwnershipInput";
    const SAYS: &'static str = "Which offer you accept.";
}

/// Adds `acceptOwnership`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "acceptOwnership",
        "Makes you the owner of an organization that was offered to you; the former owner becomes an admin of it. Works while it is locked for its bills, \
         too. Whoever offered it must still be entitled to.",
        accept_ownership,
    )
}

async fn accept_ownership(
    request: Request,
    arguments: Arc<InputArgument<OfferInput<AcceptOwnership>>>,
) -> Result<Option<Arc<OwnershipPayload<AcceptOwnership>>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(id) = input.offer else { return Err(Error::bad_input("`input.offerId` is required")) };
    let (attempt, target) = Target::open(&request, &input.call, AcceptOwnership::PAYLOAD, id).await?;
    if target.to != attempt.writer.caller.user {
        return Err(not_found());
    }
    let outcome = accept(attempt, &target).await?;
    OwnershipPayload::of(request, Some(id), outcome).await
}

async fn accept(mut attempt: Attempt, target: &Target) -> Result<Outcome, Error> {
    let writer = &attempt.writer;
    if let Some(over) = target.over(writer.now) {
        return attempt.refuse(vec![over]).await;
    }
    if !store::may_own(writer, target.organization, target.to).await? {
        let message = "only an active member of the organization can be its owner";
        return attempt.refuse(vec![UserError::general(UserErrorCode::NotFound, message)]).await;
    }
    if !is_still_offered(writer, target).await? {
        let message = "whoever offered the organization may not do so any more";
        return attempt.refuse(vec![UserError::general(UserErrorCode::NotEntitled, message)]).await;
    }
    attempt.watch(Subjects::Users(vec![target.from, target.to])).await?;
    store::answer(&attempt.writer, target.id, TransferStatus::Accepted).await?;
    store::hand_over(&attempt.writer, target).await?;
    let record = Record::of("ownership.accept", target.id)
        .within(target.organization)
        .before(json!({ "ownerId": target.from, "status": "offered" }))
        .after(json!({ "ownerId": target.to, "status": "accepted", "isRescue": target.is_rescue }));
    attempt.writer.audit(record).await?;
    attempt.finish().await
}

/// The owner may hand over what is theirs. Others must still hold all of it; the platform's staff gave a reason instead.
async fn is_still_offered(writer: &Writer, target: &Target) -> Result<bool, Error> {
    if target.is_rescue || target.offered_by == target.owner {
        return Ok(true);
    }
    let question = Question::new(Permission::OrganizationTransfer, Scope::Organization(target.organization));
    if !writer.decide_many(&[(Whose::Person(target.offered_by), question)]).await?.iter().all(|decision| decision.allowed) {
        return Ok(false);
    }
    let holding = writer.holdings(&[target.offered_by]).await?.remove(&target.offered_by).unwrap_or_default();
    Ok(Gift::of(Place::Organization(target.organization), PermissionSet::ALL).require_held(&holding).is_ok())
}
