//! `liveCursor`: how reading and listening fit together without a gap.

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::Error;
use crate::graph::{ObjectType, Query};
use crate::live::{self, Cursor};
use crate::request::Request;

/// Adds `liveCursor`.
#[must_use]
pub fn queries(query: ObjectType<Query>) -> ObjectType<Query> {
    query.derived(
        "liveCursor",
        "Where this answer stands among the events: subscribe with it as `after`, and you hear of all that this answer does not show. What \
         happened in the same moment may be told although it is shown.",
        cursors,
        |_| (),
        |cursor: Option<&Cursor>| cursor.map(Cursor::encode),
    )
}

async fn cursors(request: Request, _: Vec<()>) -> Result<HashMap<(), Arc<Cursor>>, Error> {
    let reader = request.reader().await?;
    let mut cursor = live::now_in(reader.transaction()).await?;
    if reader.caller.presence.is_some() {
        cursor.state = Some(reader.profile().await?.digest());
    }
    Ok(HashMap::from([((), Arc::new(cursor))]))
}
