//! Grants: a permission on a single resource, given to a member, a team or a role.

mod object;
mod query;
mod store;

pub use object::ResourceGrant;
pub use query::queries;
pub use store::{grants_of_memberships, grants_of_roles, grants_of_teams, grants_of_tenant_memberships};
