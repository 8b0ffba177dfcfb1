//! The mutation `rescueOwnership`.

use std::sync::Arc;

use entity::id::{OrganizationId, UserId};
use migration::catalog::Permission;

use super::offer::offer;
use super::payload::{OwnershipMutation, OwnershipPayload};
use super::store;
use crate::access::Scope;
use crate::access_change::{Attempt, Call};
use crate::error::{Code, Error};
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, ObjectType};
use crate::request::Request;
use crate::tenancy::organization::{not_found, require_known};
use crate::tenancy::seats;
use crate::user_error::checked_reason;

#[derive(Clone, Default)]
struct RescueOwnershipInput {
    organization: Option<OrganizationId>,
    user: Option<UserId>,
    reason: String,
    call: Call,
}

impl InputObject for RescueOwnershipInput {
    const NAME: &'static str = "RescueOwnershipInput";
    const DESCRIPTION: &'static str = "Which organization, whose owner is gone, is offered to whom, and why.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("organizationId", "The organization.", |into: &mut Self, Id(id)| into.organization = Some(id))
            .field("userId", "The person: an active member of it.", |into, Id(id)| into.user = Some(id))
            .field("reason", "Why; it stands in the audit log of the tenant.", |into, reason| into.reason = reason)
            .embed(Call::fields(), |into| &mut into.call)
    }
}

#[derive(Clone, Default)]
struct RescueOwnership;

impl OwnershipMutation for RescueOwnership {
    const PAYLOAD: &'static str = "RescueOwnershipPayload";
    const DESCRIPTION: &'static str = "What came of `rescueOwnership`.";
}

/// Adds `rescueOwnership`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "rescueOwnership",
        "Offers an organization whose owner is gone to one of its members, who accepts as with any offer; an offer that waits is withdrawn. For the \
         platform's staff, who need the permission `organization.transfer`, and say why.",
        rescue_ownership,
    )
}

async fn rescue_ownership(
    request: Request,
    arguments: Arc<InputArgument<RescueOwnershipInput>>,
) -> Result<Option<Arc<OwnershipPayload<RescueOwnership>>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some((organization, user)) = input.organization.zip(input.user) else {
        return Err(Error::bad_input("`input.organizationId` and `input.userId` are required"));
    };
    let scope = Scope::Organization(organization);
    let attempt = Attempt::begin(&request, &input.call, RescueOwnership::PAYLOAD, scope).await?;
    require_known(&attempt.writer, organization).await?;
    let writer = &attempt.writer;
    // By the platform's own roles: what a developer is in the tenant besides gives no rescue.
    let permitted = writer.presence()?.developer.contains(Permission::OrganizationTransfer);
    if !writer.caller.is_developer || !writer.caller.is_active || !permitted {
        let message = "only the platform's staff rescues organizations: the owner offers them (`offerOwnership`)";
        return Err(Error::client(Code::Forbidden, message));
    }
    let reason = match checked_reason(&input.reason) {
        Ok(reason) => reason,
        Err(error) => {
            let outcome = attempt.refuse(vec![error]).await?;
            return OwnershipPayload::of(request, None, outcome).await;
        }
    };
    if !seats::lock(writer, organization).await? {
        return Err(not_found());
    }
    store::withdraw_all(writer, organization).await?;
    let (made, outcome) = offer(attempt, organization, user, Some(reason)).await?;
    OwnershipPayload::of(request, made, outcome).await
}
