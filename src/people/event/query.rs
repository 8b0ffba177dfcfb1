//! Root fields that read events of accounts.

use migration::catalog::Permission;

use super::store::events_of_tenant;
use crate::graph::{ObjectType, Query};

/// Adds `userEvents`.
#[must_use]
pub fn queries(query: ObjectType<Query>) -> ObjectType<Query> {
    query
        .connection(
            "userEvents",
            "What has happened to the accounts of your tenant's people while they were in it, the newest first: sign-ins, good and bad, and \
             changes of how they sign in. Needs the permission `audit.read`: held in the tenant it shows all of them, held in an organization \
             those of its members. Your own events everywhere are `viewer { events }`.",
            events_of_tenant,
            |_| (),
        )
        .asks(Permission::AuditRead)
}
