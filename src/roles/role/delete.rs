//! The mutation `deleteRole`.
//!
//! A role that is still needed is not deleted: what would have to go with it is named, so that nobody loses access by a
//! deletion that was about something else.

use std::sync::Arc;

use entity::deletion::DeletionKind;
use entity::id::{DeletionId, RoleId};
use migration::catalog::Permission;
use serde_json::json;

use super::store::{self, Uses};
use super::{is_system, no_such_role, recorded};
use crate::access::Scope;
use crate::access_change::{Attempt, Call, Outcome, outcome_fields};
use crate::audit::Record;
use crate::clock;
use crate::error::Error;
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, Object, ObjectType};
use crate::request::Request;
use crate::tenancy::deletion::Entry;
use crate::user_error::{UserError, UserErrorCode};

#[derive(Clone, Default)]
struct DeleteRoleInput {
    role: Option<RoleId>,
    call: Call,
}

impl InputObject for DeleteRoleInput {
    const NAME: &'static str = "DeleteRoleInput";
    const DESCRIPTION: &'static str = "The role to delete.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("roleId", "The role: one that nobody has, and that no other role builds on.", |into: &mut Self, Id(id)| {
                into.role = Some(id);
            })
            .embed(Call::fields(), |into| &mut into.call)
    }
}

struct DeleteRolePayload {
    deleted: Option<RoleId>,
    outcome: Outcome,
}

impl Object for DeleteRolePayload {
    fn name() -> &'static str {
        "DeleteRolePayload"
    }

    fn table() -> ObjectType<Self> {
        let table = ObjectType::<Self>::new("What came of `deleteRole`.").computed(
            "deletedRoleId",
            "The id of the role that is no more; null where there are user errors, and after a dry run.",
            |payload: &Self| payload.deleted.map(Id),
        );
        outcome_fields(table, |payload| &payload.outcome)
    }
}

/// Adds `deleteRole`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "deleteRole",
        "Deletes a role that is assigned to nobody. While members or teams have it, something is granted to it, or other roles build on \
         it, the user error `IN_USE` says so: revoke it first, or switch it off by `updateRole`. Needs the permission `roles.manage` in the tenant.",
        delete_role,
    ).asks(Permission::RolesManage)
}

async fn delete_role(
    request: Request,
    arguments: Arc<InputArgument<DeleteRoleInput>>,
) -> Result<Option<Arc<DeleteRolePayload>>, Error> {
    let input = &arguments.0;
    let Some(id) = input.role else { return Err(Error::bad_input("`input.roleId` is required")) };
    let attempt = Attempt::begin(&request, &input.call, DeleteRolePayload::name(), Scope::Tenant).await?;
    let writer = &attempt.writer;
    writer.require(Permission::RolesManage, Scope::Tenant).await?;
    let stored = store::lock(writer, id).await?.ok_or_else(no_such_role)?;
    let refusal = if stored.is_system { Some(is_system()) } else { store::uses(writer, id).await?.complaint() };
    let outcome = if let Some(refusal) = refusal {
        attempt.refuse(vec![refusal]).await?
    } else {
        let rules = store::rules(writer, id).await?;
        let deletion: DeletionId = clock::new_id();
        store::delete(writer, id, deletion).await?;
        let mut was = recorded(&stored.key, &stored.name, &stored.description, stored.parent, stored.is_active, &rules);
        was["deletionId"] = json!(deletion);
        Entry::of(deletion, DeletionKind::Role, id).called(&stored.name).list(writer).await?;
        writer.audit(Record::of("role.delete", id).before(was)).await?;
        attempt.finish().await?
    };
    Ok(Some(Arc::new(DeleteRolePayload { deleted: Some(id).filter(|_| outcome.is_written()), outcome })))
}

impl Uses {
    /// Why the role cannot go, if it cannot.
    fn complaint(self) -> Option<Arc<UserError>> {
        let counted = [
            (self.members, "assignments to members"),
            (self.teams, "teams that have it"),
            (self.roles, "roles that build on it"),
            (self.grants, "grants to it"),
        ];
        let named: Vec<String> =
            counted.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        let message = format!("the role is still in use: {}", named.join(", "));
        (!named.is_empty()).then(|| UserError::at(&["roleId"], UserErrorCode::InUse, message))
    }
}
