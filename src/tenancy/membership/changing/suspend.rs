//! The mutation `suspendMember`.

use std::sync::Arc;

use entity::tenant_membership::MembershipStatus;
use migration::catalog::Permission;

use super::payload::{MembershipInput, MembershipMutation, MembershipPayload, NamesMembership};
use super::store;
use super::target::{Before, Target};
use crate::access_change::{Attempt, Outcome};
use crate::audit::Record;
use crate::error::Error;
use crate::graph::{InputArgument, Mutation, ObjectType};
use crate::request::Request;
use crate::user_error::{UserError, UserErrorCode};

#[derive(Clone, Default)]
struct SuspendMember;

impl MembershipMutation for SuspendMember {
    const PAYLOAD: &'static str = "SuspendMemberPayload";
    const DESCRIPTION: &'static str = "What came of `suspendMember`.";
    const ENDS: bool = false;
}

impl NamesMembership for SuspendMember {
    const INPUT: &'static str = "SuspendMemberInput";
    const SAYS: &'static str = "Whom to suspend.";
}

/// Adds `suspendMember`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "suspendMember",
        "Shuts a member out of an organization for now, which frees the seat; roles and teams are kept. It holds from the next request on. Needs the \
         permission `members.suspend` there. The owner cannot be suspended.",
        suspend_member,
    )
    .asks(Permission::MembersSuspend)
}

async fn suspend_member(
    request: Request,
    arguments: Arc<InputArgument<MembershipInput<SuspendMember>>>,
) -> Result<Option<Arc<MembershipPayload<SuspendMember>>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(id) = input.membership else { return Err(Error::bad_input("`input.membershipId` is required")) };
    let (attempt, target) = Target::open(&request, &input.call, SuspendMember::PAYLOAD, id, Permission::MembersSuspend).await?;
    let outcome = suspend(attempt, target).await?;
    MembershipPayload::of(request, id, outcome).await
}

async fn suspend(mut attempt: Attempt, target: Target) -> Result<Outcome, Error> {
    let suspended = || UserError::at(&["membershipId"], UserErrorCode::AlreadyDone, "the member is suspended already");
    let is_suspended = target.status == MembershipStatus::Suspended;
    if let Some(error) = target.owner_stays("be suspended").or_else(|| is_suspended.then(suspended)) {
        return attempt.refuse(vec![error]).await;
    }
    let before = Before::of(&mut attempt, &target).await?;
    store::update(&attempt.writer, target.id, target.role, MembershipStatus::Suspended).await?;
    before.require_gain_held(&attempt, &target).await?;
    let changed = Target { status: MembershipStatus::Suspended, ..target.clone() };
    let record = Record::of("member.suspend", target.id).within(target.organization).before(target.said()).after(changed.said());
    attempt.writer.audit(record).await?;
    attempt.finish().await
}
