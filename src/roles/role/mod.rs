//! Roles: what a tenant's people may be, and what each permits.

mod object;
mod query;
mod store;

pub use query::queries;
pub use store::{Assignee, roles_by_id, roles_of_members};
