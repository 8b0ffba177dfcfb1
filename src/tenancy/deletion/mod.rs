//! Deleting and restoring: what goes together bears the same deletion, and comes back together, or not at all.
//!
//! Every row that a deletion takes is stamped with its id; places in teams, which are links, are moved aside. Restoring looks
//! first at all that is in the way ([`store::conflicts`]), reports it at once, and otherwise brings back exactly what bears the
//! deletion: role assignments included, and nothing that ended in another way.

mod conflict;
mod delete_organization;
mod entry;
mod listing;
mod payload;
mod people;
mod restore_member;
mod restore_organization;
mod restore_role;
mod restore_team;
mod revival;
mod store;

pub use entry::Entry;
pub use listing::{Deletion, queries};

use crate::graph::{Mutation, ObjectType};

/// Adds the mutations that delete and restore.
#[must_use]
pub fn mutations(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    let mutations = [
        delete_organization::mutation,
        restore_organization::mutation,
        restore_member::mutation,
        restore_team::mutation,
        restore_role::mutation,
        people::removing_tenant_members,
        people::restoring_tenant_members,
        people::restoring_users,
    ];
    mutations.into_iter().fold(mutation, |mutation, add| add(mutation))
}
