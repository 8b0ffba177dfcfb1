//! The roles of a tenant with what each permits, as of one access version.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::id::{RoleId, TenantId};
use entity::role_permission::Effect;
use migration::catalog::{BaseRole, PERMISSIONS, Permission};

use super::{PermissionSet, When};

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
    /// Its own rules, at most one for each permission.
    pub rules: Vec<OwnRule>,
}

/// A rule of a role.
#[derive(Clone, Debug)]
pub struct OwnRule {
    /// About what.
    pub permission: Permission,
    /// What it does.
    pub effect: Effect,
    /// Its condition as it is stored.
    pub conditions: Option<String>,
    /// When it applies.
    pub when: When,
}

impl Role {
    /// What it allows by rules of its own, some of it perhaps under conditions.
    #[must_use]
    pub fn allowed(&self) -> PermissionSet {
        self.spoken(Effect::Allow)
    }

    /// What it denies by rules of its own, some of it perhaps under conditions.
    #[must_use]
    pub fn denied(&self) -> PermissionSet {
        self.spoken(Effect::Deny)
    }

    fn spoken(&self, effect: Effect) -> PermissionSet {
        self.rules.iter().filter(|rule| rule.effect == effect).map(|rule| rule.permission).collect()
    }
}

/// What a role says about a permission: its own rule, or that of the nearest parent that has one.
#[derive(Clone, Debug)]
pub(super) struct Spoken {
    pub effect: Effect,
    pub when: When,
    /// Whose rule it is.
    pub speaker: RoleId,
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
    /// What each role says, by its place and the permission's bit.
    spoken: Vec<[Option<Spoken>; PERMISSIONS.len()]>,
}

impl RoleBook {
    /// A book of these roles, which are in the order of their age.
    #[must_use]
    pub fn new(tenant: TenantId, version: i64, roles: Vec<Role>) -> Self {
        let roles: Vec<Arc<Role>> = roles.into_iter().map(Arc::new).collect();
        let by_id = roles.iter().enumerate().map(|(place, role)| (role.id, place)).collect();
        let mut book = Self { tenant, version, roles, by_id, spoken: Vec::new() };
        book.spoken = book.roles.iter().map(|role| book.all_spoken(role)).collect();
        book
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

    /// What a role allows without a condition, its parents' rules included: what it gives to whoever has nothing else.
    #[must_use]
    pub fn gives(&self, id: RoleId) -> PermissionSet {
        let Some(place) = self.place(id) else { return PermissionSet::NONE };
        let gives = |spoken: &Spoken| spoken.effect == Effect::Allow && matches!(spoken.when, When::Always);
        PERMISSIONS
            .iter()
            .map(|definition| definition.permission)
            .filter(|permission| self.spoken(place, *permission).is_some_and(gives))
            .collect()
    }

    /// The roles that allow something, their parents' rules included, perhaps under conditions.
    #[must_use]
    pub fn allowing(&self, permission: Permission) -> Vec<RoleId> {
        let allows = |place: &usize| self.spoken(*place, permission).is_some_and(|spoken| spoken.effect == Effect::Allow);
        (0..self.roles.len()).filter(allows).map(|place| self.roles[place].id).collect()
    }

    /// The place of a role in the book.
    pub(super) fn place(&self, id: RoleId) -> Option<usize> {
        self.by_id.get(&id).copied()
    }

    /// The role at a place.
    pub(super) fn at(&self, place: usize) -> &Arc<Role> {
        &self.roles[place]
    }

    /// What the role at a place says about a permission.
    pub(super) fn spoken(&self, place: usize, permission: Permission) -> Option<&Spoken> {
        self.spoken[place][permission as usize].as_ref()
    }

    /// Along the parents the nearest rule about each permission speaks, whether or not its condition will be met. A role that
    /// is switched off says nothing, nor does what stands behind it.
    fn all_spoken(&self, role: &Role) -> [Option<Spoken>; PERMISSIONS.len()] {
        let mut spoken = [const { None }; PERMISSIONS.len()];
        for role in std::iter::once(role).chain(self.ancestors(role).map(Arc::as_ref)) {
            if !role.is_active {
                break;
            }
            for rule in &role.rules {
                spoken[rule.permission as usize].get_or_insert_with(|| Spoken {
                    effect: rule.effect,
                    when: rule.when.clone(),
                    speaker: role.id,
                });
            }
        }
        spoken
    }

    fn ancestors<'a>(&'a self, role: &'a Role) -> impl Iterator<Item = &'a Arc<Role>> {
        // The database refuses cycles; the bound makes a broken promise finite.
        std::iter::successors(role.parent.and_then(|id| self.get(id)), |role| role.parent.and_then(|id| self.get(id)))
            .take(self.roles.len())
    }
}
