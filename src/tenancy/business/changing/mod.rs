//! Mutations of businesses: made, changed, deleted and restored; verified or rejected.

mod create;
mod delete;
mod details;
mod facts;
mod payload;
mod reject;
mod request_verification;
mod restore;
mod store;
mod target;
mod update;
mod verify;

use crate::graph::{Mutation, ObjectType};

/// Adds the mutations of businesses.
#[must_use]
pub fn mutations(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    let mutations = [
        create::mutation,
        update::mutation,
        delete::mutation,
        restore::mutation,
        request_verification::mutation,
        verify::mutation,
        reject::mutation,
    ];
    mutations.into_iter().fold(mutation, |mutation, add| add(mutation))
}
