//! The mutation `restoreMember`.

use std::sync::Arc;

use entity::id::{OrganizationId, OrganizationMembershipId, UserId};
use migration::catalog::Permission;
use serde_json::json;

use super::conflict::Conflict;
use super::payload::{RestorePayload, Restores};
use super::store::{self, Deleted};
use crate::access::{Gift, Place, Scope};
use crate::access_change::{Attempt, Call, Outcome, Subjects};
use crate::audit::Record;
use crate::error::{Code, Error};
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, ObjectType};
use crate::request::Request;
use crate::tenancy::membership::{OrganizationMembership, memberships_by_id};
use crate::tenancy::organization::require_known;
use crate::tenancy::seats;

#[derive(Clone, Default)]
struct RestoreMemberInput {
    membership: Option<OrganizationMembershipId>,
    call: Call,
}

impl InputObject for RestoreMemberInput {
    const NAME: &'static str = "RestoreMemberInput";
    const DESCRIPTION: &'static str = "Which membership to restore.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("membershipId", "The membership: one that has ended.", |into: &mut Self, Id(id)| into.membership = Some(id))
            .embed(Call::fields(), |into| &mut into.call)
    }
}

struct RestoreMember;

impl Restores for RestoreMember {
    const PAYLOAD: &'static str = "RestoreMemberPayload";
    const DESCRIPTION: &'static str = "What came of `restoreMember`.";
    const FIELD: &'static str = "membership";
    type Thing = OrganizationMembership;
}

/// Adds `restoreMember`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "restoreMember",
        "Brings somebody back who was removed or has left, with the roles, teams, overrides and grants that went with them; it takes a seat. Needs the \
         permission `members.remove` in the organization, and everything that they get back, held there.",
        restore_member,
    )
    .asks(Permission::MembersRemove)
}

fn no_such_member() -> Error {
    Error::client(Code::NotFound, "there is no such membership that has ended, or you may not know of it")
}

async fn restore_member(
    request: Request,
    arguments: Arc<InputArgument<RestoreMemberInput>>,
) -> Result<Option<Arc<RestorePayload<RestoreMember>>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(id) = input.membership else { return Err(Error::bad_input("`input.membershipId` is required")) };
    let mut attempt = Attempt::begin(&request, &input.call, RestoreMember::PAYLOAD, Scope::Tenant).await?;
    let writer = &attempt.writer;
    let deleted = store::deleted_membership(writer, id).await?.ok_or_else(no_such_member)?;
    let (Some(organization), Some(user)) = (deleted.organization, deleted.user) else { return Err(no_such_member()) };
    require_known(writer, organization).await.map_err(|error| match error.code() {
        Code::NotFound => no_such_member(),
        _ => error,
    })?;
    let scope = Scope::Organization(organization);
    if let Err(refused) = writer.require(Permission::MembersRemove, scope).await {
        let knows = writer.may(Permission::MembersRead, scope).await?;
        return Err(if knows { refused } else { no_such_member() });
    }
    attempt.within(scope);
    let outcome = restore(attempt, id, organization, user, &deleted).await?;
    let thing = if outcome.is_written() { memberships_by_id(request, vec![id]).await?.remove(&id) } else { None };
    Ok(Some(Arc::new(RestorePayload { thing, outcome })))
}

async fn restore(
    mut attempt: Attempt,
    id: OrganizationMembershipId,
    organization: OrganizationId,
    user: UserId,
    deleted: &Deleted,
) -> Result<Outcome, Error> {
    if !seats::lock(&attempt.writer, organization).await? {
        return Err(no_such_member());
    }
    let report = store::conflicts(&attempt.writer, deleted.deletion).await?;
    if !report.is_empty() {
        return attempt.refuse(report.iter().map(Conflict::told).collect()).await;
    }
    attempt.watch(Subjects::Users(vec![user])).await?;
    let writer = &attempt.writer;
    let before = writer.holdings(&[user]).await?.remove(&user).unwrap_or_default();
    let revived = store::revive(writer, deleted.deletion).await?;
    let after = writer.holdings(&[user]).await?.remove(&user).unwrap_or_default();
    writer.require_held(&Gift::of(Place::Organization(organization), before.gain_within(&after, organization)))?;
    if let Some(full) = seats::settle(writer, organization).await? {
        return attempt.refuse(vec![full]).await;
    }
    let back = json!({
        "userId": user, "roles": revived.roles, "overrides": revived.overrides, "grants": revived.grants, "teams": revived.places,
        "deletionId": deleted.deletion,
    });
    writer.audit(Record::of("member.restore", id).within(organization).after(back)).await?;
    attempt.finish().await
}
