//! What a mutation says of an organization that its caller may not know of, and of one that is locked for its members.

use entity::id::OrganizationId;
use migration::catalog::Permission;

use crate::access::Scope;
use crate::error::{Code, Error, Reason};
use crate::request::{Reader, Writer};

/// Refuses an organization that the caller may not know of, as if it did not exist. Those who belong to it are told where it is
/// locked for its bills, and who can pay them. Whether it lives, whoever locks it finds out.
pub async fn require_known(writer: &Writer, organization: OrganizationId) -> Result<(), Error> {
    match writer.denial(Permission::OrganizationRead, Scope::Organization(organization)).await? {
        None => Ok(()),
        Some(denial) if denial.reason == Reason::BillingLocked && writer.belongs_to(organization) => Err(denial.into()),
        Some(_) => Err(not_found()),
    }
}

/// The same for a query, in whose answer an organization that does not exist is null.
pub(super) async fn told_where_locked<T>(reader: &Reader, organization: OrganizationId) -> Result<Option<T>, Error> {
    match reader.denial(Permission::OrganizationRead, Scope::Organization(organization)).await? {
        Some(denial) if denial.reason == Reason::BillingLocked && reader.profile().await?.belongs_to(organization) => {
            Err(denial.into())
        }
        _ => Ok(None),
    }
}

/// What is said of an organization that does not exist, or that the caller may not know of.
#[must_use]
pub fn not_found() -> Error {
    Error::client(Code::NotFound, "there is no such organization, or you may not know of it")
}
