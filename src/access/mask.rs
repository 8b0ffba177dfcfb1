//! What an API key leaves of its maker's rights: a mask over every decision, whatever allows it.

use entity::id::{ApiKeyId, OrganizationId};
use migration::catalog::Permission;

use super::caller::ApiKeyCaller;
use super::question::Scope;
use super::{Holding, Levels, PermissionSet};

/// The mask of one key. It only takes away: what the maker may not do, no key of the maker's may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mask {
    /// The key.
    pub key: ApiKeyId,
    scopes: PermissionSet,
    /// The one organization that the key works in; `None`: the tenant and all its organizations.
    pub organization: Option<OrganizationId>,
}

impl Mask {
    pub(super) fn of(key: &ApiKeyCaller) -> Self {
        Self { key: key.id, scopes: key.scopes, organization: key.organization }
    }

    /// Does it leave this?
    #[must_use]
    pub fn leaves(&self, permission: Permission, scope: Scope) -> bool {
        self.scopes.contains(permission) && (self.organization.is_none() || self.organization == scope.organization())
    }

    /// Does it leave this somewhere?
    pub(super) fn leaves_somewhere(&self, permission: Permission) -> bool {
        self.scopes.contains(permission)
    }

    /// What it leaves of what the maker holds.
    pub(super) fn over(&self, holding: Holding) -> Holding {
        let masked = |levels: Levels| Levels {
            allowed: levels.allowed.intersection(self.scopes),
            conditional: levels.conditional.intersection(self.scopes),
        };
        match self.organization {
            None => Holding {
                tenant: masked(holding.tenant),
                elsewhere: masked(holding.elsewhere),
                organizations: holding
                    .organizations
                    .into_iter()
                    .map(|(organization, levels)| (organization, masked(levels)))
                    .collect(),
            },
            Some(organization) => {
                Holding { organizations: [(organization, masked(holding.within(organization)))].into(), ..Holding::default() }
            }
        }
    }
}
