//! What every request uses, and how much it may be answered.

use std::net::IpAddr;

use super::Request;
use crate::access::Access;
use crate::budget::Budgets;
use crate::database::Database;
use crate::document::Documents;
use crate::page::LARGEST_SIZE;

/// The parts of the gateway that every request uses.
#[derive(Clone)]
pub struct Services {
    /// The way to Postgres.
    pub database: Database,
    /// Who may do what.
    pub access: Access,
    /// How much is answered.
    pub limits: Limits,
    /// Documents that were seen before.
    pub documents: Documents,
    /// What callers may spend.
    pub budgets: Budgets,
}

/// How much one answer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Errors; further ones are counted.
    pub errors: usize,
    /// Rows of the largest page.
    pub page: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { errors: 50, page: LARGEST_SIZE }
    }
}

/// Where a request came from, as far as the door can tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The address of the other end of the connection.
    pub ip: Option<IpAddr>,
    /// What the client calls itself, shortened.
    pub user_agent: Option<String>,
}

impl Request {
    /// How much it may be answered.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.0.services.limits
    }

    /// What validates documents, and keeps them.
    #[must_use]
    pub fn documents(&self) -> &Documents {
        &self.0.services.documents
    }

    /// What callers may spend.
    #[must_use]
    pub fn budgets(&self) -> &Budgets {
        &self.0.services.budgets
    }
}
