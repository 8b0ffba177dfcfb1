//! The mutation `leaveOrganization`.

use std::sync::Arc;

use entity::id::OrganizationId;

use super::payload::{MembershipMutation, MembershipPayload};
use super::remove::end;
use super::store;
use super::target::Target;
use crate::access::Scope;
use crate::access_change::{Attempt, Call};
use crate::error::{Code, Error};
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, ObjectType};
use crate::request::Request;
use crate::tenancy::organization::not_found;

#[derive(Clone, Default)]
struct LeaveOrganizationInput {
    organization: Option<OrganizationId>,
    call: Call,
}

impl InputObject for LeaveOrganizationInput {
    const NAME: &'static str = "LeaveOrganizationInput";
    const DESCRIPTION: &'static str = "Which organization you leave.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("organizationId", "The organization: one that you are a member of.", |into: &mut Self, Id(id)| {
                into.organization = Some(id);
            })
            .embed(Call::fields(), |into| &mut into.call)
    }
}

#[derive(Default)]
struct LeaveOrganization;

impl MembershipMutation for LeaveOrganization {
    const PAYLOAD: &'static str = "LeaveOrganizationPayload";
    const DESCRIPTION: &'static str = "What came of `leaveOrganization`.";
    const ENDS: bool = true;
}

/// Adds `leaveOrganization`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "leaveOrganization",
        "Ends your own membership in an organization, with the roles, teams, overrides and grants that you have there. It needs no permission, and works \
         while the organization is locked, too. The owner cannot leave.",
        leave_organization,
    )
}

async fn leave_organization(
    request: Request,
    arguments: Arc<InputArgument<LeaveOrganizationInput>>,
) -> Result<Option<Arc<MembershipPayload<LeaveOrganization>>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(organization) = input.organization else { return Err(Error::bad_input("`input.organizationId` is required")) };
    let scope = Scope::Organization(organization);
    let attempt = Attempt::begin(&request, &input.call, LeaveOrganization::PAYLOAD, scope).await?;
    if !attempt.writer.caller.is_active {
        return Err(Error::client(Code::Forbidden, "your account is not active"));
    }
    let own = store::own(&attempt.writer, organization).await?.ok_or_else(not_found)?;
    let target = Target::locked(&attempt.writer, organization, own).await?.ok_or_else(not_found)?;
    let outcome = end(attempt, &target, "member.leave", "leave").await?;
    MembershipPayload::of(request, own, outcome).await
}
