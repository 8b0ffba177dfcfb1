//! Tenants, their organizations, and who belongs to them.

pub mod membership;
pub mod organization;
pub mod tenant;
pub mod tenant_membership;
