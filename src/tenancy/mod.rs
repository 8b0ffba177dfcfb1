//! Tenants, their organizations, and who belongs to them.

pub mod membership;
pub mod organization;
pub mod tenant;
