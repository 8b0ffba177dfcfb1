//! The executor: golden cases from the specification, random queries beside async-graphql's own, and what fuzzers try.

mod answer;
mod compare;
mod fuzzing;
mod golden;
mod library;
mod random;
