//! Tenants, their organizations with the businesses that these serve, and who belongs to them.

pub mod business;
pub mod deletion;
pub mod domain;
pub mod invitation;
pub mod joining;
pub mod membership;
pub mod organization;
pub mod ownership;
pub mod quota;
pub mod seats;
pub mod tenant;
pub mod tenant_membership;
