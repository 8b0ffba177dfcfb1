//! Roles, and what they permit.

pub mod permission;
pub mod role;
