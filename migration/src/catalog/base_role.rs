//! The five roles that every tenant has, and that nobody can change.

use super::{PERMISSIONS, Permission};

/// A base role, the highest first. What each holds stands beside each permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BaseRole {
    /// Everything, for good.
    Owner,
    /// Runs the tenant or the organization day to day.
    Admin,
    /// Looks after people and teams.
    Manager,
    /// Works here.
    Member,
    /// Looks, and touches nothing.
    Readonly,
}

impl BaseRole {
    /// All of them, the highest first.
    pub const ALL: [Self; 5] = [Self::Owner, Self::Admin, Self::Manager, Self::Member, Self::Readonly];

    /// Its name in the database, and the key of the system role that every tenant has of it.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Manager => "manager",
            Self::Member => "member",
            Self::Readonly => "readonly",
        }
    }

    /// The base role of that key, if there is one.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.key() == key)
    }

    /// Its name as shown to people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::Admin => "Admin",
            Self::Manager => "Manager",
            Self::Member => "Member",
            Self::Readonly => "Read only",
        }
    }

    /// What it is for, in one sentence.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Owner => "Holds every permission, and alone may transfer, delete and export.",
            Self::Admin => "Runs settings, roles, billing and integrations.",
            Self::Manager => "Looks after members and teams, and sees billing.",
            Self::Member => "Works in the organization and sees its people, teams and products.",
            Self::Readonly => "Sees what members see and changes nothing.",
        }
    }

    /// Its rank, 0 for the highest. For display only: no decision compares ranks.
    #[must_use]
    pub const fn position(self) -> u8 {
        self as u8
    }

    /// What it holds, in the order of bits.
    #[must_use]
    pub fn permissions(self) -> Vec<Permission> {
        PERMISSIONS.iter().filter(|definition| self <= definition.lowest_role).map(|definition| definition.permission).collect()
    }
}
