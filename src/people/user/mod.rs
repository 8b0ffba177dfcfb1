//! Users: people, who may belong to many tenants. A user is seen by itself, and inside the tenants it belongs to.

mod delete;
mod object;
mod query;
mod store;
mod viewer;

use crate::graph::{Mutation, ObjectType};

pub use object::User;
pub use query::queries;
pub use store::{users_by_id, visible_users};
pub use viewer::Viewer;

/// Adds `deleteUser`.
#[must_use]
pub fn mutations(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    delete::mutation(mutation)
}
