//! Ownership: how an organization changes hands, by an offer that is accepted.

mod changing;
mod object;
mod store;

pub use changing::mutations;
pub use object::OwnershipOffer;
pub use store::{offers_of_organizations, offers_to_caller};
