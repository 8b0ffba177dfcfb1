//! What others build on: the documents that partners run.

pub mod persisted_document;
