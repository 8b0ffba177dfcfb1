//! Teams of an organization, and who is in them.

pub mod member;
pub mod team;
