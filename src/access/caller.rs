//! Who is asking, and in which tenant.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::audit_log::ActorType;
use entity::id::{ApiKeyId, OrganizationId, SessionId, TenantId, TenantMembershipId, UserId};
use entity::tenant::TenantStatus;
use migration::catalog::{BaseRole, Permission};
use serde_json::{Map, json};
use uuid::Uuid;

use super::PermissionSet;
use super::subject::standing;
use crate::budget::{Payer, Rate};
use crate::database::{Entered, EnteredApiKey, EnteredImpersonation, SessionState};
use crate::error::{Code, Error, Reason};

/// A user who has proven who it is, or an API key that acts with part of its maker's rights.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The session that it came with; API keys come with none, nor do tokens of an identity provider.
    pub session: Option<SessionId>,
    /// The API key that it is, where it is one.
    pub api_key: Option<ApiKeyCaller>,
    /// The one of the platform's staff who acts as the user, where somebody does: with the user's rights, and no others.
    pub impersonator: Option<Impersonator>,
    /// In whose name it acts: the user, or the maker of the API key. Where a person is meant by itself, ask [`Self::person`].
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

/// An API key that asks.
#[derive(Clone, Debug)]
pub struct ApiKeyCaller {
    /// The key.
    pub id: ApiKeyId,
    /// Its name.
    pub name: Arc<str>,
    /// The partner or program that has it: what registered documents are published for.
    pub client: Arc<str>,
    /// What it may use of its maker's rights.
    pub scopes: PermissionSet,
    /// The one organization that it works in; `None`: the whole tenant.
    pub organization: Option<OrganizationId>,
    /// May it run registered documents only?
    pub documents_only: bool,
    /// How much cost a minute it may cause; `None`: as everybody.
    pub rate_limit: Option<i32>,
}

/// One of the platform's staff who acts as somebody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impersonator {
    /// Who acts.
    pub user: UserId,
    /// What they are called.
    pub name: Arc<str>,
    /// Why they do it.
    pub reason: Arc<str>,
    /// When it ends by itself.
    pub until: DateTime<Utc>,
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
        let Some(entered) = entered else {
            return Err(Error::unauthenticated("the token is unknown, or nobody's here: sign in again"));
        };
        let api_key = entered.api_key.as_ref().map(|key| ApiKeyCaller::new(entered.session_id.into(), key));
        match (entered.session_state, &api_key) {
            (SessionState::Active, _) => {}
            (SessionState::Expired, None) => return Err(Error::unauthenticated("the session has expired: sign in again")),
            (SessionState::Expired, Some(_)) => return Err(Error::unauthenticated("the API key has expired: make a new one")),
            (SessionState::Revoked, None) => return Err(Error::unauthenticated("the session was ended: sign in again")),
            (SessionState::Revoked, Some(_)) => return Err(Error::unauthenticated("the API key was revoked")),
            (SessionState::Orphaned, _) => {
                return Err(Error::unauthenticated("whoever made the API key has left, or was shut out: make a new one"));
            }
        }
        Ok(Self {
            session: (api_key.is_none() && !entered.session_id.is_nil()).then(|| SessionId::from(entered.session_id)),
            user: UserId::from(entered.user_id),
            is_developer: entered.user_type == "developer",
            is_active: entered.user_active,
            payer: payer_of(&entered),
            presence: Presence::new(&entered),
            impersonator: entered.impersonation.as_ref().map(Impersonator::new),
            api_key,
        })
    }

    /// The person who asks; `None` where an API key does. What is shown or allowed to somebody because it is about themselves is
    /// not for their keys.
    #[must_use]
    pub fn person(&self) -> Option<UserId> {
        self.api_key.is_none().then_some(self.user)
    }

    /// Who acts, as it is written down.
    #[must_use]
    pub fn actor(&self) -> (ActorType, Uuid) {
        match (&self.api_key, self.is_developer) {
            (Some(key), _) => (ActorType::ApiKey, key.id.uuid()),
            (None, true) => (ActorType::Developer, self.user.uuid()),
            (None, false) => (ActorType::User, self.user.uuid()),
        }
    }

    /// Refuses API keys where a person is needed.
    pub fn require_person(&self) -> Result<UserId, Error> {
        self.person().ok_or_else(no_person)
    }

    /// Refuses whoever is not the person themselves: API keys, and the platform's staff who act as the person. What belongs to an
    /// account, or gives somebody a way in that outlives the visit, is asked for so.
    pub fn require_themselves(&self) -> Result<UserId, Error> {
        match &self.impersonator {
            None => self.require_person(),
            Some(impersonator) => {
                let extensions = Map::from_iter([("impersonatorName".to_owned(), json!(impersonator.name))]);
                let message = "this is for the person themselves: whoever acts as them cannot do it";
                Err(Error::with_extensions(Code::ImpersonationForbidden, message, extensions))
            }
        }
    }

    /// The session; whoever comes with none of their own is refused: API keys, people with a token of an identity provider, and
    /// whoever acts as somebody else.
    pub fn require_session(&self) -> Result<SessionId, Error> {
        if self.impersonator.is_some() {
            self.require_themselves()?;
        }
        let no_session = || Error::client(Code::Forbidden, "your identity provider keeps your session: ask there");
        self.session.ok_or_else(|| if self.api_key.is_some() { no_person() } else { no_session() })
    }

    /// Somebody who has no session yet, but a place in a tenant: within the transaction that makes both.
    #[must_use]
    pub fn newcomer(user: UserId, presence: Presence) -> Self {
        Self {
            session: None,
            api_key: None,
            impersonator: None,
            user,
            payer: Payer::User(user),
            is_developer: false,
            is_active: true,
            presence: Some(presence),
        }
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

fn no_person() -> Error {
    Error::client(Code::Forbidden, "this is for people who have signed in: an API key cannot do it")
}

impl Impersonator {
    fn new(entered: &EnteredImpersonation) -> Self {
        Self {
            user: entered.user_id.into(),
            name: entered.name.as_str().into(),
            reason: entered.reason.as_str().into(),
            until: entered.until,
        }
    }
}

impl ApiKeyCaller {
    fn new(id: ApiKeyId, key: &EnteredApiKey) -> Self {
        Self {
            id,
            name: key.name.as_str().into(),
            client: key.client.as_str().into(),
            scopes: key.scopes.iter().filter_map(|key| Permission::from_key(key)).collect(),
            organization: key.organization_id.map(OrganizationId::from),
            documents_only: key.documents_only,
            rate_limit: key.rate_limit,
        }
    }
}

/// Who pays for what a credential asks: the user, in all sessions together, whoever acts as the user, or the API key by itself, at a rate of its own where it
/// has one.
#[must_use]
pub fn payer_of(entered: &Entered) -> Payer {
    let Some(key) = &entered.api_key else {
        let acting = entered.impersonation.as_ref().map_or(entered.user_id, |impersonation| impersonation.user_id);
        return Payer::User(acting.into());
    };
    let rate = key.rate_limit.and_then(|points| u64::try_from(points).ok());
    Payer::ApiKey(entered.session_id, rate.map(|points| Rate { capacity: points, per_minute: points }))
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
