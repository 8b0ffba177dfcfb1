//! The mutation `deleteOrganization`.

use std::sync::Arc;

use entity::deletion::DeletionKind;
use entity::id::{DeletionId, OrganizationId};
use migration::catalog::Permission;
use serde_json::json;

use super::entry::Entry;
use super::store;
use crate::access::Scope;
use crate::access_change::{Attempt, Call, Outcome, Subjects, outcome_fields};
use crate::audit::Record;
use crate::clock;
use crate::error::Error;
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, Object, ObjectType};
use crate::request::Request;
use crate::tenancy::organization::{not_found, require_known};
use crate::tenancy::quota;
use crate::tenancy::seats;

const PAYLOAD: &str = "DeleteOrganizationPayload";

#[derive(Clone, Default)]
struct DeleteOrganizationInput {
    organization: Option<OrganizationId>,
    call: Call,
}

impl InputObject for DeleteOrganizationInput {
    const NAME: &'static str = "DeleteOrganizationInput";
    const DESCRIPTION: &'static str = "Which organization to delete.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("organizationId", "The organization.", |into: &mut Self, Id(id)| into.organization = Some(id))
            .embed(Call::fields(), |into| &mut into.call)
    }
}

struct DeleteOrganizationPayload {
    deleted: Option<Id<OrganizationId>>,
    deletion: Option<Id<DeletionId>>,
    outcome: Outcome,
}

impl Object for DeleteOrganizationPayload {
    fn name() -> &'static str {
        PAYLOAD
    }

    fn table() -> ObjectType<Self> {
        let payload = ObjectType::<Self>::new("What came of `deleteOrganization`.")
            .field(
                "deletedOrganizationId",
                "The organization that is gone: keep it, to restore it. Null after a dry run.",
                |payload: &Self| &payload.deleted,
            )
            .field("deletionId", "The deletion, as the audit log names it. Null after a dry run.", |payload| &payload.deletion);
        outcome_fields(payload, |payload| &payload.outcome)
    }
}

/// Adds `deleteOrganization`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "deleteOrganization",
        "Deletes an organization with its memberships, assigned roles, teams, grants and businesses; `restoreOrganization` brings exactly these back. Its name is free. \
         Its subscriptions and products go with it, and its API keys come back revoked. Needs the permission `organization.delete` in it.",
        delete_organization,
    )
    .asks(Permission::OrganizationDelete)
}

async fn delete_organization(
    request: Request,
    arguments: Arc<InputArgument<DeleteOrganizationInput>>,
) -> Result<Option<Arc<DeleteOrganizationPayload>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(id) = input.organization else { return Err(Error::bad_input("`input.organizationId` is required")) };
    let scope = Scope::Organization(id);
    let mut attempt = Attempt::begin(&request, &input.call, PAYLOAD, scope).await?;
    require_known(&attempt.writer, id).await?;
    attempt.writer.require(Permission::OrganizationDelete, scope).await?;
    if !seats::lock(&attempt.writer, id).await? {
        return Err(not_found());
    }
    let people = store::people(&attempt.writer, id).await?;
    attempt.watch(Subjects::Users(people)).await?;
    let deletion: DeletionId = clock::new_id();
    // It gives back what it took of the quota.
    quota::hold(&attempt.writer).await?;
    let taken = store::delete_organization(&attempt.writer, id, deletion).await?;
    let counts = taken.counts();
    let entry = Entry::of(deletion, DeletionKind::Organization, id).within(id).called(&taken.name);
    entry.counting(counts.clone()).list(&attempt.writer).await?;
    let mut gone = counts;
    gone["name"] = json!(taken.name);
    gone["deletionId"] = json!(deletion);
    attempt.writer.audit(Record::of("organization.delete", id).within(id).before(gone)).await?;
    let outcome = attempt.finish().await?;
    let is_written = outcome.is_written();
    let deleted = is_written.then_some(Id(id));
    Ok(Some(Arc::new(DeleteOrganizationPayload { deleted, deletion: is_written.then_some(Id(deletion)), outcome })))
}
