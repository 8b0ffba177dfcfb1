//! Roles, and what they permit.

pub mod assignment;
pub mod permission;
pub mod role;
pub mod rule;
