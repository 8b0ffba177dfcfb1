//! Root fields that read roles and permissions.

use std::sync::Arc;

use entity::id::RoleId;
use migration::catalog::Permission as Key;

use super::store::{roles, visible_roles};
use crate::access::Role;
use crate::error::Error;
use crate::graph::{ById, ObjectType, Query};
use crate::request::Request;
use crate::roles::permission::Permission;

/// Adds `role`, `roles` and `permissions`.
#[must_use]
pub fn queries(query: ObjectType<Query>) -> ObjectType<Query> {
    query
        .root("role", "One role; null where it does not exist or you may not know of it.", by_id)
        .connection("roles", "The roles of your tenant, the five that every tenant has first.", roles, |_| ())
        .requires(Key::RolesRead)
        .inline_many("permissions", "The catalog: everything that can be permitted.", |_| Permission::all())
        .requires(Key::RolesRead)
}

async fn by_id(request: Request, arguments: Arc<ById<RoleId>>) -> Result<Option<Arc<Role>>, Error> {
    Ok(visible_roles(request, vec![arguments.0]).await?.remove(&arguments.0))
}
