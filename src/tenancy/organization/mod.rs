//! Organizations: what a tenant's people work in, own, and pay for.

mod create;
mod known;
mod list;
mod object;
mod query;
mod store;
mod update;
mod validate;

use crate::graph::{Mutation, ObjectType};

pub use known::{not_found, require_known};
pub use list::OrganizationList;
pub use object::Organization;
pub use query::queries;
pub use store::{is_living, organizations, organizations_by_id, was_deleted};

/// Adds the mutations about organizations.
#[must_use]
pub fn mutations(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    update::mutation(create::mutation(mutation))
}
