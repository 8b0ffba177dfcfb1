//! The team that a mutation is about: known to the caller, manageable by it, and locked.

use entity::id::{OrganizationId, TeamId};
use migration::catalog::Permission;

use super::store;
use crate::access::{Place, Scope};
use crate::access_change::{Attempt, Call};
use crate::error::{Code, Error};
use crate::request::{Request, Writer};
use crate::teams::team::visible_teams;

/// A team as it is stored, locked until the transaction ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetTeam {
    /// Its id.
    pub id: TeamId,
    /// Where it is.
    pub organization: OrganizationId,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The team that it is directly a part of.
    pub parent: Option<TeamId>,
}

impl TargetTeam {
    /// Opens the transaction of a mutation about this team, for which the caller needs a permission where the team is. What the
    /// caller may not know of is not found.
    pub async fn open(
        request: &Request,
        call: &Call,
        payload: &str,
        id: TeamId,
        permission: Permission,
    ) -> Result<(Attempt, Self), Error> {
        // A team never changes its organization, so where it is may be asked before its transaction begins.
        let known = visible_teams(request.clone(), vec![id]).await?.remove(&id).ok_or_else(not_found)?;
        let scope = Scope::Team(known.organization, id);
        drop(known);
        let attempt = Attempt::begin(request, call, payload, scope).await?;
        let target =
            if attempt.writer.may(Permission::TeamsRead, scope).await? { store::lock(&attempt.writer, id).await? } else { None };
        let target = target.ok_or_else(not_found)?;
        attempt.writer.require(permission, scope).await?;
        Ok((attempt, target))
    }

    /// Where guards ask about it.
    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope::Team(self.organization, self.id)
    }

    /// Where it gives what it gives.
    #[must_use]
    pub fn place(&self) -> Place {
        Place::Organization(self.organization)
    }
}

/// A team and those that it is a part of, from itself to the top of the tree.
pub async fn ancestry(writer: &Writer, team: TeamId) -> Result<Vec<TeamId>, Error> {
    store::ancestry(writer, team).await
}

fn not_found() -> Error {
    Error::client(Code::NotFound, "there is no such team, or you may not know of it")
}
