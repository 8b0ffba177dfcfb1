//! To whom something is granted: a member, a team or a role, as the caller names it.

use entity::id::{OrganizationId, OrganizationMembershipId, RoleId, TeamId, TenantMembershipId, UserId};
use entity::split;
use migration::catalog::Permission;

use super::store;
use crate::access::{Resource, RoleSheet, Scope};
use crate::access_change::Subjects;
use crate::error::Error;
use crate::request::Writer;

/// To whom something is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grantee {
    /// A member of the tenant.
    Member(TenantMembershipId, UserId),
    /// The members of a team, which is in this organization.
    Team(TeamId, OrganizationId),
    /// Everybody who has the role.
    Role(RoleId),
}

/// The prefixes of ids that name one.
const NAMED: &str = "`input.granteeId` names a member (`tmem_…`, `mem_…` or `user_…`), a team (`team_…`) or a role (`role_…`)";

impl Grantee {
    /// The one that this id names; `None` where there is none, or the caller may not know of it. `within` is the organization
    /// whose people it may know of, if not those of the tenant.
    pub async fn find(writer: &Writer, id: &str, within: Option<OrganizationId>, sheet: &RoleSheet) -> Result<Option<Self>, Error> {
        let (prefix, id) = split(id).ok_or_else(|| Error::bad_input(NAMED))?;
        match prefix {
            UserId::PREFIX | TenantMembershipId::PREFIX | OrganizationMembershipId::PREFIX => {
                let sees_all = writer.may(Permission::MembersRead, Scope::Tenant).await?;
                let found = store::member(writer, prefix, id, within.filter(|_| !sees_all)).await?;
                Ok(found.filter(|_| sees_all || within.is_some()).map(|(membership, user)| Self::Member(membership, user)))
            }
            TeamId::PREFIX => {
                let team = TeamId::from(id);
                let found = store::whereabouts(writer, &Resource::team(team)).await?;
                let Some(organization) = found.organization() else { return Ok(None) };
                let known = writer.may(Permission::TeamsRead, Scope::Team(organization, team)).await?;
                Ok(known.then_some(Self::Team(team, organization)))
            }
            RoleId::PREFIX => Ok(Some(RoleId::from(id)).filter(|role| sheet.contains(*role)).map(Self::Role)),
            _ => Err(Error::bad_input(NAMED)),
        }
    }

    /// Whose access hangs on it.
    pub fn subjects(self) -> Subjects {
        match self {
            Self::Member(_, user) => Subjects::Users(vec![user]),
            Self::Team(team, _) => Subjects::MembersOf(vec![team]),
            Self::Role(role) => Subjects::HoldersOf(vec![role]),
        }
    }

    /// Its id as clients write it.
    pub fn written(self) -> String {
        match self {
            Self::Member(membership, _) => membership.to_string(),
            Self::Team(team, _) => team.to_string(),
            Self::Role(role) => role.to_string(),
        }
    }
}
