//! The mutation `restoreOrganization`.

use std::sync::Arc;

use entity::id::OrganizationId;
use entity::tenant_quota::QuotaMetric;
use migration::catalog::Permission;
use serde_json::json;

use super::payload::{RestorePayload, Restores};
use super::store::{self, Deleted};
use crate::access::{Gift, PermissionSet, Place, Scope};
use crate::access_change::{Attempt, Call, Outcome};
use crate::audit::Record;
use crate::error::Error;
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, ObjectType};
use crate::request::Request;
use crate::tenancy::organization::{Organization, not_found, organizations_by_id};
use crate::tenancy::seats;
use crate::user_error::{UserError, UserErrorCode};

#[derive(Clone, Default)]
struct RestoreOrganizationInput {
    organization: Option<OrganizationId>,
    call: Call,
}

impl InputObject for RestoreOrganizationInput {
    const NAME: &'static str = "RestoreOrganizationInput";
    const DESCRIPTION: &'static str = "Which organization to restore.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("organizationId", "The organization: one that was deleted.", |into: &mut Self, Id(id)| {
                into.organization = Some(id);
            })
            .embed(Call::fields(), |into| &mut into.call)
    }
}

struct RestoreOrganization;

impl Restores for RestoreOrganization {
    const PAYLOAD: &'static str = "RestoreOrganizationPayload";
    const DESCRIPTION: &'static str = "What came of `restoreOrganization`.";
    const FIELD: &'static str = "organization";
    type Thing = Organization;
}

/// Adds `restoreOrganization`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "restoreOrganization",
        "Brings a deleted organization back, with everybody and everything that went with it. What is in the way is reported all at once, and then nothing \
         comes back. For its owner, and for those who hold the permission `organization.delete`, and all others, in the tenant's organizations.",
        restore_organization,
    )
}

async fn restore_organization(
    request: Request,
    arguments: Arc<InputArgument<RestoreOrganizationInput>>,
) -> Result<Option<Arc<RestorePayload<RestoreOrganization>>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(id) = input.organization else { return Err(Error::bad_input("`input.organizationId` is required")) };
    let attempt = Attempt::begin(&request, &input.call, RestoreOrganization::PAYLOAD, Scope::Organization(id)).await?;
    let writer = &attempt.writer;
    let deleted = store::deleted_organization(writer, id).await?.ok_or_else(not_found)?;
    let is_owner = deleted.user.is_some() && deleted.user == writer.caller.person() && writer.caller.standing().is_ok();
    if !is_owner {
        writer.require(Permission::OrganizationDelete, Scope::Tenant).await.map_err(|error| match error {
            Error::Client(_) => not_found(),
            error => error,
        })?;
        writer.require_held(&Gift::of(Place::Organization(id), PermissionSet::ALL))?;
    }
    let outcome = restore(attempt, id, &deleted).await?;
    let thing = if outcome.is_written() { organizations_by_id(request, vec![id]).await?.remove(&id) } else { None };
    Ok(Some(Arc::new(RestorePayload { thing, outcome })))
}

async fn restore(attempt: Attempt, id: OrganizationId, deleted: &Deleted) -> Result<Outcome, Error> {
    let writer = &attempt.writer;
    let mut report: Vec<Arc<UserError>> =
        store::conflicts(writer, deleted.deletion).await?.iter().map(super::conflict::Conflict::told).collect();
    if !store::take_quota(writer, QuotaMetric::Organizations).await? {
        let message = "the tenant has as many organizations as it may have";
        report.push(UserError::general(UserErrorCode::QuotaExceeded, message));
    }
    if report.is_empty() {
        if store::revive_organization(writer, id).await? {
            let revived = store::revive(writer, deleted.deletion).await?;
            report.extend(seats::settle(writer, id).await?);
            if report.is_empty() {
                let mut back = revived.counts();
                back["deletionId"] = json!(deleted.deletion);
                writer.audit(Record::of("organization.restore", id).within(id).after(back)).await?;
                return attempt.finish().await;
            }
        } else {
            report.push(UserError::general(UserErrorCode::Taken, "its name or its domain was taken in this moment"));
        }
    }
    attempt.refuse(report).await
}
