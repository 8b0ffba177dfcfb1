//! Root fields that read people.

use std::sync::Arc;

use entity::id::UserId;

use super::store::visible_users;
use super::{User, Viewer};
use crate::error::Error;
use crate::graph::{ById, ObjectType, Query};
use crate::request::Request;

/// Adds `viewer` and `user`.
#[must_use]
pub fn queries(query: ObjectType<Query>) -> ObjectType<Query> {
    query.root("viewer", "You; null where nobody has signed in.", viewer).root(
        "user",
        "One person; null where there is none or you may not know of it.",
        by_id,
    )
}

async fn viewer(request: Request, _: Arc<()>) -> Result<Option<Arc<Viewer>>, Error> {
    if request.is_anonymous() {
        return Ok(None);
    }
    Ok(Some(Arc::new(Viewer::new(&request.reader().await?.caller))))
}

async fn by_id(request: Request, arguments: Arc<ById<UserId>>) -> Result<Option<Arc<User>>, Error> {
    Ok(visible_users(request, vec![arguments.0]).await?.remove(&arguments.0))
}
