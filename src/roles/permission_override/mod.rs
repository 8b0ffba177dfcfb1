//! Overrides: one permission decided for one member, before all roles are asked.

mod object;
mod store;

pub use object::PermissionOverride;
pub use store::{overrides_of_memberships, overrides_of_tenant_memberships, visible_overrides};
