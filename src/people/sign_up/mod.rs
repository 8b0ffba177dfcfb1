//! Signing up: a person, its place in a tenant, and its organization, made together.

mod mutation;
mod store;

pub use mutation::{mutation, slug};
