//! The mutation `declineOwnership`.

use std::sync::Arc;

use entity::ownership_transfer::TransferStatus;
use serde_json::json;

use super::payload::{NamesOffer, OfferInput, OwnershipMutation, OwnershipPayload};
use super::store;
use super::target::{Target, not_found};
use crate::audit::Record;
use crate::error::Error;
use crate::graph::{InputArgument, Mutation, ObjectType};
use crate::request::Request;

#[derive(Clone, Default)]
struct DeclineOwnership;

impl OwnershipMutation for DeclineOwnership {
    const PAYLOAD: &'static str = "DeclineOwnershipPayload";
    const DESCRIPTION: &'static str = "What came of `declineOwnership`.";
}

impl NamesOffer for DeclineOwnership {
    const INPUT: &'static str = "DeclineOwnershipInput";
    const SAYS: &'static str = "Which offer you decline.";
}

/// Adds `declineOwnership`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root("declineOwnership", "Declines an organization that was offered to you.", decline)
}

async fn decline(
    request: Request,
    arguments: Arc<InputArgument<OfferInput<DeclineOwnership>>>,
) -> Result<Option<Arc<OwnershipPayload<DeclineOwnership>>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(id) = input.offer else { return Err(Error::bad_input("`input.offerId` is required")) };
    let (attempt, target) = Target::open(&request, &input.call, DeclineOwnership::PAYLOAD, id).await?;
    let writer = &attempt.writer;
    if target.to != writer.caller.user {
        return Err(not_found());
    }
    if let Some(over) = target.over(writer.now) {
        return OwnershipPayload::of(request, None, attempt.refuse(vec![over]).await?).await;
    }
    store::answer(writer, id, TransferStatus::Declined).await?;
    let record = Record::of("ownership.decline", id)
        .within(target.organization)
        .before(json!({ "status": "offered" }))
        .after(json!({ "status": "declined" }));
    writer.audit(record).await?;
    OwnershipPayload::of(request, Some(id), attempt.finish().await?).await
}
