//! What teams give to those who are in them: by their roles, and by grants to them.

use entity::id::TeamId;

use super::store;
use crate::access::{PermissionSet, RoleSheet};
use crate::error::Error;
use crate::request::Writer;

/// What some teams give together, whatever the conditions, and what they keep out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Endowment {
    /// Allowed by some role or grant.
    pub allowed: PermissionSet,
    /// Denied by some role or grant: what may come back to those who leave.
    pub denied: PermissionSet,
}

impl Endowment {
    /// What these teams give by themselves; ancestors are to be among them where they count.
    pub async fn of(writer: &Writer, sheet: &RoleSheet, teams: &[TeamId]) -> Result<Self, Error> {
        let mut endowment = Self::default();
        for given in store::given_to(writer, teams).await? {
            endowment = endowment.and(match given {
                store::Given::Role(role) => Self { allowed: sheet.allowed_by(role), denied: sheet.denied_by(role) },
                store::Given::Allowed(permission) => Self { allowed: permission.into_iter().collect(), ..Self::default() },
                store::Given::Denied(permission) => Self { denied: permission.into_iter().collect(), ..Self::default() },
            });
        }
        Ok(endowment)
    }

    fn and(self, other: Self) -> Self {
        Self { allowed: self.allowed.union(other.allowed), denied: self.denied.union(other.denied) }
    }
}
