//! Mutations of conversations: started, gone on with, put aside and taken up again.

mod archive;
mod payload;
mod post;
mod said;
mod start;
mod store;
mod target;

use crate::graph::{Mutation, ObjectType};

/// Adds the mutations of conversations.
#[must_use]
pub fn mutations(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    archive::mutations(post::mutation(start::mutation(mutation)))
}
