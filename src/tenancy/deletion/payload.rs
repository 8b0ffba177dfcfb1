//! What restorations answer.

use std::sync::Arc;

use crate::access_change::{Outcome, outcome_fields};
use crate::graph::{Object, ObjectType};

/// A mutation that restores something.
pub(super) trait Restores: Send + Sync + 'static {
    /// The name of the payload's type.
    const PAYLOAD: &'static str;
    /// What the payload is.
    const DESCRIPTION: &'static str;
    /// The field of what came back.
    const FIELD: &'static str;
    /// What came back.
    type Thing: Object;
}

/// What came of it.
pub(super) struct RestorePayload<M: Restores> {
    /// What came back.
    pub thing: Option<Arc<M::Thing>>,
    /// And how.
    pub outcome: Outcome,
}

impl<M: Restores> Object for RestorePayload<M> {
    fn name() -> &'static str {
        M::PAYLOAD
    }

    fn table() -> ObjectType<Self> {
        let payload = ObjectType::<Self>::new(M::DESCRIPTION).inline_one(
            M::FIELD,
            "What came back, as it is now; null where there are user errors, which name all that is in the way, and after a dry run.",
            |payload: &Self| payload.thing.clone(),
        );
        outcome_fields(payload, |payload| &payload.outcome)
    }
}
