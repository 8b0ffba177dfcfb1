//! Every mutation of tenants but the change to another one: founding, settings, status, features, and where signing in goes.

mod create;
mod features;
mod payload;
mod platform;
mod primary;
mod status;
mod store;
mod update;
mod validate;

use crate::graph::{Mutation, ObjectType};

pub use platform::require_platform;

/// Adds them.
pub(super) fn mutations(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    let rooms = [create::mutation, update::mutation, primary::mutation, status::mutation, features::mutation];
    rooms.into_iter().fold(mutation, |mutation, room| room(mutation))
}
