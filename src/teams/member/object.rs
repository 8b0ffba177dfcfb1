//! The type `TeamMember`.

use chrono::{DateTime, Utc};
use entity::id::{OrganizationId, OrganizationMembershipId, TeamId, TeamMemberId, UserId};

use super::store::team_members_by_id;
use crate::access::Scope;
use crate::graph::{Object, ObjectType};
use crate::people::user::users_by_id;
use crate::teams::team::visible_teams;
use crate::tenancy::membership::memberships_by_id;

/// Somebody's place in a team.
#[derive(Debug)]
pub struct TeamMember {
    /// Its id.
    pub id: TeamMemberId,
    /// Its place in time.
    pub index_id: i64,
    /// In which team.
    pub team: TeamId,
    /// Where the team is.
    pub organization: OrganizationId,
    /// Who.
    pub user: UserId,
    /// The member's place in the organization of the team.
    pub membership: Option<OrganizationMembershipId>,
    /// Leads the team?
    pub is_lead: bool,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl Object for TeamMember {
    fn name() -> &'static str {
        "TeamMember"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("Somebody's place in a team.")
            .scope(|member| Scope::Organization(member.organization))
            .node(|member| member.id, team_members_by_id)
            .field("isLead", "Whether this member leads the team. A team may have several leads, or none.", |member| {
                &member.is_lead
            })
            .field("createdAt", "Since when.", |member| &member.created_at)
            .field("updatedAt", "When it was last changed.", |member| &member.updated_at)
            .one("user", "Who.", users_by_id, |member| member.user)
            .one("team", "In which team.", visible_teams, |member| member.team)
            .one(
                "membership",
                "The member's place in the organization of the team; null where the member has left it.",
                memberships_by_id,
                |member| member.membership,
            )
    }
}
