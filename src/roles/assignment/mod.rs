//! Assignments of roles: who has a role, where, since when and until when.

mod arguments;
mod assign;
mod object;
mod payload;
mod revoke;
mod store;

use crate::graph::{Mutation, ObjectType};

pub use arguments::RoleAssignmentArguments;
pub use object::RoleAssignment;
pub use store::{Seat, assignments_of_roles, assignments_of_seats, assignments_of_tenant_memberships};

/// Adds the mutations about assignments.
#[must_use]
pub fn mutations(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    revoke::mutation(assign::mutation(mutation))
}
