//! People who leave a tenant as a whole, and who come back: into it, or, of a deleted account, into all the tenants it was in.

mod remove_tenant_member;
mod restore_tenant_member;
mod restore_user;
mod store;

pub(super) use remove_tenant_member::mutation as removing_tenant_members;
pub(super) use restore_tenant_member::mutation as restoring_tenant_members;
pub(super) use restore_user::mutation as restoring_users;

use std::sync::Arc;

use entity::id::{DeletionId, OrganizationId};
use entity::tenant_quota::QuotaMetric;

use super::conflict::Conflict;
use super::revival::Revived;
use super::store::{conflicts, revive, take_quota};
use crate::error::Error;
use crate::request::Writer;
use crate::tenancy::seats;
use crate::user_error::{UserError, UserErrorCode};

/// Brings back what a deletion took from the tenant that the writer is in: a member with all they had there, their seats included.
/// Otherwise all that is in the way.
async fn come_back(writer: &Writer, deletion: DeletionId) -> Result<Result<Revived, Vec<Arc<UserError>>>, Error> {
    let mut report: Vec<Arc<UserError>> = conflicts(writer, deletion).await?.iter().map(Conflict::told).collect();
    if !take_quota(writer, QuotaMetric::Members).await? {
        report.push(UserError::general(UserErrorCode::QuotaExceeded, "the tenant has as many members as it may have"));
    }
    if !report.is_empty() {
        return Ok(Err(report));
    }
    let organizations: Vec<OrganizationId> = store::organizations(writer, deletion).await?;
    for organization in &organizations {
        seats::lock(writer, *organization).await?;
    }
    let revived = revive(writer, deletion).await?;
    for organization in organizations {
        report.extend(seats::settle(writer, organization).await?);
    }
    Ok(if report.is_empty() { Ok(revived) } else { Err(report) })
}
