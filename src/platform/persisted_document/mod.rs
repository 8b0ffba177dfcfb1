//! Registered documents: the GraphQL texts that a tenant's partners and front ends may run by their ids.
//!
//! A document is measured, validated and priced when it is published (`registration.rs`), found by whoever runs it for as long as
//! the access version stands (`registry.rs`), and counted when it was run (`usage.rs`).

mod arguments;
mod bound;
mod changing;
mod document_id;
mod manifest;
mod object;
mod query;
mod registration;
mod registry;
mod store;
mod usage;

pub use changing::mutations;
pub use document_id::DocumentId;
pub use object::{PersistedDocument, PersistedDocumentUsage, VariableBound};
pub use query::queries;
pub use registry::{Registered, Registry};
pub use usage::Usage;
