//! Root fields that read the audit log.

use migration::catalog::Permission;

use super::store::entries;
use crate::graph::{ObjectType, Query};

/// Adds `auditLog`.
#[must_use]
pub fn queries(query: ObjectType<Query>) -> ObjectType<Query> {
    query
.connection(
        "auditLog",
        "Who changed what in your tenant, the newest first. Needs the permission `audit.read`: held in the tenant it shows the tenant's \
         own entries, held in an organization those about it.",
        entries,
        |_| (),
    )
    .asks(Permission::AuditRead)
}
