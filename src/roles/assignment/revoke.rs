//! The mutation `revokeRole`.

use std::sync::Arc;

use entity::id::MemberRoleId;
use migration::catalog::Permission;
use serde_json::json;

use super::assign::require_place;
use super::payload::AssignmentPayload;
use super::store::{self, Stored};
use crate::access::{Gift, Place, Scope};
use crate::access_change::{Attempt, Call, Outcome, Subjects};
use crate::audit::Record;
use crate::error::{Code, Error};
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, Object, ObjectType};
use crate::request::{Request, Writer};
use crate::user_error::{UserError, UserErrorCode};

const LONGEST_REASON: usize = 500;

type Payload = AssignmentPayload<false>;

#[derive(Clone, Default)]
struct RevokeRoleInput {
    assignment: Option<MemberRoleId>,
    reason: Option<String>,
    call: Call,
}

impl InputObject for RevokeRoleInput {
    const NAME: &'static str = "RevokeRoleInput";
    const DESCRIPTION: &'static str = "Which assignment is taken back, and why.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("assignmentId", "The assignment: one that is in force.", |into: &mut Self, Id(id)| into.assignment = Some(id))
            .field("reason", "Why; for those who read the assignment later.", |into, reason| into.reason = reason)
            .embed(Call::fields(), |into| &mut into.call)
    }
}

/// Adds `revokeRole`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "revokeRole",
        "Takes a role back; it holds from the next request on. Needs the permission `roles.assign` there, and everything that the role \
         denies, held there: what a denial kept out comes back.",
        revoke_role,
    ).asks(Permission::RolesAssign)
}

async fn revoke_role(request: Request, arguments: Arc<InputArgument<RevokeRoleInput>>) -> Result<Option<Arc<Payload>>, Error> {
    let input = &arguments.0;
    let Some(id) = input.assignment else { return Err(Error::bad_input("`input.assignmentId` is required")) };
    let mut attempt = Attempt::begin(&request, &input.call, Payload::name(), Scope::Tenant).await?;
    let stored = known(&attempt.writer, id).await?;
    let scope = stored.organization.map_or(Scope::Tenant, Scope::Organization);
    attempt.within(scope);
    attempt.writer.require(Permission::RolesAssign, scope).await?;
    let outcome = revoke(attempt, id, &stored, input).await?;
    Payload::of(request, Some(id), outcome).await
}

/// The assignment, where the caller may know of it.
async fn known(writer: &Writer, id: MemberRoleId) -> Result<Stored, Error> {
    let gone = || Error::client(Code::NotFound, "there is no such assignment, or you may not know of it");
    let stored = store::lock(writer, id).await?.ok_or_else(gone)?;
    require_place(writer, stored.organization).await.map_err(|error| match error {
        Error::Client(_) => gone(),
        error => error,
    })?;
    Ok(stored)
}

async fn revoke(mut attempt: Attempt, id: MemberRoleId, stored: &Stored, input: &RevokeRoleInput) -> Result<Outcome, Error> {
    let reason = input.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty()).map(str::to_owned);
    let ended = match (stored.is_revoked, stored.expires_at) {
        (true, _) => Some("the role was taken back already"),
        (false, Some(expires_at)) if expires_at <= attempt.writer.now => Some("the assignment has expired already"),
        (false, _) => None,
    };
    if let Some(message) = ended {
        return attempt.refuse(vec![UserError::at(&["assignmentId"], UserErrorCode::AlreadyDone, message)]).await;
    }
    if reason.as_ref().is_some_and(|reason| reason.chars().count() > LONGEST_REASON) {
        let message = format!("the reason must have at most {LONGEST_REASON} characters");
        return attempt.refuse(vec![UserError::at(&["reason"], UserErrorCode::TooLong, message)]).await;
    }
    let denied = attempt.writer.role_sheet().await?.denied_by(stored.role);
    attempt.writer.require_held(&Gift::of(Place::of(stored.organization), denied))?;
    attempt.watch(Subjects::Users(vec![stored.user])).await?;
    store::revoke(&attempt.writer, id, reason.clone()).await?;
    let was = json!({
        "userId": stored.user, "tenantMembershipId": stored.membership, "roleId": stored.role,
        "organizationId": stored.organization, "expiresAt": stored.expires_at,
    });
    let record = Record::of("role.revoke", id).within(stored.organization).before(was).after(json!({ "revokeReason": reason }));
    attempt.writer.audit(record).await?;
    attempt.finish().await
}
