//! Mutations of memberships: another role, suspended and reactivated, removed, left.

mod leave;
mod payload;
mod reactivate;
mod remove;
mod store;
mod suspend;
mod target;
mod update;

use crate::graph::{Mutation, ObjectType};

/// Adds the mutations of memberships.
#[must_use]
pub fn mutations(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    let mutations = [update::mutation, suspend::mutation, reactivate::mutation, remove::mutation, leave::mutation];
    mutations.into_iter().fold(mutation, |mutation, add| add(mutation))
}
