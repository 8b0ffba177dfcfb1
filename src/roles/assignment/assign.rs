//! The mutation `assignRole`.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::id::{MemberRoleId, OrganizationId, RoleId, TenantMembershipId, UserId};
use migration::catalog::Permission;
use serde_json::json;

use super::payload::AssignmentPayload;
use super::store::{self, NewAssignment};
use crate::access::{Gift, Place, Scope};
use crate::access_change::{Attempt, Call, Outcome, Subjects};
use crate::audit::Record;
use crate::clock;
use crate::error::{Code, Error};
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, Object, ObjectType};
use crate::idempotency::{self, Taken};
use crate::request::{Request, Writer};
use crate::user_error::{UserError, UserErrorCode};

type Payload = AssignmentPayload<true>;

#[derive(Clone, Default)]
struct AssignRoleInput {
    user: Option<UserId>,
    membership: Option<TenantMembershipId>,
    role: Option<RoleId>,
    organization: Option<OrganizationId>,
    expires_at: Option<DateTime<Utc>>,
    idempotency_key: Option<String>,
    call: Call,
}

impl InputObject for AssignRoleInput {
    const NAME: &'static str = "AssignRoleInput";
    const DESCRIPTION: &'static str =
        "Who gets which role, and where. Name the person by one of `userId` and `tenantMembershipId`.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("userId", "Who gets it: a member of the tenant.", |into: &mut Self, user: Option<Id<UserId>>| {
                into.user = user.map(|Id(id)| id);
            })
            .field(
                "tenantMembershipId",
                "The same, by the membership in the tenant.",
                |into, id: Option<Id<TenantMembershipId>>| {
                    into.membership = id.map(|Id(id)| id);
                },
            )
            .field("roleId", "Which role.", |into, Id(id)| into.role = Some(id))
            .field(
                "organizationId",
                "Where; in the whole tenant, all its organizations included, where it is left out.",
                |into, id: Option<Id<OrganizationId>>| into.organization = id.map(|Id(id)| id),
            )
            .field("expiresAt", "When it ends by itself; never where it is left out.", |into, expires_at| {
                into.expires_at = expires_at;
            })
            .field("idempotencyKey", idempotency::DESCRIPTION, |into, key| into.idempotency_key = key)
            .embed(Call::fields(), |into| &mut into.call)
    }
}

/// Adds `assignRole`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "assignRole",
        "Gives somebody a role. Needs the permission `roles.assign` there, and everything that the role gives, held there: in the tenant \
         and all its organizations where it is given in the whole tenant.",
        assign_role,
    ).asks(Permission::RolesAssign)
}

async fn assign_role(request: Request, arguments: Arc<InputArgument<AssignRoleInput>>) -> Result<Option<Arc<Payload>>, Error> {
    let input = &arguments.0;
    let Some(role) = input.role else { return Err(Error::bad_input("`input.roleId` is required")) };
    let scope = input.organization.map_or(Scope::Tenant, Scope::Organization);
    let attempt = Attempt::begin(&request, &input.call, Payload::name(), scope).await?;
    if input.user.is_some() == input.membership.is_some() {
        return Err(Error::bad_input("`input`: name the person by one of `userId` and `tenantMembershipId`"));
    }
    require_place(&attempt.writer, input.organization).await?;
    attempt.writer.require(Permission::RolesAssign, scope).await?;
    let (made, outcome) = assign(attempt, input, role).await?;
    Payload::of(request, made, outcome).await
}

/// An organization must be there, and one that the caller may know of.
pub(super) async fn require_place(writer: &Writer, organization: Option<OrganizationId>) -> Result<(), Error> {
    let Some(organization) = organization else { return Ok(()) };
    let may_know = writer.may(Permission::OrganizationRead, Scope::Organization(organization)).await?;
    if may_know && store::organization_lives(writer, organization).await? {
        return Ok(());
    }
    Err(Error::client(Code::NotFound, "there is no such organization, or you may not know of it"))
}

async fn assign(mut attempt: Attempt, input: &AssignRoleInput, role: RoleId) -> Result<(Option<MemberRoleId>, Outcome), Error> {
    let writer = &attempt.writer;
    let mut errors: Vec<Arc<UserError>> = idempotency::complaint(input.idempotency_key.as_deref()).into_iter().collect();
    // Whoever runs an organization alone knows its members, and nobody else of the tenant.
    let of = if writer.may(Permission::RolesAssign, Scope::Tenant).await? { None } else { input.organization };
    let member = store::member(writer, input.user, input.membership, of).await?;
    if member.is_none() {
        let field = if input.user.is_some() { "userId" } else { "tenantMembershipId" };
        errors.push(UserError::at(&[field], UserErrorCode::NotFound, "there is no such member, or you may not know of them"));
    }
    let sheet = writer.role_sheet().await?;
    if !sheet.contains(role) {
        errors.push(UserError::at(&["roleId"], UserErrorCode::NotFound, "there is no such role, or you may not know of it"));
    }
    if input.expires_at.is_some_and(|at| at <= writer.now) {
        errors.push(UserError::at(&["expiresAt"], UserErrorCode::Invalid, "the time is past: choose a later one"));
    }
    let Some(member) = member.filter(|_| errors.is_empty()) else { return Ok((None, attempt.refuse(errors).await?)) };
    let new = NewAssignment {
        id: clock::new_id(),
        membership: member.membership,
        organization: input.organization,
        role,
        expires_at: input.expires_at,
    };
    let said = json!({ "userId": member.user, "roleId": role, "organizationId": new.organization, "expiresAt": new.expires_at });
    match writer.take_key("assignRole", input.idempotency_key.as_deref(), &said, new.id).await? {
        Taken::Now => {}
        Taken::Before(earlier) => return Ok((Some(earlier), attempt.refuse(Vec::new()).await?)),
        Taken::ForAnotherInput => return Ok((None, attempt.refuse(vec![idempotency::reused()]).await?)),
    }
    writer.require_held(&Gift::of(Place::of(new.organization), sheet.allowed_by(role)))?;
    attempt.watch(Subjects::Users(vec![member.user])).await?;
    if !store::insert(&attempt.writer, &new).await? {
        let already = UserError::at(&["roleId"], UserErrorCode::AlreadyDone, "the member has this role there already");
        return Ok((None, attempt.refuse(vec![already]).await?));
    }
    attempt.writer.audit(Record::of("role.assign", new.id).within(new.organization).after(said)).await?;
    Ok((Some(new.id), attempt.finish().await?))
}
