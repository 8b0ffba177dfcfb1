//! Mutations of grants.

mod give;
mod grantee;
mod place;
mod revoke;
mod store;

use crate::graph::{Mutation, ObjectType};

/// Adds the mutations of grants.
#[must_use]
pub fn mutations(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    revoke::mutation(give::mutation(mutation))
}
