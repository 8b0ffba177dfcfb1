//! Domains of organizations: proven by a record that only their owners can set, and what a proven one does for people with an
//! address there.
//!
//! A record is looked up between two transactions, never within one: a name server that is slow holds no connection, and no lock.

mod assignment;
mod payload;
mod request;
mod store;
mod verify;

use crate::graph::{Mutation, ObjectType};

pub use assignment::{assign, assign_everywhere};

/// The label below which the record is looked up.
const LABEL: &str = "_tenantry";
/// What the record says before the token.
const SAYS: &str = "tenantry-verification=";

/// Adds `requestDomainVerification` and `verifyDomain`.
#[must_use]
pub fn mutations(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    verify::mutation(request::mutation(mutation))
}
