//! Where the resource of a grant is: in an organization, in the tenant, or out of everybody's reach.

use entity::id::OrganizationId;
use migration::catalog::Permission;

use super::store::{self, Whereabouts};
use crate::access::{Resource, Scope};
use crate::error::{Code, Error};
use crate::request::Writer;

/// Kinds of ours on which nothing is granted: they are no resources that anybody asks about.
const NOT_GRANTED_ON: [&str; 13] = [
    "user_token",
    "session",
    "permission",
    "member_role",
    "permission_override",
    "team_member",
    "resource_grant",
    "developer_role",
    "developer_role_assignment",
    "deletion",
    "audit_log",
    "audit_log_entry",
    "api_key",
];

/// The organization of a resource; none where it is the tenant's, or the customer's own. What the caller may not know of is
/// not found.
pub(super) async fn organization_of(writer: &Writer, resource: &Resource) -> Result<Option<OrganizationId>, Error> {
    if NOT_GRANTED_ON.contains(&&*resource.kind) {
        return Err(Error::bad_input("`input.resource`: nothing can be granted on a thing of this kind"));
    }
    let organization = match store::whereabouts(writer, resource).await? {
        Whereabouts::Unknown => return Ok(None),
        Whereabouts::Missing => return Err(not_found()),
        found => found.organization(),
    };
    let known = match (&*resource.kind, organization) {
        ("organization", Some(id)) => writer.may(Permission::OrganizationRead, Scope::Organization(id)).await?,
        ("team", Some(id)) => writer.may(Permission::TeamsRead, Scope::Team(id, resource.id.into())).await?,
        ("organization_membership", Some(id)) => writer.may(Permission::MembersRead, Scope::Organization(id)).await?,
        ("subscription", Some(id)) => writer.may(Permission::SubscriptionsRead, Scope::Organization(id)).await?,
        ("role", _) => writer.may(Permission::RolesRead, Scope::Tenant).await?,
        ("product", _) => writer.may(Permission::ProductsRead, Scope::Tenant).await?,
        ("user" | "tenant_membership", _) => writer.may(Permission::MembersRead, Scope::Tenant).await?,
        _ => true,
    };
    if known { Ok(organization) } else { Err(not_found()) }
}

fn not_found() -> Error {
    Error::client(Code::NotFound, "there is no such resource, or you may not know of it")
}
