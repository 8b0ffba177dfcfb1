//! Mutations of places in teams: who joins, who leads, who leaves.

mod add;
mod payload;
mod remove;
mod store;
mod target;
mod update;

use crate::graph::{Mutation, ObjectType};

/// Adds the mutations of members of teams.
#[must_use]
pub fn mutations(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    remove::mutation(update::mutation(add::mutation(mutation)))
}
