//! The mutation `grantAccess`.

use std::sync::Arc;

use async_graphql::{Name, Value};
use chrono::{DateTime, Utc};
use entity::id::{OrganizationId, ResourceGrantId};
use entity::role_permission::Effect;
use migration::catalog::Permission;
use serde_json::json;

use super::grantee::Grantee;
use super::place::organization_of;
use super::store::{self, NewGrant};
use crate::access::{Gift, Place, Resource, Scope};
use crate::access_change::{Attempt, Call, Outcome, outcome_fields};
use crate::audit::Record;
use crate::clock;
use crate::error::Error;
use crate::graph::{AnyId, Fields, InputArgument, InputObject, Json, Mutation, Object, ObjectType};
use crate::idempotency::{self, Taken};
use crate::request::Request;
use crate::roles::grant::{ResourceGrant, grants_by_id};
use crate::roles::rule::read_conditions;
use crate::roles::terms;
use crate::user_error::{UserError, UserErrorCode};

const OPERATION: &str = "grantAccess";
const PAYLOAD: &str = "GrantAccessPayload";

#[derive(Clone, Default)]
struct GrantAccessInput {
    resource: AnyId,
    grantee: AnyId,
    permission: String,
    effect: Option<Effect>,
    conditions: Option<Json>,
    expires_at: Option<DateTime<Utc>>,
    idempotency_key: Option<String>,
    call: Call,
}

impl InputObject for GrantAccessInput {
    const NAME: &'static str = "GrantAccessInput";
    const DESCRIPTION: &'static str = "What to grant to whom, on a single resource.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("resource", "The id of the resource, such as `org_…` or `team_…`, or that of a resource of your own.", |into: &mut Self, id| {
                into.resource = id;
            })
            .field(
                "granteeId",
                "To whom: a member (`tmem_…`, `mem_…` or `user_…`), the members of a team and of the teams below it (`team_…`), or everybody \
                 who has a role (`role_…`).",
                |into, id| into.grantee = id,
            )
            .field("permission", "The key of the permission, such as `billing.read`.", |into, key| into.permission = key)
            .field_or(
                "effect",
                "Whether it allows or denies.",
                Some(Value::Enum(Name::new("ALLOW"))),
                |into, effect: Option<Effect>| into.effect = effect,
            )
            .field("conditions", "When it applies, as JSONLogic; left out: always.", |into, conditions| into.conditions = conditions)
            .field("expiresAt", "When it ends by itself; left out: it does not.", |into, at| into.expires_at = at)
            .field("idempotencyKey", idempotency::DESCRIPTION, |into, key| into.idempotency_key = key)
            .embed(Call::fields(), |into| &mut into.call)
    }
}

struct GrantAccessPayload {
    grant: Option<Arc<ResourceGrant>>,
    outcome: Outcome,
}

impl GrantAccessPayload {
    async fn of(request: Request, id: Option<ResourceGrantId>, outcome: Outcome) -> Result<Option<Arc<Self>>, Error> {
        let grant = match id {
            Some(id) => grants_by_id(request, vec![id]).await?.remove(&id),
            None => None,
        };
        Ok(Some(Arc::new(Self { grant, outcome })))
    }
}

impl Object for GrantAccessPayload {
    fn name() -> &'static str {
        PAYLOAD
    }

    fn table() -> ObjectType<Self> {
        let payload = ObjectType::<Self>::new("What came of `grantAccess`.").inline_one(
            "grant",
            "The grant as it is stored; null where there are user errors, and in a dry run.",
            |payload: &Self| payload.grant.clone(),
        );
        outcome_fields(payload, |payload| &payload.outcome)
    }
}

/// Adds `grantAccess`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        OPERATION,
        "Allows or denies something on a single resource. What you allow you must hold in the organization of the resource; where it is in \
         none, and it is not for a team, in the tenant and in all its organizations. Needs the permission `grants.manage` there.",
        grant_access,
    ).asks(Permission::GrantsManage)
}

