//! Root fields that list what is deleted.

use super::store::{deleted_organizations, deletions};
use crate::graph::{ObjectType, Query};

/// Adds `deletions` and `deletedOrganizations`.
#[must_use]
pub fn queries(query: ObjectType<Query>) -> ObjectType<Query> {
    query
        .connection(
            "deletions",
            "What is deleted in your tenant and you may restore, the newest first: memberships in organizations where you hold `members.remove`, teams \
             where you hold `teams.manage`, and, held in the tenant, roles with `roles.manage`, memberships in it with `members.remove`, organizations \
             with `organization.delete`, and those that you owned. Accounts are for the platform's staff.",
            deletions,
            |_| (),
        )
        .connection(
            "deletedOrganizations",
            "The deleted organizations of your tenant that you may restore, the newest first: those that you owned, and all of them with the permission \
             `organization.delete` in the tenant.",
            deleted_organizations,
            |_| (),
        )
}
