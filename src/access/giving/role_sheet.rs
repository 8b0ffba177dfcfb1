//! What each role of a tenant says, as this transaction sees it: the rules themselves, not yet weighed for anybody.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use entity::id::{RoleId, TenantId};
use entity::role_permission::Effect;
use migration::catalog::{PERMISSIONS, Permission};
use serde_json::Value;

use super::store;
use super::{Gift, Place};
use crate::access::PermissionSet;
use crate::database::Transaction;
use crate::error::Error;

/// The roles of a tenant with their rules, and what is granted to them on single resources. A mutation that changes roles
/// takes one before and one after, and asks what the difference gives.
#[derive(Debug, Default)]
pub struct RoleSheet {
    pub(super) roles: HashMap<RoleId, Entry>,
}

/// A living role.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub parent: Option<RoleId>,
    pub is_active: bool,
    pub rules: BTreeMap<u32, Rule>,
    pub granted: PermissionSet,
    pub withheld: PermissionSet,
}

/// What a role says about one permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub effect: Effect,
    pub conditions: Option<Value>,
}

impl RoleSheet {
    /// The roles as they stand at this moment. Two statements.
    pub async fn read(transaction: &Transaction, tenant: TenantId) -> Result<Self, Error> {
        store::role_sheet(transaction, tenant).await
    }

    /// Is there such a role?
    #[must_use]
    pub fn contains(&self, role: RoleId) -> bool {
        self.roles.contains_key(&role)
    }

    /// Is a role another one, or does it build on it?
    #[must_use]
    pub fn stands_below(&self, role: RoleId, other: RoleId) -> bool {
        let parent = |id: &RoleId| self.roles.get(id).and_then(|role| role.parent);
        std::iter::successors(Some(role), parent).take(self.roles.len() + 1).any(|id| id == other)
    }

    /// What a role may give to whoever gets it: what it allows with its parents, under whatever condition, and what is granted
    /// to it.
    #[must_use]
    pub fn allowed_by(&self, role: RoleId) -> PermissionSet {
        self.speaking(role, Effect::Allow).union(self.granted(role).0)
    }

    /// What a role may keep from whoever has it.
    #[must_use]
    pub fn denied_by(&self, role: RoleId) -> PermissionSet {
        self.speaking(role, Effect::Deny).union(self.granted(role).1)
    }

    /// What those who have these roles may gain when the roles become what `after` says: wherever they have them, so everywhere.
    #[must_use]
    pub fn gift_of_change(&self, after: &Self) -> Gift {
        let roles: BTreeSet<RoleId> = self.roles.keys().chain(after.roles.keys()).copied().collect();
        let mut given = PermissionSet::NONE;
        for role in roles {
            let gained = PERMISSIONS
                .iter()
                .map(|definition| definition.permission)
                .filter(|permission| gains(self.rule(role, *permission), after.rule(role, *permission)));
            given = given.union(gained.collect());
            let ((granted, withheld), (granted_now, withheld_now)) = (self.granted(role), after.granted(role));
            given = given.union(granted_now.without(granted)).union(withheld.without(withheld_now));
        }
        Gift::of(Place::Everywhere, given)
    }

    fn speaking(&self, role: RoleId, effect: Effect) -> PermissionSet {
        let permissions = PERMISSIONS.iter().map(|definition| definition.permission);
        permissions.filter(|permission| self.rule(role, *permission).is_some_and(|rule| rule.effect == effect)).collect()
    }

    /// What is granted to a role, and what is withheld from it, on single resources.
    fn granted(&self, role: RoleId) -> (PermissionSet, PermissionSet) {
        let active = self.roles.get(&role).filter(|role| role.is_active);
        active.map_or((PermissionSet::NONE, PermissionSet::NONE), |role| (role.granted, role.withheld))
    }

    /// The nearest rule along the parents. A role that is switched off, or deleted, says nothing and ends the chain.
    fn rule(&self, role: RoleId, permission: Permission) -> Option<&Rule> {
        let mut role = self.roles.get(&role);
        // The database refuses cycles; the bound makes a broken promise finite.
        for _ in 0..=self.roles.len() {
            let speaker = role.filter(|role| role.is_active)?;
            if let Some(rule) = speaker.rules.get(&permission.bit()) {
                return Some(rule);
            }
            role = self.roles.get(&speaker.parent?);
        }
        None
    }
}

/// May somebody have more by the second rule than by the first?
fn gains(before: Option<&Rule>, after: Option<&Rule>) -> bool {
    // An allowance that is new, or holds in other circumstances; a denial that is gone, or keeps out in others.
    let allows = after.is_some_and(|rule| rule.effect == Effect::Allow);
    let denied = before.is_some_and(|rule| rule.effect == Effect::Deny);
    before != after && (allows || denied)
}
