//! Who is asking, and in which tenant.

use entity::id::{SessionId, TenantId, TenantMembershipId, UserId};
use entity::tenant::TenantStatus;
use migration::catalog::{BaseRole, Permission};

use super::PermissionSet;
use super::subject::standing;
use crate::budget::Payer;
use crate::database::{Entered, SessionState};
use crate::error::{Error, Reason};

/// A user who has proven who it is.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The session that it came with.
    pub session: SessionId,
    /// The user.
    pub user: UserId,
    /// Of the platform's own staff?
    pub is_developer: bool,
    /// Neither deactivated, nor deleted, nor locked.
    pub is_active: bool,
    /// Who pays for what it asks.
    pub payer: Payer,
    /// Where it is; absent where the session has no tenant, or one that the user may not enter.
    pub presence: Option<Presence>,
}

/// A caller's presence in a tenant.
#[derive(Clone, Debug)]
pub struct Presence {
    /// The tenant.
    pub tenant: TenantId,
    /// Its status.
    pub status: TenantStatus,
    /// The caller's membership in it; developers come without one.
    pub member: Option<Member>,
    /// The version of everybody's access, in the snapshot of this request.
    pub access_version: i64,
    /// What the caller's developer roles permit.
    pub developer: PermissionSet,
}

/// A membership in a tenant.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// The membership.
    pub id: TenantMembershipId,
    /// Its base role.
    pub role: BaseRole,
    /// Not suspended.
    pub is_active: bool,
}

impl Caller {
    /// The caller that a credential turned out to be.
    pub fn new(entered: Option<Entered>) -> Result<Self, Error> {
        let Some(entered) = entered else { return Err(Error::unauthenticated("the token is unknown: sign in again")) };
        match entered.session_state {
            SessionState::Active => {}
            SessionState::Expired => return Err(Error::unauthenticated("the session has expired: sign in again")),
            SessionState::Revoked => return Err(Error::unauthenticated("the session was ended: sign in again")),
        }
        Ok(Self {
            session: SessionId::from(entered.session_id),
            user: UserId::from(entered.user_id),
            is_developer: entered.user_type == "developer",
            is_active: entered.user_active,
            payer: payer_of(&entered),
            presence: Presence::new(&entered),
        })
    }

    /// The first step of every decision: user, tenant and membership are in good standing.
    pub fn standing(&self) -> Result<(), Reason> {
        match &self.presence {
            Some(presence) => standing(self.is_active, presence.status, presence.member, self.is_developer),
            // Somebody whose account has ended is told so, and not to choose a tenant.
            None if !self.is_active => Err(Reason::UserInactive),
            None => Err(Reason::NoTenant),
        }
    }
}

/// Who pays for what a credential asks: the user, in all sessions together.
#[must_use]
pub fn payer_of(entered: &Entered) -> Payer {
    Payer::User(entered.user_id.into())
}

impl Presence {
    fn new(entered: &Entered) -> Option<Self> {
        let member = entered.tenant_membership_id.zip(entered.tenant_role.as_deref()).map(|(id, role)| Member {
            id: id.into(),
            // Postgres stores nothing else; were it otherwise, the lowest role is the safe reading.
            role: BaseRole::from_key(role).unwrap_or(BaseRole::Readonly),
            is_active: entered.tenant_membership_status.as_deref() == Some("active"),
        });
        Some(Self {
            tenant: entered.tenant_id?.into(),
            status: entered.tenant_status?,
            member,
            access_version: entered.access_version?,
            developer: entered.developer_permissions.iter().filter_map(|key| Permission::from_key(key)).collect(),
        })
    }
}
