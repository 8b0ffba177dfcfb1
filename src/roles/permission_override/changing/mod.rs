//! Mutations of overrides.

mod payload;
mod remove;
mod set;
mod store;

use crate::graph::{Mutation, ObjectType};

/// Adds the mutations of overrides.
#[must_use]
pub fn mutations(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    remove::mutation(set::mutation(mutation))
}
