//! The type `Invitation`.

use chrono::{DateTime, Utc};
use entity::id::{InvitationId, OrganizationId, UserId};
use entity::organization_membership::OrganizationRole;
use migration::catalog::Permission;

use super::store::{offered_roles, offered_teams, visible_invitations};
use crate::access::Scope;
use crate::graph::{Enumeration, Object, ObjectType};
use crate::people::user::users_by_id;
use crate::tenancy::membership::OrganizationMemberRole;
use crate::tenancy::organization::organizations_by_id;

/// An invitation to an organization.
#[derive(Debug)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// Its place in time.
    pub index_id: i64,
    /// Where to.
    pub organization: OrganizationId,
    /// Who is invited.
    pub email: String,
    /// As what.
    pub role: OrganizationRole,
    /// What became of it.
    pub state: InvitationState,
    /// Who answers for it.
    pub invited_by: UserId,
    /// Who joined by it.
    pub accepted_by: Option<UserId>,
    /// When it was last sent.
    pub sent_at: DateTime<Utc>,
    /// How often it was sent again.
    pub resent_count: i32,
    /// Until when it can be accepted.
    pub expires_at: DateTime<Utc>,
    /// When it was answered or taken back.
    pub answered_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// What became of an invitation, as clients see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationState {
    /// It waits for an answer.
    Pending,
    /// Its time has passed.
    Expired,
    /// The person has joined.
    Accepted,
    /// The person does not want to.
    Declined,
    /// It was taken back.
    Revoked,
}

impl Object for Invitation {
    fn name() -> &'static str {
        "Invitation"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("Somebody who is asked to join an organization. While it is pending, it holds a seat.")
            .scope(|invitation| Scope::Organization(invitation.organization))
            .node(|invitation| invitation.id, visible_invitations)
            .field("email", "To whom it was sent.", |invitation| &invitation.email)
            .computed("role", "As what the person would join.", |invitation| OrganizationMemberRole::Stored(invitation.role))
            .field("status", "What became of it.", |invitation| &invitation.state)
            .field("sentAt", "When it was last sent.", |invitation| &invitation.sent_at)
            .field("resentCount", "How often it was sent again.", |invitation| &invitation.resent_count)
            .field("expiresAt", "Until when it can be accepted.", |invitation| &invitation.expires_at)
            .field("answeredAt", "When it was accepted, declined or taken back.", |invitation| &invitation.answered_at)
            .field("createdAt", "When it was made.", |invitation| &invitation.created_at)
            .field("updatedAt", "When it was last changed.", |invitation| &invitation.updated_at)
            .one("organization", "Where to.", organizations_by_id, |invitation| invitation.organization)
            .one("invitedBy", "Who answers for it: whoever made, changed or sent it last.", users_by_id, |invitation| {
                invitation.invited_by
            })
            .one("acceptedBy", "Who joined by it.", users_by_id, |invitation| invitation.accepted_by)
            .requires(Permission::MembersRead)
            .many("roles", "The roles that the person would be assigned there.", offered_roles, |invitation| invitation.id)
            .many("teams", "The teams that the person would be put into, of those that you may see.", offered_teams, |invitation| {
                invitation.id
            })
    }
}

impl Enumeration for InvitationState {
    const NAME: &'static str = "InvitationStatus";
    const DESCRIPTION: &'static str = "What became of an invitation.";
    const VALUES: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Pending, "PENDING", "It waits for an answer, and holds a seat."),
        (Self::Expired, "EXPIRED", "Its time has passed: it holds no seat. Sending it again revives it."),
        (Self::Accepted, "ACCEPTED", "The person has joined."),
        (Self::Declined, "DECLINED", "The person does not want to."),
        (Self::Revoked, "REVOKED", "It was taken back."),
    ];
}
