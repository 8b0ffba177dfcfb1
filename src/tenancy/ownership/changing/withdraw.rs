//! The mutation `withdrawOwnershipOffer`.

use std::sync::Arc;

use entity::ownership_transfer::TransferStatus;
use migration::catalog::Permission;
use serde_json::json;

use super::payload::{NamesOffer, OfferInput, OwnershipMutation, OwnershipPayload};
use super::store;
use super::target::{Target, not_found};
use crate::access::Scope;
use crate::audit::Record;
use crate::error::Error;
use crate::graph::{InputArgument, Mutation, ObjectType};
use crate::request::Request;

#[derive(Clone, Default)]
struct WithdrawOwnershipOffer;

impl OwnershipMutation for WithdrawOwnershipOffer {
    const PAYLOAD: &'static str = "WithdrawOwnershipOfferPayload";
    const DESCRIPTION: &'static str = "What came of `withdrawOwnershipOffer`.";
}

impl NamesOffer for WithdrawOwnershipOffer {
    const INPUT: &'static str = "WithdrawOwnershipOfferInput";
    const SAYS: &'static str = "Which offer to withdraw.";
}

/// Adds `withdrawOwnershipOffer`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "withdrawOwnershipOffer",
        "Withdraws an offer of ownership. For the owner, whoever made the offer, and those who hold the permission `organization.transfer` there.",
        withdraw,
    )
}

async fn withdraw(
    request: Request,
    arguments: Arc<InputArgument<OfferInput<WithdrawOwnershipOffer>>>,
) -> Result<Option<Arc<OwnershipPayload<WithdrawOwnershipOffer>>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(id) = input.offer else { return Err(Error::bad_input("`input.offerId` is required")) };
    let (attempt, target) = Target::open(&request, &input.call, WithdrawOwnershipOffer::PAYLOAD, id).await?;
    let (writer, scope) = (&attempt.writer, Scope::Organization(target.organization));
    let is_party = [target.owner, target.offered_by].contains(&writer.caller.user);
    if let (false, Some(denial)) = (is_party, writer.denial(Permission::OrganizationTransfer, scope).await?) {
        // Those who see the organization's people know of its offer, too.
        let knows = writer.caller.user == target.to || writer.may(Permission::MembersRead, scope).await?;
        return Err(if knows { denial.into() } else { not_found() });
    }
    if let Some(over) = target.over(writer.now) {
        return OwnershipPayload::of(request, None, attempt.refuse(vec![over]).await?).await;
    }
    store::answer(writer, id, TransferStatus::Withdrawn).await?;
    let record = Record::of("ownership.withdraw", id)
        .within(target.organization)
        .before(json!({ "status": "offered" }))
        .after(json!({ "status": "withdrawn" }));
    writer.audit(record).await?;
    OwnershipPayload::of(request, Some(id), attempt.finish().await?).await
}
