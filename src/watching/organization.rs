//! `organizationChanged`.

use std::sync::Arc;

use entity::id::OrganizationId;
use migration::catalog::Permission;

use super::event::{Shows, deed};
use crate::access::Scope;
use crate::error::{Code, Error};
use crate::graph::{ById, Object, ObjectType, Stage, Subscription};
use crate::live::{Event, Topic};
use crate::request::Request;
use crate::tenancy::organization::{organizations_by_id, was_deleted};

/// A change of an organization.
struct OrganizationEvent(Arc<Event>);

impl Shows for OrganizationEvent {
    fn event(&self) -> &Event {
        &self.0
    }
}

impl Object for OrganizationEvent {
    fn name() -> &'static str {
        "OrganizationEvent"
    }

    fn table() -> ObjectType<Self> {
        deed::<Self>("A change of an organization.").one(
            "organization",
            "The organization as it is when you read this: later changes may be in it already.",
            organizations_by_id,
            |shown| OrganizationId::from(shown.0.resource),
        )
    }
}

/// Adds `organizationChanged`.
pub(super) fn events(live: ObjectType<Subscription>) -> ObjectType<Subscription> {
    live.event(
        "organizationChanged",
        "An organization was changed. Needs the permission `organization.read` in it, at each event anew: a subscription that has lost it \
         ends with an error, and so does one whose organization is deleted.",
        watch,
        OrganizationEvent,
    )
}

async fn watch(request: Request, arguments: ById<OrganizationId>, stage: Stage) -> Result<(Topic, Option<u64>), Error> {
    require_known(&request, arguments.0, stage).await?;
    Ok((Topic::Organization(arguments.0), None))
}

/// Refuses whoever may not know of an organization. Who knew of it is told what became of it.
pub(super) async fn require_known(request: &Request, id: OrganizationId, stage: Stage) -> Result<(), Error> {
    if organizations_by_id(request.clone(), vec![id]).await?.contains_key(&id) {
        return Ok(());
    }
    if stage == Stage::Beginning {
        return Err(Error::client(Code::NotFound, "there is no such organization, or you may not know of it"));
    }
    let deleted = Error::client(Code::NotFound, "the organization was deleted");
    if was_deleted(request, id).await? {
        return Err(deleted);
    }
    let denial = request.reader().await?.denial(Permission::OrganizationRead, Scope::Organization(id)).await?;
    Err(denial.map_or(deleted, Error::from))
}
