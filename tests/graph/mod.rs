//! The executor: golden cases from the specification, and random queries beside async-graphql's own.

mod golden;
mod random;
