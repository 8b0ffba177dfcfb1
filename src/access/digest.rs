//! What somebody's rights come to, as one number: two profiles of different numbers differ in what they allow.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::profile::Place;
use super::{AccessProfile, PermissionSet};

impl AccessProfile {
    /// A number that is the same for the same rights, in every process, whatever they come from.
    #[must_use]
    pub fn digest(&self) -> u64 {
        let subject = self.subject();
        let mut text = format!("{:?} {:?}", subject.standing, subject.member.map(|member| member.role));
        if subject.standing.is_ok() {
            let of_place = |place: &Place| match (place.is_suspended(), place.is_owner) {
                (true, _) => (PermissionSet::NONE, PermissionSet::NONE, PermissionSet::NONE, PermissionSet::NONE),
                (false, true) => (PermissionSet::ALL, PermissionSet::NONE, PermissionSet::ALL, PermissionSet::NONE),
                (false, false) => (place.rights.allowed, place.rights.open, place.ungranted.allowed, place.ungranted.open),
            };
            let mut places: Vec<_> = self.places().map(|(organization, place)| (organization.uuid(), of_place(place))).collect();
            places.sort_unstable_by_key(|(organization, _)| *organization);
            let mut grants: Vec<_> = self
                .all_grants()
                .map(|grant| (grant.permission.key(), format!("{:?} {:?}", grant.effect, grant.resource)))
                .collect();
            grants.sort_unstable();
            let developer = subject.developer;
            // Writing to a String cannot fail.
            let _ = write!(
                text,
                " {:?} {:?} {:?} {places:?} {grants:?} {developer:?}",
                self.in_tenant(),
                self.in_tenant_ungranted(),
                self.elsewhere()
            );
        }
        let hash = Sha256::digest(text);
        hash.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
    }
}
