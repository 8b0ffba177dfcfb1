//! What the whole tenant has in common, as of one access version: troubled organizations, grants to roles, the tenant's features.

use chrono::{DateTime, Utc};
use entity::id::{OrganizationId, RoleId};
use migration::catalog::PERMISSIONS;
use rustc_hash::FxHashMap;

use super::PermissionSet;
use super::billing::{Gate, Payment};
use super::origin::Grantee;
use super::rule::Grant;

/// What the whole tenant has in common.
#[derive(Debug, Default)]
pub(super) struct TenantBook {
    pub version: i64,
    /// Organizations whose bills may close something, now or at some time.
    troubled: FxHashMap<OrganizationId, Payment>,
    /// What was granted to roles: there are few, and they are the same for everybody.
    role_grants: FxHashMap<RoleId, Vec<Grant>>,
    /// The permissions that the tenant's own features leave.
    pub entitled: PermissionSet,
}

impl TenantBook {
    pub fn new(version: i64, troubled: Vec<(OrganizationId, Payment)>, grants: Vec<Grant>, features: &[String]) -> Self {
        let mut role_grants: FxHashMap<RoleId, Vec<Grant>> = FxHashMap::default();
        for grant in grants {
            if let Grantee::Role(role) = grant.grantee {
                role_grants.entry(role).or_default().push(grant);
            }
        }
        Self { version, troubled: troubled.into_iter().collect(), role_grants, entitled: entitled(features) }
    }

    /// What an organization's bills leave at a moment.
    pub fn gate(&self, organization: OrganizationId, now: DateTime<Utc>) -> Gate {
        self.troubled.get(&organization).map_or(Gate::Open, |payment| payment.state(now).gate())
    }

    /// The organizations that are not open to everybody at a moment.
    pub fn gated(&self, now: DateTime<Utc>) -> impl Iterator<Item = (OrganizationId, Gate)> {
        let gates = self.troubled.iter().map(move |(organization, payment)| (*organization, payment.state(now).gate()));
        gates.filter(|(_, gate)| *gate != Gate::Open)
    }

    /// What was granted to a role.
    pub fn granted_to(&self, role: RoleId) -> &[Grant] {
        self.role_grants.get(&role).map_or(&[], Vec::as_slice)
    }
}

/// The permissions whose feature is among these, and those that need none.
pub(super) fn entitled(features: &[String]) -> PermissionSet {
    let has = |feature: Option<&str>| feature.is_none_or(|feature| features.iter().any(|known| known == feature));
    let entitled = PERMISSIONS.iter().filter(|definition| has(definition.required_feature));
    entitled.map(|definition| definition.permission).collect()
}
