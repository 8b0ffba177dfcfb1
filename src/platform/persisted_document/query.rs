//! Root fields that read registered documents.

use migration::catalog::Permission;

use super::store::documents;
use crate::graph::{ObjectType, Query};

/// Adds `persistedDocuments`.
#[must_use]
pub fn queries(query: ObjectType<Query>) -> ObjectType<Query> {
    query
        .connection(
            "persistedDocuments",
            "The documents that are registered for partners and front ends of your tenant, the oldest first.",
            documents,
            |_| (),
        )
        .requires(Permission::DocumentsRead)
}
