//! Tenants: the companies that use the product that Tenantry serves.

mod mutation;
mod object;
mod query;
mod store;

pub use mutation::mutations;
pub use object::Tenant;
pub use query::queries;
pub use store::{tenants_by_id, tenants_of_caller};
