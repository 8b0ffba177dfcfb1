//! The mutation `removePermissionOverride`.

use std::sync::Arc;

use entity::id::PermissionOverrideId;
use entity::role_permission::Effect;
use migration::catalog::Permission;
use serde_json::json;

use super::store;
use crate::access::{Gift, Place, Scope};
use crate::access_change::{Attempt, Call, Outcome, Subjects, outcome_fields};
use crate::audit::Record;
use crate::error::{Code, Error};
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, Object, ObjectType};
use crate::request::Request;
use crate::roles::permission_override::visible_overrides;

const PAYLOAD: &str = "RemovePermissionOverridePayload";

#[derive(Clone, Default)]
struct RemovePermissionOverrideInput {
    id: Option<PermissionOverrideId>,
    call: Call,
}

impl InputObject for RemovePermissionOverrideInput {
    const NAME: &'static str = "RemovePermissionOverrideInput";
    const DESCRIPTION: &'static str = "Which override to take away: roles decide again.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("permissionOverrideId", "The override.", |into: &mut Self, Id(id)| into.id = Some(id))
            .embed(Call::fields(), |into| &mut into.call)
    }
}

struct RemovePermissionOverridePayload {
    removed: Option<Id<PermissionOverrideId>>,
    outcome: Outcome,
}

impl Object for RemovePermissionOverridePayload {
    fn name() -> &'static str {
        PAYLOAD
    }

    fn table() -> ObjectType<Self> {
        let payload = ObjectType::<Self>::new("What came of `removePermissionOverride`.").field(
            "removedPermissionOverrideId",
            "The id of what is gone; of a dry run: of what would go.",
            |payload: &Self| &payload.removed,
        );
        outcome_fields(payload, |payload| &payload.outcome)
    }
}

/// Adds `removePermissionOverride`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "removePermissionOverride",
        "Takes an override away. What it denies you must hold there. Needs the permission `grants.manage` in its organization, or in the \
         tenant.",
        remove_permission_override,
    ).asks(Permission::GrantsManage)
}

async fn remove_permission_override(
    request: Request,
    arguments: Arc<InputArgument<RemovePermissionOverrideInput>>,
) -> Result<Option<Arc<RemovePermissionOverridePayload>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(id) = input.id else { return Err(Error::bad_input("`input.permissionOverrideId` is required")) };
    // Where an override holds never changes, so it may be asked before the transaction begins.
    let known = visible_overrides(request.clone(), vec![id]).await?.remove(&id).ok_or_else(not_found)?;
    let (organization, user) = (known.organization, known.user);
    let permission = Permission::from_id(known.permission.uuid().as_u128());
    drop(known);
    let scope = organization.map_or(Scope::Tenant, Scope::Organization);
    let mut attempt = Attempt::begin(&request, &input.call, PAYLOAD, scope).await?;
    let terms = store::find(&attempt.writer, id).await?.ok_or_else(not_found)?;
    attempt.writer.require(Permission::GrantsManage, scope).await?;
    if terms.effect == Effect::Deny && terms.expires_at.is_none_or(|at| at > attempt.writer.now) {
        attempt.writer.require_held(&Gift::of(Place::of(organization), permission.into_iter().collect()))?;
    }
    attempt.watch(Subjects::Users(vec![user])).await?;
    store::delete(&attempt.writer, id).await?;
    let mut was = terms.written();
    was["userId"] = json!(user);
    was["permission"] = json!(permission.map(Permission::key));
    attempt.writer.audit(Record::of("permission_override.remove", id).within(organization).before(was)).await?;
    let outcome = attempt.finish().await?;
    Ok(Some(Arc::new(RemovePermissionOverridePayload { removed: Some(Id(id)), outcome })))
}

fn not_found() -> Error {
    Error::client(Code::NotFound, "there is no such override, or you may not know of it")
}
