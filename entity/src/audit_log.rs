//! An entry of the audit log: who changed what. Entries are written and read by statements of their own, and never change.

use crate::prelude::*;

/// What kind of actor made a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum ActorType {
    /// One of the tenant's people.
    User,
    /// One of the platform's own staff.
    Developer,
    /// A program with an API key.
    ApiKey,
}

impl ActorType {
    /// As the database writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Developer => "developer",
            Self::ApiKey => "api_key",
        }
    }
}
