//! The place in a team that a mutation is about: known to the caller, manageable by it, and locked.

use entity::id::{TeamMemberId, UserId};
use migration::catalog::Permission;

use super::store::{self, Place};
use crate::access_change::{Attempt, Call};
use crate::error::{Code, Error};
use crate::request::Request;
use crate::teams::member::team_members_by_id;
use crate::teams::team::TargetTeam;

/// Somebody's place in a team, locked together with the team until the transaction ends.
pub(super) struct TargetMember {
    pub id: TeamMemberId,
    pub user: UserId,
    pub is_lead: bool,
    pub team: TargetTeam,
}

impl TargetMember {
    /// Opens the transaction of a mutation about this place. What the caller may not know of is not found.
    pub async fn open(request: &Request, call: &Call, payload: &str, id: TeamMemberId) -> Result<(Attempt, Self), Error> {
        let team = team_members_by_id(request.clone(), vec![id]).await?.remove(&id).ok_or_else(not_found)?.team;
        let (attempt, team) = TargetTeam::open(request, call, payload, team, Permission::TeamsManage).await?;
        // Somebody else may have taken the member away in this moment.
        let Place { user, is_lead } = store::find(&attempt.writer, id).await?.ok_or_else(not_found)?;
        Ok((attempt, Self { id, user, is_lead, team }))
    }
}

fn not_found() -> Error {
    Error::client(Code::NotFound, "there is no such member of a team, or you may not know of it")
}
