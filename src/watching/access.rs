//! `accessChanged`.

use std::collections::HashMap;
use std::sync::Arc;

use super::event::{Shows, moment};
use crate::error::Error;
use crate::graph::{Object, ObjectType, Stage, Subscription};
use crate::live::{Event, Topic};
use crate::people::user::Viewer;
use crate::request::Request;

/// A change of what the viewer may do.
struct AccessEvent(Arc<Event>);

impl Shows for AccessEvent {
    fn event(&self) -> &Event {
        &self.0
    }
}

impl Object for AccessEvent {
    fn name() -> &'static str {
        "AccessEvent"
    }

    fn table() -> ObjectType<Self> {
        moment::<Self>("What you may do is another than before.").one(
            "viewer",
            "You, as you are now: ask here for what a page shows you.",
            viewers,
            |_| (),
        )
    }
}

async fn viewers(request: Request, _: Vec<()>) -> Result<HashMap<(), Arc<Viewer>>, Error> {
    Ok(HashMap::from([((), Arc::new(Viewer::new(&request.reader().await?.caller)))]))
}

/// Adds `accessChanged`.
pub(super) fn events(live: ObjectType<Subscription>) -> ObjectType<Subscription> {
    live.event(
        "accessChanged",
        "What you may do in your tenant has changed, by whatever means: roles, teams, grants, overrides, ownership, plans, or because \
         something expired. Changes that follow each other closely may be told as one; what leaves you as you were is not told.",
        watch,
        AccessEvent,
    )
}

async fn watch(request: Request, (): (), _: Stage) -> Result<(Topic, Option<u64>), Error> {
    let reader = request.reader().await?;
    if reader.caller.presence.is_none() {
        return Err(Error::bad_input("choose a tenant first (`switchTenant`)"));
    }
    Ok((Topic::Access, Some(reader.profile().await?.digest())))
}
