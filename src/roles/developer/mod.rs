//! Developer roles: what the platform's own staff may do, in every tenant. Only developers read them.

mod object;
mod query;
mod store;

pub use object::{DeveloperRole, DeveloperRoleAssignment};
pub use query::queries;
