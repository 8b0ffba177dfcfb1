//! Roles, and what else says what somebody may do: overrides and grants.

pub mod assignment;
pub mod developer;
pub mod grant;
pub mod permission;
pub mod permission_override;
pub mod role;
pub mod rule;
mod terms;
