//! What is deleted and can be restored, for those who may restore it.

mod arguments;
mod object;
mod query;
mod store;

pub use object::Deletion;
pub use query::queries;
