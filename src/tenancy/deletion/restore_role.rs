//! The mutation `restoreRole`.

use std::sync::Arc;

use entity::id::RoleId;
use migration::catalog::Permission;
use serde_json::json;

use super::conflict::Conflict;
use super::payload::{RestorePayload, Restores};
use super::store::{self, Deleted};
use crate::access::{Role, Scope};
use crate::access_change::{Attempt, Call, Outcome};
use crate::audit::Record;
use crate::error::{Code, Error};
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, ObjectType};
use crate::request::Request;
use crate::roles::role::visible_roles;

#[derive(Clone, Default)]
struct RestoreRoleInput {
    role: Option<RoleId>,
    call: Call,
}

impl InputObject for RestoreRoleInput {
    const NAME: &'static str = "RestoreRoleInput";
    const DESCRIPTION: &'static str = "Which role to restore.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("roleId", "The role: one that was deleted.", |into: &mut Self, Id(id)| into.role = Some(id))
            .embed(Call::fields(), |into| &mut into.call)
    }
}

struct RestoreRole;

impl Restores for RestoreRole {
    const PAYLOAD: &'static str = "RestoreRolePayload";
    const DESCRIPTION: &'static str = "What came of `restoreRole`.";
    const FIELD: &'static str = "role";
    type Thing = Role;
}

/// Adds `restoreRole`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "restoreRole",
        "Brings a deleted role back, with its rules. Needs the permission `roles.manage` in the tenant, and everything that the role gives, as if it were \
         made anew.",
        restore_role,
    )
    .asks(Permission::RolesManage)
}

async fn restore_role(
    request: Request,
    arguments: Arc<InputArgument<RestoreRoleInput>>,
) -> Result<Option<Arc<RestorePayload<RestoreRole>>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(id) = input.role else { return Err(Error::bad_input("`input.roleId` is required")) };
    let attempt = Attempt::begin(&request, &input.call, RestoreRole::PAYLOAD, Scope::Tenant).await?;
    attempt.writer.require(Permission::RolesManage, Scope::Tenant).await?;
    let deleted = store::deleted_role(&attempt.writer, id).await?;
    let missing = || Error::client(Code::NotFound, "there is no such role that was deleted, or you may not know of it");
    let outcome = restore(attempt, id, &deleted.ok_or_else(missing)?).await?;
    let thing = if outcome.is_written() { visible_roles(request, vec![id]).await?.remove(&id) } else { None };
    Ok(Some(Arc::new(RestorePayload { thing, outcome })))
}

async fn restore(attempt: Attempt, id: RoleId, deleted: &Deleted) -> Result<Outcome, Error> {
    let writer = &attempt.writer;
    let report = store::conflicts(writer, deleted.deletion).await?;
    if !report.is_empty() {
        return attempt.refuse(report.iter().map(Conflict::told).collect()).await;
    }
    let before = writer.role_sheet().await?;
    store::revive(writer, deleted.deletion).await?;
    let after = writer.role_sheet().await?;
    writer.require_held(&before.gift_of_change(&after))?;
    writer.audit(Record::of("role.restore", id).after(json!({ "deletionId": deleted.deletion }))).await?;
    attempt.finish().await
}
