//! Roles, and what they permit.

mod effect;
pub mod permission;
pub mod role;
