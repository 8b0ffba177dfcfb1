//! The roles of a tenant with what each permits, as of one access version.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::id::{RoleId, TenantId};
use migration::catalog::BaseRole;

use super::PermissionSet;

/// A role with its own rules.
#[derive(Clone, Debug)]
pub struct Role {
    /// Its id.
    pub id: RoleId,
    /// Its place in time.
    pub index_id: i64,
    /// Unique in the tenant.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// One of the five that every tenant has?
    pub is_system: bool,
    /// Whose rules hold where this role says nothing.
    pub parent: Option<RoleId>,
    /// Does it give anything?
    pub is_active: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// Allowed without a condition, by a rule of its own.
    pub allowed: PermissionSet,
    /// Allowed under a condition, by a rule of its own.
    pub allowed_if: PermissionSet,
    /// Denied, with or without a condition, by a rule of its own.
    pub denied: PermissionSet,
}

/// What a role gives, its parents included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Effects {
    pub allowed: PermissionSet,
    pub denied: PermissionSet,
}

/// All living roles of a tenant.
#[derive(Debug)]
pub struct RoleBook {
    /// Whose they are.
    pub tenant: TenantId,
    /// The access version that they belong to.
    pub version: i64,
    roles: Vec<Arc<Role>>,
    by_id: HashMap<RoleId, usize>,
}

impl RoleBook {
    /// A book of these roles, which are in the order of their age.
    #[must_use]
    pub fn new(tenant: TenantId, version: i64, roles: Vec<Role>) -> Self {
        let roles: Vec<Arc<Role>> = roles.into_iter().map(Arc::new).collect();
        let by_id = roles.iter().enumerate().map(|(place, role)| (role.id, place)).collect();
        Self { tenant, version, roles, by_id }
    }

    /// All of them, the oldest first.
    #[must_use]
    pub fn all(&self) -> &[Arc<Role>] {
        &self.roles
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, id: RoleId) -> Option<&Arc<Role>> {
        self.by_id.get(&id).map(|place| &self.roles[*place])
    }

    /// The system role of a base role.
    #[must_use]
    pub fn base(&self, role: BaseRole) -> Option<&Arc<Role>> {
        self.roles.iter().find(|candidate| candidate.is_system && candidate.key == role.key())
    }

    /// How far a role stands from the top of its tree: 0 where it has no parent.
    #[must_use]
    pub fn level(&self, role: &Role) -> usize {
        self.ancestors(role).count()
    }

    /// What a role gives: its own rules, and along its parents those for the permissions that nothing nearer speaks of.
    ///
    /// A conditional rule fails closed until conditions are evaluated: it allows nothing, and denies always.
    pub(super) fn effects(&self, id: RoleId) -> Effects {
        let mut effects = Effects::default();
        let Some(role) = self.get(id) else { return effects };
        let mut spoken = PermissionSet::NONE;
        for role in std::iter::once(role).chain(self.ancestors(role)) {
            if !role.is_active {
                break;
            }
            effects.allowed = effects.allowed.union(role.allowed.without(spoken));
            effects.denied = effects.denied.union(role.denied.without(spoken));
            spoken = spoken.union(role.allowed).union(role.denied).union(role.allowed_if);
        }
        effects
    }

    fn ancestors<'a>(&'a self, role: &'a Role) -> impl Iterator<Item = &'a Arc<Role>> {
        // The database refuses cycles; the bound makes a broken promise finite.
        std::iter::successors(role.parent.and_then(|id| self.get(id)), |role| role.parent.and_then(|id| self.get(id)))
            .take(self.roles.len())
    }
}
