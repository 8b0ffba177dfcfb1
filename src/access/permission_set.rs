//! A set of permissions, one bit each.

use migration::catalog::{PERMISSIONS, Permission};

/// A set of permissions. A guard's check on it is a bit test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PermissionSet(u64);

// Every permission has its bit.
const _: () = assert!(PERMISSIONS.len() <= 64);

impl PermissionSet {
    /// No permission.
    pub const NONE: Self = Self(0);
    /// Every permission.
    pub const ALL: Self = Self(u64::MAX >> (64 - PERMISSIONS.len()));

    /// Is it among them?
    #[must_use]
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 >> permission.bit() & 1 == 1
    }

    /// Adds one.
    pub const fn insert(&mut self, permission: Permission) {
        self.0 |= 1 << permission.bit();
    }

    /// These, and those.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// These, but not those.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Each of them, in the order of the catalog.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        PERMISSIONS.iter().map(|definition| definition.permission).filter(move |permission| self.contains(*permission))
    }
}

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().fold(0, |bits, permission| bits | 1 << permission.bit()))
    }
}
