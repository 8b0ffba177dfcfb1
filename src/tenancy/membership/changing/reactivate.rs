//! The mutation `reactivateMember`.

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
use crate::tenancy::seats;
use crate::user_error::{UserError, UserErrorCode};

#[derive(Clone, Default)]
struct ReactivateMember;

impl MembershipMutation for ReactivateMember {
    const PAYLOAD: &'static str = "ReactivateMemberPayload";
    const DESCRIPTION: &'static str = "What came of `reactivateMember`.";
    const ENDS: bool = false;
}

impl NamesMembership for ReactivateMember {
    const INPUT: &'static str = "ReactivateMemberInput";
    const SAYS: &'static str = "Whose suspension ends.";
}

/// Adds `reactivateMember`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "reactivateMember",
        "Ends a suspension, which takes a seat. Needs the permission `members.suspend` in the organization, and everything that the member gets back, \
         held there.",
        reactivate_member,
    )
    .asks(Permission::MembersSuspend)
}

async fn reactivate_member(
    request: Request,
    arguments: Arc<InputArgument<MembershipInput<ReactivateMember>>>,
) -> Result<Option<Arc<MembershipPayload<ReactivateMember>>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(id) = input.membership else { return Err(Error::bad_input("`input.membershipId` is required")) };
    let (attempt, target) = Target::open(&request, &input.call, ReactivateMember::PAYLOAD, id, Permission::MembersSuspend).await?;
    let outcome = reactivate(attempt, target).await?;
    MembershipPayload::of(request, id, outcome).await
}

async fn reactivate(mut attempt: Attempt, target: Target) -> Result<Outcome, Error> {
    if target.status == MembershipStatus::Active {
        let message = "the member is not suspended";
        return attempt.refuse(vec![UserError::at(&["membershipId"], UserErrorCode::AlreadyDone, message)]).await;
    }
    let before = Before::of(&mut attempt, &target).await?;
    store::update(&attempt.writer, target.id, target.role, MembershipStatus::Active).await?;
    before.require_gain_held(&attempt, &target).await?;
    if let Some(full) = seats::settle(&attempt.writer, target.organization).await? {
        return attempt.refuse(vec![full]).await;
    }
    let changed = Target { status: MembershipStatus::Active, ..target.clone() };
    let record = Record::of("member.reactivate", target.id).within(target.organization).before(target.said()).after(changed.said());
    attempt.writer.audit(record).await?;
    attempt.finish().await
}
