//! What mutations of teams answer.

use std::marker::PhantomData;
use std::sync::Arc;

use entity::id::TeamId;

use crate::access_change::{Outcome, outcome_fields};
use crate::error::Error;
use crate::graph::{Object, ObjectType};
use crate::request::Request;
use crate::teams::team::{Team, visible_teams};

/// A mutation whose payload shows one team.
pub(super) trait TeamMutation: Send + Sync + 'static {
    /// The name of the payload's type.
    const PAYLOAD: &'static str;
    /// What the payload is.
    const DESCRIPTION: &'static str;
}

/// What came of it.
pub(super) struct TeamPayload<M> {
    team: Option<Arc<Team>>,
    outcome: Outcome,
    of: PhantomData<M>,
}

impl<M: TeamMutation> TeamPayload<M> {
    /// Of an attempt that has ended; the team, where it was not refused.
    pub async fn of(request: Request, team: Option<TeamId>, outcome: Outcome) -> Result<Option<Arc<Self>>, Error> {
        let team = match team {
            Some(id) => visible_teams(request, vec![id]).await?.remove(&id),
            None => None,
        };
        Ok(Some(Arc::new(Self { team, outcome, of: PhantomData })))
    }
}

impl<M: TeamMutation> Object for TeamPayload<M> {
    fn name() -> &'static str {
        M::PAYLOAD
    }

    fn table() -> ObjectType<Self> {
        let payload = ObjectType::<Self>::new(M::DESCRIPTION).inline_one(
            "team",
            "The team as it is stored now; null where there are user errors, or where there is none.",
            |payload: &Self| payload.team.clone(),
        );
        outcome_fields(payload, |payload| &payload.outcome)
    }
}
