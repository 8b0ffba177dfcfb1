//! Roles, and what else says what somebody may do: overrides and grants.

pub mod developer;
mod effect;
pub mod grant;
pub mod permission;
pub mod permission_override;
pub mod role;
mod terms;
