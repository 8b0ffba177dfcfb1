//! What a subscription is about.

use entity::id::{ConversationId, OrganizationId};

use super::{Cursor, Event};

/// What a subscription is about: which events of a tenant it hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// An organization itself.
    Organization(OrganizationId),
    /// The people of an organization: who belongs to it, and as what.
    Membership(OrganizationId),
    /// Who may do what in the tenant.
    Access,
    /// A conversation of one person.
    Conversation(ConversationId),
}

/// What a subscription watches, in the snapshot in which it was found to be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watch {
    /// What it is about.
    pub topic: Topic,
    /// The last event that the client has seen.
    pub after: Option<Cursor>,
    /// What is the case now, where it tells of a state: only what differs from what was told last is an event.
    pub state: Option<u64>,
}

/// The kinds of things that are somebody's place in an organization.
pub(super) const OF_MEMBERSHIP: [&str; 2] = ["organization_membership", "member_role"];

impl Topic {
    /// Is an event about it?
    #[must_use]
    pub fn is_of(self, event: &Event) -> bool {
        match self {
            Self::Organization(id) => event.resource_type == "organization" && event.resource == id.uuid(),
            Self::Membership(id) => event.organization == Some(id) && OF_MEMBERSHIP.contains(&&*event.resource_type),
            Self::Access => event.changes_access(),
            Self::Conversation(id) => event.resource_type == "conversation" && event.resource == id.uuid(),
        }
    }

    /// For metrics and the log.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Organization(_) => "organization",
            Self::Membership(_) => "membership",
            Self::Access => "access",
            Self::Conversation(_) => "conversation",
        }
    }
}
