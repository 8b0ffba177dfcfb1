//! The five roles that everybody has one of.

use serde::Serialize;

/// A base role. The database knows the owner by another column, and the others by their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum BaseRole {
    /// Owns the organization.
    Owner,
    /// Stored as `admin`.
    Admin,
    /// Stored as `manager`.
    Manager,
    /// Stored as `member`.
    Member,
    /// Stored as `readonly`.
    Readonly,
}

impl BaseRole {
    /// All of them, in the order of their numbers.
    pub(crate) const ALL: [Self; 5] = [Self::Owner, Self::Admin, Self::Manager, Self::Member, Self::Readonly];

    /// The role of a membership.
    pub(crate) fn of(is_owner: bool, stored: &str) -> Result<Self, String> {
        if is_owner {
            return Ok(Self::Owner);
        }
        Self::from_key(stored).ok_or_else(|| format!("`{stored}` is no base role"))
    }

    /// The role with this key.
    pub(crate) fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.key() == key)
    }

    /// The key of its system role.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Manager => "manager",
            Self::Member => "member",
            Self::Readonly => "readonly",
        }
    }
}
