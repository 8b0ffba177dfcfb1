//! Root fields that read grants.

use super::store::grants_on_resource;
use crate::graph::{AnyId, Arguments, Fields, ObjectType, Query};

/// The argument `resource`.
#[derive(Clone, Debug, Default)]
pub(super) struct OnResource(pub AnyId);

impl Arguments for OnResource {
    fn fields() -> Fields<Self> {
        Fields::default().field(
            "resource",
            "The id of the resource, such as `org_…`, or that of a resource of your own.",
            |into: &mut Self, id| into.0 = id,
        )
    }
}

/// Adds `resourceGrants`.
#[must_use]
pub fn queries(query: ObjectType<Query>) -> ObjectType<Query> {
    query.connection(
        "resourceGrants",
        "The grants on a single resource, the oldest first. Needs the permission `access.explain` in the organization of the \
        resource, or in the tenant where it is in none.",
        grants_on_resource,
        |_| (),
    )
}
