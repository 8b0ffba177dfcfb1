//! `membershipChanged`.

use std::sync::Arc;

use entity::id::{self, MemberRoleId, OrganizationId, OrganizationMembershipId};
use entity::join;
use migration::catalog::Permission;
use uuid::Uuid;

use super::event::{Shows, deed};
use super::organization::require_known;
use crate::access::Scope;
use crate::error::Error;
use crate::graph::{AnyId, Arguments, Fields, Id, Object, ObjectType, Stage, Subscription};
use crate::live::{Event, Topic};
use crate::request::Request;
use crate::tenancy::membership::{MembershipSource, memberships_of_sources};
use crate::tenancy::organization::organizations_by_id;

/// A change of somebody's place in an organization.
struct MembershipEvent(Arc<Event>);

impl Shows for MembershipEvent {
    fn event(&self) -> &Event {
        &self.0
    }
}

impl Object for MembershipEvent {
    fn name() -> &'static str {
        "MembershipEvent"
    }

    fn table() -> ObjectType<Self> {
        deed::<Self>("Somebody joined or left an organization, or is there as something else.")
            .computed("resourceId", "The id of what was changed: of the membership, or of the role's assignment.", |shown| {
                let kind = &shown.0.resource_type;
                AnyId(join(id::prefix(kind).unwrap_or(kind), shown.0.resource))
            })
            .one(
                "membership",
                "The membership as it is when you read this; null where there is none any more.",
                memberships_of_sources,
                |shown| match &*shown.0.resource_type {
                    "member_role" => MembershipSource::Assignment(MemberRoleId::from(shown.0.resource)),
                    _ => MembershipSource::Itself(OrganizationMembershipId::from(shown.0.resource)),
                },
            )
            .one("organization", "Where.", organizations_by_id, |shown| shown.0.organization)
    }
}

#[derive(Clone)]
struct InOrganization(OrganizationId);

impl Default for InOrganization {
    fn default() -> Self {
        // Stands for nothing: the argument is required.
        Self(Uuid::nil().into())
    }
}

impl Arguments for InOrganization {
    fn fields() -> Fields<Self> {
        Fields::default().field("organizationId", "The organization.", |into: &mut Self, Id(id)| into.0 = id)
    }
}

/// Adds `membershipChanged`.
pub(super) fn events(live: ObjectType<Subscription>) -> ObjectType<Subscription> {
    live.event(
        "membershipChanged",
        "Somebody joined or left an organization, or is there as something else. Needs the permission `members.read` in it, at each event \
         anew: a subscription that has lost it ends with an error.",
        watch,
        MembershipEvent,
    )
}

async fn watch(request: Request, arguments: InOrganization, stage: Stage) -> Result<(Topic, Option<u64>), Error> {
    require_known(&request, arguments.0, stage).await?;
    match request.reader().await?.denial(Permission::MembersRead, Scope::Organization(arguments.0)).await? {
        Some(denial) => Err(denial.into()),
        None => Ok((Topic::Membership(arguments.0), None)),
    }
}
