//! What a caller may do: one engine, asked by guards, by the filters of lists and by mutations.
//!
//! The rights of one user in one tenant compile to an [`AccessProfile`]: a set of bits for the tenant, one for every
//! organization, and one more for each organization in which the user is somebody. A profile is cached under the tenant's
//! access version, which each request reads in the round trip that opens its transaction: what changes anyone's access bumps
//! the version in its own transaction, so a revocation holds from the next request on.

mod caller;
mod giving;
mod holding;
mod permission_set;
mod profile;
mod role;
mod store;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::id::{OrganizationId, TenantId, UserId};
use migration::catalog::Permission;
use moka::sync::Cache;

use crate::database::Transaction;
use crate::error::{Denial, Error, Reason};

pub use caller::{Caller, Member, Presence};
pub use giving::{Gift, Place, RoleSheet};
pub use holding::{Holding, Level, Levels};
pub use permission_set::PermissionSet;
pub use profile::{AccessProfile, OrganizationFilter};
pub use role::{Role, RoleBook};

/// Where a permission is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// In the tenant as a whole.
    Tenant,
    /// In one organization.
    Organization(OrganizationId),
    /// About a person: oneself may always; about others it is asked in the tenant.
    Person(UserId),
}

/// So many profiles and role books are kept.
const CACHED: u64 = 50_000;

/// The engine with its caches. Cheap to clone.
#[derive(Clone)]
pub struct Access {
    profiles: Cache<(TenantId, UserId), Arc<AccessProfile>>,
    roles: Cache<TenantId, Arc<RoleBook>>,
}

impl Default for Access {
    fn default() -> Self {
        Self { profiles: Cache::new(CACHED), roles: Cache::new(CACHED) }
    }
}

impl Access {
    /// The roles of the tenant that was entered, as they stand in this transaction's snapshot.
    pub async fn roles(&self, transaction: &Transaction, presence: &Presence) -> Result<Arc<RoleBook>, Error> {
        if let Some(book) = self.roles.get(&presence.tenant).filter(|book| book.version == presence.access_version) {
            return Ok(book);
        }
        let book = Arc::new(store::roles(transaction, presence).await?);
        self.roles.insert(presence.tenant, Arc::clone(&book));
        Ok(book)
    }

    /// The rights of the caller in the tenant that was entered. No statement where they are cached, otherwise at most two.
    pub async fn profile(
        &self,
        transaction: &Transaction,
        caller: &Caller,
        now: DateTime<Utc>,
    ) -> Result<Arc<AccessProfile>, Error> {
        // Standing first: somebody whose account has ended is told so, and not to choose a tenant.
        if let Err(reason) = caller.standing() {
            return Ok(Arc::new(AccessProfile::nothing(reason)));
        }
        let Some(presence) = &caller.presence else { return Ok(Arc::new(AccessProfile::nothing(Reason::NoTenant))) };
        let key = (presence.tenant, caller.user);
        if let Some(profile) = self.profiles.get(&key).filter(|profile| profile.holds(presence, now)) {
            return Ok(profile);
        }
        let profile = self.compile(transaction, caller, presence, now).await?;
        self.profiles.insert(key, Arc::clone(&profile));
        Ok(profile)
    }

    /// The rights of the caller as a transaction that writes sees them. It may see later commits than its access version
    /// says, so nothing of it is cached.
    pub async fn profile_for_writing(
        &self,
        transaction: &Transaction,
        caller: &Caller,
        now: DateTime<Utc>,
    ) -> Result<Arc<AccessProfile>, Error> {
        match (&caller.presence, caller.standing()) {
            (_, Err(reason)) => Ok(Arc::new(AccessProfile::nothing(reason))),
            (None, Ok(())) => Ok(Arc::new(AccessProfile::nothing(Reason::NoTenant))),
            (Some(presence), Ok(())) => {
                let roles = store::roles(transaction, presence).await?;
                let rules = store::rules(transaction, caller.user, presence, now).await?;
                Ok(Arc::new(AccessProfile::compile(&roles, presence, &rules)))
            }
        }
    }

    /// What people of the tenant hold as a transaction that writes sees it; nothing of it is cached.
    pub async fn holdings(
        &self,
        transaction: &Transaction,
        presence: &Presence,
        users: &[UserId],
        now: DateTime<Utc>,
    ) -> Result<HashMap<UserId, Holding>, Error> {
        let roles = store::roles(transaction, presence).await?;
        let mut holdings = HashMap::with_capacity(users.len());
        for (user, member) in store::members(transaction, presence, users).await? {
            let presence = Presence { member: Some(member), developer: PermissionSet::NONE, ..presence.clone() };
            let profile = if member.is_active {
                let rules = store::rules(transaction, user, &presence, now).await?;
                AccessProfile::compile(&roles, &presence, &rules)
            } else {
                AccessProfile::nothing(Reason::MembershipSuspended)
            };
            holdings.insert(user, profile.holding());
        }
        Ok(holdings)
    }

    async fn compile(
        &self,
        transaction: &Transaction,
        caller: &Caller,
        presence: &Presence,
        now: DateTime<Utc>,
    ) -> Result<Arc<AccessProfile>, Error> {
        let roles = self.roles(transaction, presence).await?;
        let rules = store::rules(transaction, caller.user, presence, now).await?;
        Ok(Arc::new(AccessProfile::compile(&roles, presence, &rules)))
    }
}

/// Answers a guard for all rows of a level. `None`: all may.
#[must_use]
pub fn decide(profile: &AccessProfile, caller: &Caller, permission: Permission, scopes: &[Scope]) -> Option<Vec<Option<Denial>>> {
    let decision = |scope: &Scope| match scope {
        Scope::Person(user) if *user == caller.user => None,
        Scope::Person(_) | Scope::Tenant => denial(permission, None, profile.in_tenant(permission)),
        Scope::Organization(id) => denial(permission, Some(*id), profile.in_organization(*id, permission)),
    };
    if scopes.iter().all(|scope| decision(scope).is_none()) {
        return None;
    }
    Some(scopes.iter().map(decision).collect())
}

fn denial(permission: Permission, organization: Option<OrganizationId>, answer: Result<(), Reason>) -> Option<Denial> {
    answer.err().map(|reason| Denial { permission, organization, reason })
}
