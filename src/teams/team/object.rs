//! The type `Team`.

use chrono::{DateTime, Utc};
use entity::id::{OrganizationId, TeamId};
use migration::catalog::Permission;

use super::store::{ancestors_of_teams, roles_of_teams, teams_below, visible_teams};
use crate::access::Scope;
use crate::graph::{Object, ObjectType};
use crate::roles::grant::grants_of_teams;
use crate::teams::member::members_of_teams;
use crate::tenancy::organization::organizations_by_id;

/// A team that the caller may know of.
#[derive(Debug)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// Its place in time.
    pub index_id: i64,
    /// Where.
    pub organization: OrganizationId,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The team that it is a part of.
    pub parent: Option<TeamId>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl Object for Team {
    fn name() -> &'static str {
        "Team"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new(
            "People of an organization who work together. Teams form a tree: what a team is given, the teams below it have too.",
        )
        .scope(|team| Scope::Team(team.organization, team.id))
        .node(|team| team.id, visible_teams)
        .field("name", "Its name: unique in the organization, upper and lower case alike.", |team| &team.name)
        .field("description", "What it is for.", |team| &team.description)
        .field("createdAt", "When it was made.", |team| &team.created_at)
        .field("updatedAt", "When it was last changed.", |team| &team.updated_at)
        .one("organization", "Where it belongs.", organizations_by_id, |team| team.organization)
        .one("parent", "The team that it is directly a part of; null at the top of the tree.", visible_teams, |team| team.parent)
        .many("ancestors", "The teams that it is a part of, from its parent to the top of the tree.", ancestors_of_teams, |team| {
            (team.organization, team.id)
        })
        .supposes(5)
        .connection("children", "The teams directly below it that you may see.", teams_below, |team| (team.organization, team.id))
        .connection(
            "members",
            "Who is in it, the longest-standing first; not those of the teams below.",
            members_of_teams,
            |team| team.id,
        )
        .requires(Permission::MembersRead)
        .many("roles", "The roles that all its members have, and those of the teams below it.", roles_of_teams, |team| team.id)
        .supposes(3)
        .requires(Permission::TeamsRead)
        .connection(
            "grants",
            "What its members, and those of the teams below it, are granted on single resources.",
            grants_of_teams,
            |team| team.id,
        )
        .requires(Permission::AccessExplain)
    }
}
