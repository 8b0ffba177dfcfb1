//! Rows to try Tenantry with: a demo that is pleasant to explore, and as many as a benchmark needs.
//!
//! Both are made by a generator that is handed its seed and its clock, so that the same call writes the same
//! rows. Both reach the tables by COPY, as the tables' owner.

pub mod demo;
pub mod large;

mod business;
mod conversation;
mod copy;
mod draft;
mod exception;
mod generator;
mod name;
mod offer;
mod record;
mod role;
mod seating;
mod subscription;
mod team;

/// Why rows could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The database refused, or could not be reached.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// Rows of this seed are there already; they would be the same again.
    #[error("seed `{seed}` is in this database already; choose another")]
    Taken {
        /// The seed.
        seed: u64,
    },
    /// A number of tenants, organizations or members is zero.
    #[error("there must be at least one tenant, one organization and one member")]
    Empty,
    /// A role that every tenant has is not there: the catalog was not migrated.
    #[error("the tenant has no role `{key}`")]
    RoleMissing {
        /// The role's key.
        key: &'static str,
    },
}
