//! Random queries over the real schema and the demo data: executed by us, checked against the rules of the specification, and
//! compared with what async-graphql's own executor answers from the same tables.

mod catalog;
mod differential;
mod draft;
mod input;
mod oracle;
mod pool;
mod price;
mod statements;
