//! Overrides: one permission decided for one member, before all roles are asked.

mod changing;
mod object;
mod store;

pub use changing::mutations;
pub use object::PermissionOverride;
pub use store::{overrides_by_id, overrides_of_memberships, overrides_of_tenant_memberships, visible_overrides};
