//! Grants: a permission on a single resource, given to a member, a team or a role.

mod changing;
mod object;
mod query;
mod store;

pub use changing::mutations;
pub use object::ResourceGrant;
pub use query::queries;
use store::visible_grants;
pub use store::{grants_by_id, grants_of_memberships, grants_of_roles, grants_of_teams, grants_of_tenant_memberships};
