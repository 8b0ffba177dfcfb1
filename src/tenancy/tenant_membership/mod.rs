//! Memberships of a tenant: who lives in it, and what roles over the whole of it, overrides and grants hang on.

mod arguments;
mod object;
mod store;

pub use arguments::TenantMembershipArguments;
pub use object::TenantMembership;
pub use store::{MEMBER, MEMBER_OF_SEAT, members_of_tenants, tenant_memberships_by_id, visible_tenant_memberships};
