//! The mutation `revokeGrant`.

use std::sync::Arc;

use entity::id::ResourceGrantId;
use entity::role_permission::Effect;
use migration::catalog::Permission;
use serde_json::json;

use super::store;
use crate::access::{Gift, Place, Resource, Scope};
use crate::access_change::{Attempt, Call, Outcome, Subjects, outcome_fields};
use crate::audit::Record;
use crate::error::{Code, Error};
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, Object, ObjectType};
use crate::request::Request;
use crate::roles::grant::{ResourceGrant, visible_grants};
use crate::tenancy::tenant_membership::tenant_memberships_by_id;

const PAYLOAD: &str = "RevokeGrantPayload";

#[derive(Clone, Default)]
struct RevokeGrantInput {
    grant: Option<ResourceGrantId>,
    call: Call,
}

impl InputObject for RevokeGrantInput {
    const NAME: &'static str = "RevokeGrantInput";
    const DESCRIPTION: &'static str = "Which grant to take back.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("grantId", "The grant.", |into: &mut Self, Id(id)| into.grant = Some(id))
            .embed(Call::fields(), |into| &mut into.call)
    }
}

struct RevokeGrantPayload {
    revoked: Option<Id<ResourceGrantId>>,
    outcome: Outcome,
}

impl Object for RevokeGrantPayload {
    fn name() -> &'static str {
        PAYLOAD
    }

    fn table() -> ObjectType<Self> {
        let payload = ObjectType::<Self>::new("What came of `revokeGrant`.").field(
            "revokedGrantId",
            "The id of what is gone; of a dry run: of what would go.",
            |payload: &Self| &payload.revoked,
        );
        outcome_fields(payload, |payload| &payload.outcome)
    }
}

/// Adds `revokeGrant`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "revokeGrant",
        "Takes a grant back. What it denies you must hold there. Needs the permission `grants.manage` in the organization of the resource \
         or of the team, or in the tenant.",
        revoke_grant,
    ).asks(Permission::GrantsManage)
}

async fn revoke_grant(
    request: Request,
    arguments: Arc<InputArgument<RevokeGrantInput>>,
) -> Result<Option<Arc<RevokeGrantPayload>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(id) = input.grant else { return Err(Error::bad_input("`input.grantId` is required")) };
    // What a grant is about never changes, so it may be asked before the transaction begins.
    let grant = visible_grants(request.clone(), vec![id]).await?.remove(&id).ok_or_else(not_found)?;
    let subjects = subjects(&request, &grant).await?;
    let mut attempt = Attempt::begin(&request, &input.call, PAYLOAD, Scope::Tenant).await?;
    let terms = store::lock(&attempt.writer, id).await?.ok_or_else(not_found)?;
    let mut place = store::whereabouts(&attempt.writer, &grant.resource).await?.organization();
    if let (None, Some(team)) = (place, grant.team) {
        place = store::whereabouts(&attempt.writer, &Resource::team(team)).await?.organization();
    }
    let scope = place.map_or(Scope::Tenant, Scope::Organization);
    attempt.within(scope);
    attempt.writer.require(Permission::GrantsManage, scope).await?;
    let permission = Permission::from_id(grant.permission.uuid().as_u128());
    if terms.effect == Effect::Deny && terms.expires_at.is_none_or(|at| at > attempt.writer.now) {
        attempt.writer.require_held(&Gift::of(Place::of(place), permission.into_iter().collect()))?;
    }
    attempt.watch(subjects).await?;
    store::delete(&attempt.writer, id).await?;
    let grantee = grant
        .membership
        .map(|id| id.to_string())
        .or_else(|| grant.team.map(|id| id.to_string()))
        .or_else(|| grant.role.map(|id| id.to_string()));
    let was = json!({
        "resource": grant.resource.typed_id(), "granteeId": grantee, "permission": permission.map(Permission::key),
        "effect": terms.effect.as_str(), "conditions": terms.conditions, "expiresAt": terms.expires_at,
    });
    attempt.writer.audit(Record::of("grant.revoke", id).within(place).before(was)).await?;
    let outcome = attempt.finish().await?;
    Ok(Some(Arc::new(RevokeGrantPayload { revoked: Some(Id(id)), outcome })))
}

/// Whose access hangs on it.
async fn subjects(request: &Request, grant: &ResourceGrant) -> Result<Subjects, Error> {
    if let Some(membership) = grant.membership {
        let member = tenant_memberships_by_id(request.clone(), vec![membership]).await?.remove(&membership);
        return Ok(Subjects::Users(member.iter().map(|member| member.user).collect()));
    }
    Ok(match grant.team {
        Some(team) => Subjects::MembersOf(vec![team]),
        None => Subjects::HoldersOf(grant.role.into_iter().collect()),
    })
}

fn not_found() -> Error {
    Error::client(Code::NotFound, "there is no such grant, or you may not know of it")
}
