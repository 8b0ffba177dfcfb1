//! Mutations of API keys. Whoever makes one must hold what it may use; and since a key is its scopes and its maker's present
//! rights, whoever gets to know a secret becomes the maker. A key makes no keys.

mod create;
mod payload;
mod revoke;
mod rotate;
mod store;
mod target;
mod update;
mod validate;

use crate::graph::{Mutation, ObjectType};

/// Adds the mutations about API keys.
#[must_use]
pub fn mutations(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    revoke::mutation(rotate::mutation(update::mutation(create::mutation(mutation))))
}
