//! What mutations of memberships answer.

use std::marker::PhantomData;
use std::sync::Arc;

use entity::id::OrganizationMembershipId;

use crate::access_change::{Call, Outcome, outcome_fields};
use crate::error::Error;
use crate::graph::{Fields, Id, InputObject, Object, ObjectType};
use crate::request::Request;
use crate::tenancy::membership::{OrganizationMembership, memberships_by_id};

/// A mutation of one membership.
pub(super) trait MembershipMutation: Default + Send + Sync + 'static {
    /// The name of the payload's type.
    const PAYLOAD: &'static str;
    /// What the payload is.
    const DESCRIPTION: &'static str;
    /// Does it end the membership?
    const ENDS: bool;
}

/// What came of it.
pub(super) struct MembershipPayload<M> {
    membership: Option<Arc<OrganizationMembership>>,
    ended: Option<Id<OrganizationMembershipId>>,
    outcome: Outcome,
    of: PhantomData<M>,
}

impl<M: MembershipMutation> MembershipPayload<M> {
    /// Of an attempt that has ended.
    pub async fn of(request: Request, id: OrganizationMembershipId, outcome: Outcome) -> Result<Option<Arc<Self>>, Error> {
        let is_shown = !outcome.is_refused() && !M::ENDS;
        let membership = if is_shown { memberships_by_id(request, vec![id]).await?.remove(&id) } else { None };
        let ended = (M::ENDS && !outcome.is_refused()).then_some(Id(id));
        Ok(Some(Arc::new(Self { membership, ended, outcome, of: PhantomData })))
    }
}

impl<M: MembershipMutation> Object for MembershipPayload<M> {
    fn name() -> &'static str {
        M::PAYLOAD
    }

    fn table() -> ObjectType<Self> {
        let payload = ObjectType::<Self>::new(M::DESCRIPTION);
        let payload = if M::ENDS {
            payload.field(
                "endedMembershipId",
                "The membership that has ended, or of a dry run would; null where there are user errors.",
                |payload: &Self| &payload.ended,
            )
        } else {
            payload.inline_one(
                "membership",
                "The membership as it is stored now; null where there are user errors.",
                |payload: &Self| payload.membership.clone(),
            )
        };
        outcome_fields(payload, |payload| &payload.outcome)
    }
}

/// The input of a mutation that needs to know no more than which membership.
#[derive(Clone, Default)]
pub(super) struct MembershipInput<M> {
    pub membership: Option<OrganizationMembershipId>,
    pub call: Call,
    of: PhantomData<M>,
}

/// What such an input is called.
pub(super) trait NamesMembership: MembershipMutation + Clone {
    /// The name of the input's type.
    const INPUT: &'static str;
    /// What the input is.
    const SAYS: &'static str;
}

impl<M: NamesMembership> InputObject for MembershipInput<M> {
    const NAME: &'static str = M::INPUT;
    const DESCRIPTION: &'static str = M::SAYS;

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("membershipId", "The membership.", |into: &mut Self, Id(id)| into.membership = Some(id))
            .embed(Call::fields(), |into| &mut into.call)
    }
}
