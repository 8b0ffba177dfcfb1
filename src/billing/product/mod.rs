//! Products: what a tenant sells to its organizations, plans among them.

mod object;
mod query;
mod store;

pub use object::Product;
pub use query::queries;
pub use store::products_by_id;
