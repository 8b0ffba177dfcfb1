//! The business that a mutation is about: known to the caller, and locked.

use entity::business::BusinessVerification;
use entity::id::{BusinessId, OrganizationId};
use migration::catalog::Permission;

use super::facts::Facts;
use super::store;
use crate::access::Scope;
use crate::error::{Code, Error};
use crate::request::Writer;
use crate::tenancy::organization::require_known;

/// A business as it is stored, locked until the transaction ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub id: BusinessId,
    pub organization: OrganizationId,
    pub facts: Facts,
    pub tax_id_sealed: Option<Vec<u8>>,
    pub verification: BusinessVerification,
}

impl Target {
    /// The living business, for a caller who has this permission where it is. What the caller may not know of is not found.
    pub async fn open(writer: &Writer, id: BusinessId, permission: Permission) -> Result<Self, Error> {
        let organization = store::organization(writer, id).await?.ok_or_else(not_found)?;
        require(writer, organization, permission).await?;
        store::lock(writer, id).await?.ok_or_else(not_found)
    }

    /// Where guards ask about it.
    pub fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }
}

/// Refuses a caller who has not this permission where a business is; one who may not know of it, as if it did not exist.
pub(super) async fn require(writer: &Writer, organization: OrganizationId, permission: Permission) -> Result<(), Error> {
    require_known(writer, organization).await.map_err(|error| match error.code() {
        Code::NotFound => not_found(),
        _ => error,
    })?;
    let scope = Scope::Organization(organization);
    if let Err(refused) = writer.require(permission, scope).await {
        let knows = writer.may(Permission::BusinessesRead, scope).await?;
        return Err(if knows { refused } else { not_found() });
    }
    Ok(())
}

pub(super) fn not_found() -> Error {
    Error::client(Code::NotFound, "there is no such business, or you may not know of it")
}
