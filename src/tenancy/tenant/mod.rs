//! Tenants: the companies that use the product that Tenantry serves.

mod changing;
mod mutation;
mod object;
mod query;
mod store;

pub use changing::require_platform;
pub use mutation::mutations;
pub use object::Tenant;
pub use query::queries;
pub use store::{primary_tenants, tenants_by_id, tenants_of_caller};
