//! What the platform's staff may do to the tenants of its customers.

use entity::id::TenantId;
use migration::catalog::Permission;

use crate::error::{Code, Error};
use crate::request::Writer;

/// Refuses whoever is not of the platform's staff with `tenant.update` by a role of the platform, in this tenant. What a developer is in the
/// tenant besides, as one of its members, gives nothing of it: what a customer is entitled to, no customer says.
pub fn require_platform(writer: &Writer, tenant: TenantId) -> Result<(), Error> {
    let entered = writer.caller.presence.as_ref();
    let permitted = entered.is_some_and(|presence| presence.developer.contains(Permission::TenantUpdate));
    if !writer.caller.is_developer || !writer.caller.is_active || !permitted {
        return Err(Error::client(Code::Forbidden, "only the platform's staff does this, with the permission `tenant.update`"));
    }
    require_entered(writer, tenant)
}

/// Refuses a tenant that is not the one that the caller is in: so nobody changes another one by mistake.
pub(super) fn require_entered(writer: &Writer, tenant: TenantId) -> Result<(), Error> {
    if writer.presence()?.tenant == tenant {
        return Ok(());
    }
    Err(Error::client(Code::NotFound, "it is not the tenant that you are in: enter it first (`switchTenant`)"))
}
