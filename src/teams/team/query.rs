//! Root fields that read teams.

use std::sync::Arc;

use entity::id::TeamId;

use super::{Team, visible_teams};
use crate::error::Error;
use crate::graph::{ById, ObjectType, Query};
use crate::request::Request;

/// Adds `team`.
#[must_use]
pub fn queries(query: ObjectType<Query>) -> ObjectType<Query> {
    query.root("team", "One team; null where it does not exist or you may not know of it.", by_id)
}

async fn by_id(request: Request, arguments: Arc<ById<TeamId>>) -> Result<Option<Arc<Team>>, Error> {
    Ok(visible_teams(request, vec![arguments.0]).await?.remove(&arguments.0))
}
