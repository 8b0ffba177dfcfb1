//! One event, as the outbox has it. What a change looked like before and after is not part of it: that is for those who may
//! read the audit log.

use chrono::{DateTime, Utc};
use entity::id::{EventId, OrganizationId, TenantId, UserId};
use uuid::Uuid;

use super::{Cursor, Position};

/// Something that happened in a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// Its place in the order of events.
    pub position: Position,
    /// Whose it is.
    pub tenant: TenantId,
    /// What happened, such as `organization.update`.
    pub kind: String,
    /// In which organization.
    pub organization: Option<OrganizationId>,
    /// To what kind of thing.
    pub resource_type: String,
    /// To what.
    pub resource: Uuid,
    /// Who did it; nobody in particular where the database itself noticed.
    pub actor: Option<UserId>,
    /// What the one of the platform's staff is called who acted as that person.
    pub impersonator_name: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// What is the case now, where the event tells of a state.
    pub state: Option<u64>,
}

/// How triggers name a change of access.
pub(super) const ACCESS_CHANGE: &str = "access.change";

impl Event {
    /// What a client keeps to go on after it.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor { position: self.position, at: self.at.timestamp(), state: self.state }
    }

    /// Can it alter what somebody in the tenant may do?
    #[must_use]
    pub fn changes_access(&self) -> bool {
        self.kind == ACCESS_CHANGE
    }
}
