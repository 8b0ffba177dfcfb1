//! Grant only what you hold: whoever gives something must hold all of it at that moment, where it is given.
//!
//! Every mutation that can leave somebody with more than before asks here, in its transaction ([`Writer::require_held`]): what
//! a role allows with its parents, with or without a condition; what is granted to it; and each denial that goes away, since
//! what it kept out comes back. Only what is held unconditionally counts. What is given in the whole tenant must be held in the
//! tenant and in every organization of it.
//!
//! [`Writer::require_held`]: crate::request::Writer::require_held

mod role_sheet;
mod store;

use std::collections::BTreeMap;
use std::sync::Arc;

use entity::id::OrganizationId;
use migration::catalog::Permission;
use serde_json::{Map, json};

use super::{Holding, PermissionSet};
use crate::error::{ClientError, Code, Error, Reason};

pub use role_sheet::RoleSheet;

/// Where something is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// In the tenant and in every organization of it.
    Everywhere,
    /// In one organization.
    Organization(OrganizationId),
}

impl Place {
    /// Where a row holds that names an organization, or none where it holds in the whole tenant.
    #[must_use]
    pub fn of(organization: Option<OrganizationId>) -> Self {
        organization.map_or(Self::Everywhere, Self::Organization)
    }
}

/// What a change may give to anybody, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gift(BTreeMap<Place, PermissionSet>);

impl Gift {
    /// These permissions there.
    #[must_use]
    pub fn of(place: Place, permissions: PermissionSet) -> Self {
        Self(BTreeMap::from([(place, permissions)]))
    }

    /// This, and that.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        for (place, permissions) in other.0 {
            let here = self.0.entry(place).or_default();
            *here = here.union(permissions);
        }
        self
    }

    /// Refuses what this giver does not hold, naming it.
    pub fn require_held(&self, giver: &Holding) -> Result<(), Error> {
        for (place, given) in &self.0 {
            let places = match place {
                Place::Organization(organization) => vec![(Some(*organization), giver.within(*organization))],
                Place::Everywhere => {
                    let listed = giver.organizations.iter().map(|(organization, levels)| (Some(*organization), *levels));
                    [(None, giver.tenant), (None, giver.elsewhere)].into_iter().chain(listed).collect()
                }
            };
            for (organization, levels) in places {
                let missing: Vec<Permission> = given.without(levels.allowed).iter().collect();
                if !missing.is_empty() {
                    return Err(not_held(&missing, organization));
                }
            }
        }
        Ok(())
    }
}

fn not_held(missing: &[Permission], organization: Option<OrganizationId>) -> Error {
    let keys: Vec<&str> = missing.iter().map(|permission| permission.key()).collect();
    let place = if organization.is_some() { "in this organization" } else { "in the tenant and all its organizations" };
    let message = format!("gives what you do not hold yourself {place}: `{}`", keys.join("`, `"));
    let mut extensions = Map::new();
    extensions.insert("permission".to_owned(), json!(keys.first()));
    extensions.insert("permissions".to_owned(), json!(keys));
    if let Some(organization) = organization {
        extensions.insert("organizationId".to_owned(), json!(organization));
    }
    extensions.insert("reason".to_owned(), json!(Reason::NotHeld.name()));
    Error::Client(Arc::new(ClientError { code: Code::Forbidden, message: message.into(), extensions }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Levels;

    const FEW: [Permission; 2] = [Permission::RolesRead, Permission::RolesAssign];

    fn holding(permissions: &[Permission]) -> Levels {
        Levels { allowed: permissions.iter().copied().collect(), conditional: PermissionSet::ALL }
    }

    fn refused(gift: &Gift, giver: &Holding) -> Option<(Vec<String>, Option<String>)> {
        let extensions = gift.require_held(giver).err()?.extensions("");
        let permissions = extensions["permissions"].as_array()?.iter().filter_map(|key| Some(key.as_str()?.to_owned())).collect();
        Some((permissions, extensions.get("organizationId").and_then(|id| Some(id.as_str()?.to_owned()))))
    }

    #[test]
    fn what_is_given_everywhere_is_held_in_the_tenant_elsewhere_and_in_each_organization() {
        let here: OrganizationId = crate::clock::new_id();
        let gift = Gift::of(Place::Everywhere, FEW.into_iter().collect());
        let mut giver =
            Holding { tenant: holding(&FEW), elsewhere: holding(&FEW), organizations: BTreeMap::from([(here, holding(&FEW))]) };
        assert_eq!(refused(&gift, &giver), None);
        giver.organizations.insert(here, holding(&FEW[..1]));
        assert_eq!(refused(&gift, &giver), Some((vec!["roles.assign".to_owned()], Some(here.to_string()))));
        giver.elsewhere = holding(&[]);
        assert_eq!(refused(&gift, &giver), Some((vec!["roles.read".to_owned(), "roles.assign".to_owned()], None)));
        giver.elsewhere = holding(&FEW);
        giver.tenant = holding(&FEW[1..]);
        assert_eq!(refused(&gift, &giver), Some((vec!["roles.read".to_owned()], None)));
        // In an organization only that one counts.
        let here_only = Gift::of(Place::Organization(here), PermissionSet::from_iter([Permission::RolesRead]));
        assert_eq!(refused(&here_only, &giver), None);
        assert_eq!(
            refused(&here_only.and(Gift::of(Place::Organization(crate::clock::new_id()), PermissionSet::ALL)), &Holding::default())
                .unwrap()
                .0
                .len(),
            1
        );
    }
}
