//! What mutations of ownership answer.

use std::marker::PhantomData;
use std::sync::Arc;

use entity::id::OwnershipTransferId;

use super::super::OwnershipOffer;
use super::super::store::written_offer;
use crate::access_change::{Call, Outcome, outcome_fields};
use crate::error::Error;
use crate::graph::{Fields, Id, InputObject, Object, ObjectType};
use crate::request::Request;

/// A mutation of an offer of ownership.
pub(super) trait OwnershipMutation: Default + Clone + Send + Sync + 'static {
    /// The name of the payload's type.
    const PAYLOAD: &'static str;
    /// What the payload is.
    const DESCRIPTION: &'static str;
}

/// What came of it.
pub(super) struct OwnershipPayload<M> {
    offer: Option<Arc<OwnershipOffer>>,
    outcome: Outcome,
    of: PhantomData<M>,
}

impl<M: OwnershipMutation> OwnershipPayload<M> {
    /// Of an attempt that has ended.
    pub async fn of(request: Request, id: Option<OwnershipTransferId>, outcome: Outcome) -> Result<Option<Arc<Self>>, Error> {
        let offer = match id.filter(|_| !outcome.is_refused()) {
            Some(id) => written_offer(request, id).await?,
            None => None,
        };
        Ok(Some(Arc::new(Self { offer, outcome, of: PhantomData })))
    }
}

impl<M: OwnershipMutation> Object for OwnershipPayload<M> {
    fn name() -> &'static str {
        M::PAYLOAD
    }

    fn table() -> ObjectType<Self> {
        let payload = ObjectType::<Self>::new(M::DESCRIPTION).inline_one(
            "offer",
            "The offer as it is stored now; null where there are user errors, and of one that was only tried out.",
            |payload: &Self| payload.offer.clone(),
        );
        outcome_fields(payload, |payload| &payload.outcome)
    }
}

/// A mutation that needs to know no more than which offer.
pub(super) trait NamesOffer: OwnershipMutation {
    /// The name of the input's type.
    const INPUT: &'static str;
    /// What the input is.
    const SAYS: &'static str;
}

/// The input of such a mutation.
#[derive(Clone, Default)]
pub(super) struct OfferInput<M> {
    pub offer: Option<OwnershipTransferId>,
    pub call: Call,
    of: PhantomData<M>,
}

impl<M: NamesOffer> InputObject for OfferInput<M> {
    const NAME: &'static str = M::INPUT;
    const DESCRIPTION: &'static str = M::SAYS;

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("offerId", "The offer: one that waits for an answer.", |into: &mut Self, Id(id)| into.offer = Some(id))
            .embed(Call::fields(), |into| &mut into.call)
    }
}
