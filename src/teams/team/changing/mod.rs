//! Mutations of teams: made, renamed, moved, deleted, and what roles their members have.

mod create;
mod delete;
mod endowment;
mod moving;
mod payload;
mod role;
mod store;
mod target;
mod update;
mod validate;

use crate::graph::{Mutation, ObjectType};

pub use endowment::Endowment;
pub use target::{TargetTeam, ancestry};

/// Adds the mutations of teams.
#[must_use]
pub fn mutations(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    let all = [create::mutation, update::mutation, moving::mutation, delete::mutation, role::mutations];
    all.into_iter().fold(mutation, |mutation, add| add(mutation))
}
