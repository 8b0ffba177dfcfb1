//! The type `ReceivedInvitation`: an invitation as the one who is invited sees it, from outside the tenant.

use chrono::{DateTime, Utc};
use entity::id::InvitationId;
use entity::organization_membership::OrganizationRole;

use crate::graph::{Id, Object, ObjectType};
use crate::tenancy::membership::OrganizationMemberRole;

/// An invitation that the caller can answer.
#[derive(Debug)]
pub struct ReceivedInvitation {
    /// Its id.
    pub id: InvitationId,
    /// The tenant of the organization.
    pub tenant_name: String,
    /// Where to.
    pub organization_name: String,
    /// Who invites.
    pub invited_by_name: String,
    /// As what.
    pub role: OrganizationRole,
    /// When it was last sent.
    pub sent_at: DateTime<Utc>,
    /// Until when it can be accepted.
    pub expires_at: DateTime<Utc>,
}

impl Object for ReceivedInvitation {
    fn name() -> &'static str {
        "ReceivedInvitation"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("An invitation to you that waits for your answer. You may not know more of the organization yet.")
            .computed("invitationId", "By this you answer it: `acceptInvitation`, `declineInvitation`.", |received: &Self| {
                Id(received.id)
            })
            .field("tenantName", "The name of the tenant that the organization belongs to.", |received| &received.tenant_name)
            .field("organizationName", "The name of the organization.", |received| &received.organization_name)
            .field("invitedByName", "The name of whoever invites you.", |received| &received.invited_by_name)
            .computed("role", "As what you would join.", |received| OrganizationMemberRole::Stored(received.role))
            .field("sentAt", "When it was last sent.", |received| &received.sent_at)
            .field("expiresAt", "Until when you can accept it.", |received| &received.expires_at)
    }
}
