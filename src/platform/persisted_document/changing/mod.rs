//! What changes registered documents.

mod payload;
mod publish;
mod retire;
mod store;

use crate::graph::{Mutation, ObjectType};

/// Adds `publishDocuments`, `deprecateDocument` and `revokeDocument`.
#[must_use]
pub fn mutations(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    [publish::mutation, retire::deprecate, retire::revoke].into_iter().fold(mutation, |mutation, add| add(mutation))
}
