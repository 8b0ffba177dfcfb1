//! What a deletion took. Entries are written and read by statements of their own.

use crate::prelude::*;

/// What kind of thing was deleted, with what hung on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum DeletionKind {
    /// An organization.
    Organization,
    /// Somebody's membership in an organization.
    OrganizationMembership,
    /// A team, and those below it.
    Team,
    /// A role.
    Role,
    /// A business.
    Business,
    /// Somebody's membership in the tenant.
    TenantMembership,
    /// A person, everywhere.
    User,
}

impl DeletionKind {
    /// As the database writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::OrganizationMembership => "organization_membership",
            Self::Team => "team",
            Self::Role => "role",
            Self::Business => "business",
            Self::TenantMembership => "tenant_membership",
            Self::User => "user",
        }
    }
}
