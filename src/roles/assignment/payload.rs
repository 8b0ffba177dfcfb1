//! What mutations of assignments answer.

use std::sync::Arc;

use entity::id::MemberRoleId;

use super::RoleAssignment;
use super::store::written_assignments;
use crate::access_change::{Outcome, outcome_fields};
use crate::error::Error;
use crate::graph::{Object, ObjectType};
use crate::request::Request;

/// The payload of a mutation that makes or ends an assignment.
pub(super) struct AssignmentPayload<const ASSIGNS: bool> {
    assignment: Option<Arc<RoleAssignment>>,
    outcome: Outcome,
}

impl<const ASSIGNS: bool> AssignmentPayload<ASSIGNS> {
    /// The assignment as it is stored now, where nothing is to be mended.
    pub async fn of(request: Request, assignment: Option<MemberRoleId>, outcome: Outcome) -> Result<Option<Arc<Self>>, Error> {
        let assignment = match assignment.filter(|_| !outcome.is_refused()) {
            Some(id) => written_assignments(request, vec![id]).await?.remove(&id),
            None => None,
        };
        Ok(Some(Arc::new(Self { assignment, outcome })))
    }
}

impl<const ASSIGNS: bool> Object for AssignmentPayload<ASSIGNS> {
    fn name() -> &'static str {
        if ASSIGNS { "AssignRolePayload" } else { "RevokeRolePayload" }
    }

    fn table() -> ObjectType<Self> {
        let (payload, description) = if ASSIGNS {
            ("What came of `assignRole`.", "The new assignment; null where there are user errors, and after a dry run.")
        } else {
            ("What came of `revokeRole`.", "The assignment as it is stored now; null where there are user errors.")
        };
        let table =
            ObjectType::<Self>::new(payload).inline_one("assignment", description, |payload: &Self| payload.assignment.clone());
        outcome_fields(table, |payload| &payload.outcome)
    }
}
