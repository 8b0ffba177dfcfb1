//! Businesses: the companies that an organization serves, one level below it, and how they are verified.

mod address;
mod changing;
mod list;
mod object;
mod query;
mod store;
mod tax_id;

pub use changing::mutations;
pub use object::{Business, VerificationDocument};
pub use query::queries;
pub use store::businesses_of_organizations;