async fn grant_access(
    request: Request,
    arguments: Arc<InputArgument<GrantAccessInput>>,
) -> Result<Option<Arc<GrantAccessPayload>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(resource) = Resource::of_typed_id(&input.resource.0) else {
        return Err(Error::bad_input("`input.resource` is not an id: send one as the server gave it, such as `org_…`"));
    };
    let mut errors = Vec::new();
    let permission = terms::permission(&input.permission, &mut errors);
    let conditions = read_conditions(&["conditions"], input.conditions.as_ref(), &mut errors);
    let expires_at = terms::expires_at(input.expires_at, request.now(), &mut errors);
    errors.extend(idempotency::complaint(input.idempotency_key.as_deref()));
    let mut attempt = Attempt::begin(&request, &input.call, PAYLOAD, Scope::Tenant).await?;
    let sheet = attempt.writer.role_sheet().await?;
    let of_resource = organization_of(&attempt.writer, &resource).await?;
    let grantee = Grantee::find(&attempt.writer, &input.grantee.0, of_resource, &sheet).await?;
    let place = place(of_resource, grantee);
    let scope = place.map_or(Scope::Tenant, Scope::Organization);
    attempt.within(scope);
    attempt.writer.require(Permission::GrantsManage, scope).await?;
    match grantee {
        None => {
            errors.push(UserError::at(
                &["granteeId"],
                UserErrorCode::NotFound,
                "there is no such grantee, or you may not know of it",
            ));
        }
        Some(Grantee::Team(_, organization)) if of_resource.is_some_and(|place| place != organization) => {
            let message = "a team can be granted something on what is in its own organization, and on what is in none";
            errors.push(UserError::at(&["granteeId"], UserErrorCode::Invalid, message));
        }
        Some(_) => {}
    }
    let (Some(permission), Some(grantee), true) = (permission, grantee, errors.is_empty()) else {
        return GrantAccessPayload::of(request, None, attempt.refuse(errors).await?).await;
    };
    let effect = input.effect.unwrap_or(Effect::Allow);
    let new = NewGrant { id: clock::new_id(), resource, grantee, permission, effect, conditions, expires_at };
    let said = json!({
        "resource": input.resource.0, "granteeId": grantee.written(), "permission": permission.key(), "effect": effect.as_str(),
        "conditions": new.conditions, "expiresAt": expires_at,
    });
    match attempt.writer.take_key(OPERATION, input.idempotency_key.as_deref(), &said, new.id).await? {
        Taken::Now => {}
        Taken::Before(earlier) => return GrantAccessPayload::of(request, Some(earlier), attempt.refuse(Vec::new()).await?).await,
        Taken::ForAnotherInput => {
            return GrantAccessPayload::of(request, None, attempt.refuse(vec![idempotency::reused()]).await?).await;
        }
    }
    if effect == Effect::Allow {
        attempt.writer.require_held(&Gift::of(Place::of(place), [permission].into_iter().collect()))?;
    }
    if store::is_given(&attempt.writer, &new).await? {
        let message = "this is granted already: revoke it first to grant it on other terms";
        let error = UserError::at(&["granteeId"], UserErrorCode::Taken, message);
        return GrantAccessPayload::of(request, None, attempt.refuse(vec![error]).await?).await;
    }
    attempt.watch(grantee.subjects()).await?;
    store::insert(&attempt.writer, &new).await?;
    attempt.writer.audit(Record::of("grant.give", new.id).within(place).after(said)).await?;
    GrantAccessPayload::of(request, Some(new.id), attempt.finish().await?).await
}

/// In which organization a grant holds: that of the resource, else that of the team. None: it may hold anywhere.
pub(super) fn place(of_resource: Option<OrganizationId>, grantee: Option<Grantee>) -> Option<OrganizationId> {
    of_resource.or(match grantee {
        Some(Grantee::Team(_, organization)) => Some(organization),
        Some(Grantee::Member(..) | Grantee::Role(_)) | None => None,
    })
}
