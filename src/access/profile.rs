//! The compiled rights of one user in one tenant.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::id::OrganizationId;
use migration::catalog::{BaseRole, Permission};

use super::role::Effects;
use super::store::Rule;
use super::{Holding, Levels, PermissionSet, Presence, RoleBook};
use crate::database::Binds;
use crate::error::Reason;

/// What a user may do in one tenant. A question to it is a look-up and a bit test.
#[derive(Debug)]
pub struct AccessProfile {
    version: i64,
    /// What the caller's developer roles permitted. They are no tenant's, so no access version tells of their changes; every
    /// request reads them anew.
    developer: PermissionSet,
    /// The first moment at which some assignment in it expires.
    holds_until: Option<DateTime<Utc>>,
    tenant: Result<PermissionSet, Reason>,
    /// In organizations where the user is nobody in particular.
    elsewhere: PermissionSet,
    organizations: HashMap<OrganizationId, Result<PermissionSet, Reason>>,
}

/// Which organizations a list may show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrganizationFilter {
    /// All but these.
    AllBut(Vec<OrganizationId>),
    /// These only.
    Only(Vec<OrganizationId>),
}

impl OrganizationFilter {
    /// Does it show nothing at all?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Only(shown) if shown.is_empty())
    }

    /// As a condition on a column that names an organization, its values bound; `None` where all are shown.
    #[must_use]
    pub fn condition(&self, column: &str, binds: &mut Binds) -> Option<String> {
        let mut bound = |ids: &[OrganizationId]| binds.bind(ids.iter().map(|id| id.uuid()).collect::<Vec<_>>());
        match self {
            Self::AllBut(none) if none.is_empty() => None,
            Self::AllBut(hidden) => Some(format!("{column} <> all({})", bound(hidden))),
            Self::Only(shown) => Some(format!("{column} = any({})", bound(shown))),
        }
    }
}

/// What was gathered for one organization before rules are weighed against each other.
#[derive(Default)]
struct Gathered {
    effects: Effects,
    owner: bool,
    suspended: bool,
}

impl AccessProfile {
    /// The profile of somebody who may do nothing, for this reason.
    #[must_use]
    pub fn nothing(reason: Reason) -> Self {
        Self {
            version: 0,
            developer: PermissionSet::NONE,
            holds_until: None,
            tenant: Err(reason),
            elsewhere: PermissionSet::NONE,
            organizations: HashMap::new(),
        }
    }

    /// Weighs all rules: standing, ownership, then any deny beats every allow.
    pub(super) fn compile(roles: &RoleBook, presence: &Presence, rules: &[Rule]) -> Self {
        let mut tenant = Effects { allowed: presence.developer, denied: PermissionSet::NONE };
        let mut everywhere = tenant;
        if let Some(member) = presence.member {
            let base = roles.base(member.role).map(|role| roles.effects(role.id)).unwrap_or_default();
            tenant.add(base);
            if reaches_organizations(member.role) {
                everywhere.add(base);
            }
        }
        let mut holds_until: Option<DateTime<Utc>> = None;
        let mut gathered: HashMap<OrganizationId, Gathered> = HashMap::new();
        for rule in rules {
            match rule {
                Rule::Owner(organization) => gathered.entry(*organization).or_default().owner = true,
                Rule::Suspended(organization) => gathered.entry(*organization).or_default().suspended = true,
                Rule::Member(organization, role) => {
                    let base = roles.base(*role).map(|role| roles.effects(role.id)).unwrap_or_default();
                    gathered.entry(*organization).or_default().effects.add(base);
                }
                Rule::Role { organization, role, expires_at } => {
                    let effects = roles.effects(*role);
                    match organization {
                        Some(organization) => gathered.entry(*organization).or_default().effects.add(effects),
                        None => {
                            tenant.add(effects);
                            everywhere.add(effects);
                        }
                    }
                    holds_until = [holds_until, *expires_at].into_iter().flatten().min();
                }
            }
        }
        let organizations = gathered.into_iter().map(|(id, gathered)| (id, gathered.weigh(everywhere))).collect();
        Self {
            version: presence.access_version,
            developer: presence.developer,
            holds_until,
            tenant: Ok(tenant.weigh()),
            elsewhere: everywhere.weigh(),
            organizations,
        }
    }

    /// Is it still what the tables say?
    pub(super) fn holds(&self, presence: &Presence, now: DateTime<Utc>) -> bool {
        self.version == presence.access_version
            && self.developer == presence.developer
            && self.holds_until.is_none_or(|until| now < until)
    }

    /// What is held, place by place.
    #[must_use]
    pub fn holding(&self) -> Holding {
        let levels = |set: &Result<PermissionSet, Reason>| Levels {
            allowed: set.unwrap_or(PermissionSet::NONE),
            conditional: PermissionSet::NONE,
        };
        Holding {
            tenant: levels(&self.tenant),
            elsewhere: levels(&self.tenant.map(|_| self.elsewhere)),
            organizations: self.organizations.iter().map(|(id, set)| (*id, levels(set))).collect(),
        }
    }

    /// May it be done in the tenant as a whole?
    pub fn in_tenant(&self, permission: Permission) -> Result<(), Reason> {
        self.tenant.and_then(|set| granted(set, permission))
    }

    /// May it be done in this organization?
    pub fn in_organization(&self, organization: OrganizationId, permission: Permission) -> Result<(), Reason> {
        self.tenant?;
        self.organizations.get(&organization).copied().unwrap_or(Ok(self.elsewhere)).and_then(|set| granted(set, permission))
    }

    /// In which organizations may it be done?
    #[must_use]
    pub fn organizations(&self, permission: Permission) -> OrganizationFilter {
        let granted_in = |set: &Result<PermissionSet, Reason>| set.is_ok_and(|set| set.contains(permission));
        let all = self.tenant.is_ok() && self.elsewhere.contains(permission);
        let mut listed: Vec<OrganizationId> =
            self.organizations.iter().filter(|(_, set)| self.tenant.is_ok() && granted_in(set) != all).map(|(id, _)| *id).collect();
        listed.sort_unstable();
        if all { OrganizationFilter::AllBut(listed) } else { OrganizationFilter::Only(listed) }
    }
}

/// A plain member of a tenant is not a member of its organizations; whoever runs the tenant reaches into all of them.
fn reaches_organizations(role: BaseRole) -> bool {
    match role {
        BaseRole::Owner | BaseRole::Admin | BaseRole::Manager => true,
        BaseRole::Member | BaseRole::Readonly => false,
    }
}

fn granted(set: PermissionSet, permission: Permission) -> Result<(), Reason> {
    if set.contains(permission) { Ok(()) } else { Err(Reason::MissingPermission) }
}

impl Effects {
    fn add(&mut self, other: Self) {
        self.allowed = self.allowed.union(other.allowed);
        self.denied = self.denied.union(other.denied);
    }

    fn weigh(self) -> PermissionSet {
        self.allowed.without(self.denied)
    }
}

impl Gathered {
    fn weigh(mut self, everywhere: Effects) -> Result<PermissionSet, Reason> {
        if self.suspended {
            return Err(Reason::MembershipSuspended);
        }
        if self.owner {
            return Ok(PermissionSet::ALL);
        }
        self.effects.add(everywhere);
        Ok(self.effects.weigh())
    }
}
