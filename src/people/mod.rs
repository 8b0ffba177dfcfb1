//! People, and who of them is asking.

pub mod user;
