//! Root fields that read developer roles.

use super::store::roles;
use crate::graph::{ObjectType, Query};

/// Adds `developerRoles`.
#[must_use]
pub fn queries(query: ObjectType<Query>) -> ObjectType<Query> {
    query.connection(
        "developerRoles",
        "What the platform's own staff may do in every tenant, the oldest first. Only developers may ask.",
        roles,
        |_| (),
    )
}
