//! The mutation `updateMember`.

use std::sync::Arc;

use entity::id::OrganizationMembershipId;
use migration::catalog::Permission;

use super::payload::{MembershipMutation, MembershipPayload};
use super::store;
use super::target::{Before, Target};
use crate::access::{Gift, Place};
use crate::access_change::{Attempt, Call, Outcome};
use crate::audit::Record;
use crate::error::Error;
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, ObjectType};
use crate::request::Request;
use crate::tenancy::membership::OrganizationMemberRole;
use crate::user_error::{UserError, UserErrorCode};

#[derive(Clone, Default)]
struct UpdateMemberInput {
    membership: Option<OrganizationMembershipId>,
    role: Option<OrganizationMemberRole>,
    call: Call,
}

impl InputObject for UpdateMemberInput {
    const NAME: &'static str = "UpdateMemberInput";
    const DESCRIPTION: &'static str = "What to change about a membership.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("membershipId", "The membership.", |into: &mut Self, Id(id)| into.membership = Some(id))
            .field("role", "The new role: any but `OWNER`.", |into, role| into.role = Some(role))
            .embed(Call::fields(), |into| &mut into.call)
    }
}

#[derive(Default)]
struct UpdateMember;

impl MembershipMutation for UpdateMember {
    const PAYLOAD: &'static str = "UpdateMemberPayload";
    const DESCRIPTION: &'static str = "What came of `updateMember`.";
    const ENDS: bool = false;
}

/// Adds `updateMember`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "updateMember",
        "Gives a member another role. Needs the permission `members.update` in the organization, and everything that the old and the new role \
         give, held there. The owner keeps being the owner.",
        update_member,
    )
    .asks(Permission::MembersUpdate)
}

async fn update_member(
    request: Request,
    arguments: Arc<InputArgument<UpdateMemberInput>>,
) -> Result<Option<Arc<MembershipPayload<UpdateMember>>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some((id, role)) = input.membership.zip(input.role) else {
        return Err(Error::bad_input("`input.membershipId` and `input.role` are required"));
    };
    let (attempt, target) = Target::open(&request, &input.call, UpdateMember::PAYLOAD, id, Permission::MembersUpdate).await?;
    let outcome = update(attempt, target, role).await?;
    MembershipPayload::of(request, id, outcome).await
}

async fn update(mut attempt: Attempt, target: Target, role: OrganizationMemberRole) -> Result<Outcome, Error> {
    if let Some(error) = target.owner_stays("get another role") {
        return attempt.refuse(vec![error]).await;
    }
    let OrganizationMemberRole::Stored(role) = role else {
        let message = "nobody is made the owner: `offerOwnership` to the member";
        return attempt.refuse(vec![UserError::at(&["role"], UserErrorCode::Invalid, message)]).await;
    };
    if role == target.role {
        return attempt.finish().await;
    }
    // Nobody changes the role of somebody who has more: it could not be given back.
    let (book, sheet) = (attempt.writer.roles().await?, attempt.writer.role_sheet().await?);
    for stored in [target.role, role] {
        if let Some(base) = book.base(OrganizationMemberRole::Stored(stored).base()) {
            attempt.writer.require_held(&Gift::of(Place::Organization(target.organization), sheet.allowed_by(base.id)))?;
        }
    }
    let before = Before::of(&mut attempt, &target).await?;
    store::update(&attempt.writer, target.id, role, target.status).await?;
    before.require_gain_held(&attempt, &target).await?;
    let changed = Target { role, ..target.clone() };
    let record = Record::of("member.update", target.id).within(target.organization).before(target.said()).after(changed.said());
    attempt.writer.audit(record).await?;
    attempt.finish().await
}
