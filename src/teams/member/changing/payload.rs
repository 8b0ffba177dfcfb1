//! What mutations of members of teams answer.

use std::marker::PhantomData;
use std::sync::Arc;

use entity::id::{TeamId, TeamMemberId};

use crate::access_change::{Outcome, outcome_fields};
use crate::error::Error;
use crate::graph::{Object, ObjectType};
use crate::request::Request;
use crate::teams::member::{TeamMember, team_members_by_id};
use crate::teams::team::{Team, visible_teams};

/// A mutation whose payload shows a place in a team.
pub(super) trait MemberMutation: Send + Sync + 'static {
    /// The name of the payload's type.
    const PAYLOAD: &'static str;
    /// What the payload is.
    const DESCRIPTION: &'static str;
}

/// What came of it.
pub(super) struct MemberPayload<M> {
    member: Option<Arc<TeamMember>>,
    team: Option<Arc<Team>>,
    outcome: Outcome,
    of: PhantomData<M>,
}

impl<M: MemberMutation> MemberPayload<M> {
    /// Of an attempt that has ended.
    pub async fn of(request: Request, place: (TeamId, TeamMemberId), outcome: Outcome) -> Result<Option<Arc<Self>>, Error> {
        let (team, member) = place;
        let member = team_members_by_id(request.clone(), vec![member]).await?.remove(&member);
        let team = visible_teams(request, vec![team]).await?.remove(&team);
        Ok(Some(Arc::new(Self { member, team, outcome, of: PhantomData })))
    }

    /// Of an attempt that was refused.
    pub fn refused(outcome: Outcome) -> Arc<Self> {
        Arc::new(Self { member: None, team: None, outcome, of: PhantomData })
    }
}

impl<M: MemberMutation> Object for MemberPayload<M> {
    fn name() -> &'static str {
        M::PAYLOAD
    }

    fn table() -> ObjectType<Self> {
        let payload = ObjectType::<Self>::new(M::DESCRIPTION)
            .inline_one(
                "member",
                "The place in the team as it is stored now; null where there are user errors, where there is none, or where you may not \
                 know of it.",
                |payload: &Self| payload.member.clone(),
            )
            .inline_one("team", "The team as it is now; null where there are user errors.", |payload| payload.team.clone());
        outcome_fields(payload, |payload| &payload.outcome)
    }
}
