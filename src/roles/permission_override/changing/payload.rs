//! What `setPermissionOverride` answers.

use std::sync::Arc;

use entity::id::PermissionOverrideId;

use crate::access_change::{Outcome, outcome_fields};
use crate::error::Error;
use crate::graph::{Object, ObjectType};
use crate::request::Request;
use crate::roles::permission_override::{PermissionOverride, overrides_by_id};

pub(super) const PAYLOAD: &str = "SetPermissionOverridePayload";

/// What came of it.
pub(super) struct SetPermissionOverridePayload {
    row: Option<Arc<PermissionOverride>>,
    outcome: Outcome,
}

impl SetPermissionOverridePayload {
    /// Of an attempt that has ended; the override, where it was not refused.
    pub async fn of(request: Request, id: Option<PermissionOverrideId>, outcome: Outcome) -> Result<Option<Arc<Self>>, Error> {
        let row = match id {
            Some(id) => overrides_by_id(request, vec![id]).await?.remove(&id),
            None => None,
        };
        Ok(Some(Arc::new(Self { row, outcome })))
    }
}

impl Object for SetPermissionOverridePayload {
    fn name() -> &'static str {
        PAYLOAD
    }

    fn table() -> ObjectType<Self> {
        let payload = ObjectType::<Self>::new("What came of `setPermissionOverride`.").inline_one(
            "permissionOverride",
            "The override as it is stored now; null where there are user errors, or where there is none.",
            |payload: &Self| payload.row.clone(),
        );
        outcome_fields(payload, |payload| &payload.outcome)
    }
}
