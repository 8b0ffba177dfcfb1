//! The mutation `setPermissionOverride`.

use std::sync::Arc;

use async_graphql::Value;
use chrono::{DateTime, Utc};
use entity::id::{OrganizationId, UserId};
use entity::role_permission::Effect;
use migration::catalog::Permission;
use serde_json::json;

use super::payload::{PAYLOAD, SetPermissionOverridePayload};
use super::store::{self, Key, Terms};
use crate::access::{Gift, Place, Scope};
use crate::access_change::{Attempt, Call, Subjects};
use crate::audit::Record;
use crate::clock;
use crate::error::{Code, Error};
use crate::graph::{Fields, Id, InputArgument, InputObject, Json, Mutation, ObjectType};
use crate::idempotency::{self, Taken};
use crate::request::{Request, Writer};
use crate::roles::rule::read_conditions;
use crate::roles::terms;
use crate::tenancy::organization::is_living;
use crate::user_error::{UserError, UserErrorCode};

const OPERATION: &str = "setPermissionOverride";
const LONGEST_REASON: usize = 500;
const PRIORITY: i32 = 100;

#[derive(Clone, Default)]
struct SetPermissionOverrideInput {
    user: Option<UserId>,
    organization: Option<OrganizationId>,
    permission: String,
    effect: Option<Effect>,
    priority: i32,
    conditions: Option<Json>,
    reason: Option<String>,
    expires_at: Option<DateTime<Utc>>,
    idempotency_key: Option<String>,
    call: Call,
}

impl InputObject for SetPermissionOverrideInput {
    const NAME: &'static str = "SetPermissionOverrideInput";
    const DESCRIPTION: &'static str = "One permission to decide for one member, whatever its roles say. The same member, place, permission and priority again change \
         the override that is there.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("userId", "Whose permission: a member of the tenant.", |into: &mut Self, Id(id)| into.user = Some(id))
            .field(
                "organizationId",
                "Where it holds; left out: in the tenant and in all its organizations.",
                |into, organization: Option<Id<_>>| into.organization = organization.map(|Id(id)| id),
            )
            .field("permission", "The key of the permission, such as `billing.read`.", |into, key| into.permission = key)
            .field("effect", "Whether it allows or denies.", |into, effect| into.effect = Some(effect))
            .field_or(
                "priority",
                "Of several that apply the highest decides; at equal priority a denial.",
                Some(Value::from(PRIORITY)),
                |into, priority: Option<i32>| into.priority = priority.unwrap_or(PRIORITY),
            )
            .field("conditions", "When it applies, as JSONLogic; left out: always.", |into, conditions| {
                into.conditions = conditions;
            })
            .field("reason", "Why, for those who look at it later.", |into, reason| into.reason = reason)
            .field("expiresAt", "When it ends by itself; left out: it does not.", |into, at| into.expires_at = at)
            .field("idempotencyKey", idempotency::DESCRIPTION, |into, key| into.idempotency_key = key)
            .embed(Call::fields(), |into| &mut into.call)
    }
}

/// Adds `setPermissionOverride`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        OPERATION,
        "Decides one permission for one member before all roles. What you allow, and what you stop denying, you must hold there. Needs the \
         permission `grants.manage` in the organization, or in the tenant.",
        set_permission_override,
    ).asks(Permission::GrantsManage)
}

async fn set_permission_override(
    request: Request,
    arguments: Arc<InputArgument<SetPermissionOverrideInput>>,
) -> Result<Option<Arc<SetPermissionOverridePayload>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some((user, effect)) = input.user.zip(input.effect) else {
        return Err(Error::bad_input("`input.userId` and `input.effect` are required"));
    };
    let mut errors = Vec::new();
    let permission = terms::permission(&input.permission, &mut errors);
    let conditions = read_conditions(&["conditions"], input.conditions.as_ref(), &mut errors);
    let reason = input.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty()).map(str::to_owned);
    if reason.as_ref().is_some_and(|reason| reason.chars().count() > LONGEST_REASON) {
        let message = format!("the reason must have at most {LONGEST_REASON} characters");
        errors.push(UserError::at(&["reason"], UserErrorCode::TooLong, message));
    }
    let expires_at = terms::expires_at(input.expires_at, request.now(), &mut errors);
    errors.extend(idempotency::complaint(input.idempotency_key.as_deref()));
    let scope = input.organization.map_or(Scope::Tenant, Scope::Organization);
    let mut attempt = Attempt::begin(&request, &input.call, PAYLOAD, scope).await?;
    known_place(&attempt.writer, input.organization).await?;
    attempt.writer.require(Permission::GrantsManage, scope).await?;
    let sees_all = attempt.writer.may(Permission::MembersRead, Scope::Tenant).await?;
    let membership = store::membership(&attempt.writer, user, input.organization.filter(|_| !sees_all)).await?;
    if membership.is_none() {
        errors.push(UserError::at(&["userId"], UserErrorCode::NotFound, "this is no member whom you may know of"));
    }
    let (Some(permission), Some(membership), true) = (permission, membership, errors.is_empty()) else {
        return SetPermissionOverridePayload::of(request, None, attempt.refuse(errors).await?).await;
    };
    let key = Key { membership, organization: input.organization, permission, priority: input.priority };
    let now = Terms { effect, conditions, reason, expires_at };
    let before = store::lock(&attempt.writer, &key).await?;
    let id = before.as_ref().map_or_else(clock::new_id, |(id, _)| *id);
    let sent = json!([user, input.organization, input.permission, input.priority, now.written()]);
    match attempt.writer.take_key(OPERATION, input.idempotency_key.as_deref(), &sent, id).await? {
        Taken::Now => {}
        Taken::Before(earlier) => {
            return SetPermissionOverridePayload::of(request, Some(earlier), attempt.refuse(Vec::new()).await?).await;
        }
        Taken::ForAnotherInput => {
            return SetPermissionOverridePayload::of(request, None, attempt.refuse(vec![idempotency::reused()]).await?).await;
        }
    }
    let before = before.map(|(_, terms)| terms);
    if now.gives_more_than(before.as_ref()) {
        attempt.writer.require_held(&Gift::of(Place::of(input.organization), [permission].into_iter().collect()))?;
    }
    if before.as_ref() != Some(&now) {
        attempt.watch(Subjects::Users(vec![user])).await?;
        store::write(&attempt.writer, id, &key, &now, before.is_some()).await?;
        let of = json!({ "userId": user, "permission": permission.key(), "priority": key.priority });
        let mut record = Record::of("permission_override.set", id).within(input.organization);
        if let Some(before) = before {
            record = record.before(before.written());
        }
        attempt.writer.audit(record.after(merged(of, now.written()))).await?;
    }
    SetPermissionOverridePayload::of(request, Some(id), attempt.finish().await?).await
}

/// What the caller may not know of is not found.
async fn known_place(writer: &Writer, organization: Option<OrganizationId>) -> Result<(), Error> {
    let Some(organization) = organization else { return Ok(()) };
    let scope = Scope::Organization(organization);
    if writer.may(Permission::OrganizationRead, scope).await? && is_living(writer, organization).await? {
        return Ok(());
    }
    Err(Error::client(Code::NotFound, "there is no such organization, or you may not know of it"))
}

fn merged(mut one: serde_json::Value, other: serde_json::Value) -> serde_json::Value {
    if let (Some(one), serde_json::Value::Object(other)) = (one.as_object_mut(), other) {
        one.extend(other);
    }
    one
}
