//! What every mutation of access answers beside its objects.

use std::sync::Arc;

use migration::catalog::Permission;

use super::AccessChange;
use crate::access::Scope;
use crate::graph::ObjectType;
use crate::user_error::UserError;

/// What came of an attempt.
#[derive(Debug)]
pub struct Outcome {
    pub(super) scope: Scope,
    pub(super) is_dry_run: bool,
    pub(super) user_errors: Vec<Arc<UserError>>,
    pub(super) access_changes: Vec<Arc<AccessChange>>,
    pub(super) truncated: bool,
    pub(super) client_mutation_id: Option<String>,
}

impl Outcome {
    /// Is there something to mend?
    #[must_use]
    pub fn is_refused(&self) -> bool {
        !self.user_errors.is_empty()
    }

    /// Does the database hold what was asked for?
    #[must_use]
    pub fn is_written(&self) -> bool {
        self.user_errors.is_empty() && !self.is_dry_run
    }
}

/// Adds the fields of the outcome to a payload.
#[must_use]
pub fn outcome_fields<P: Send + Sync + 'static>(payload: ObjectType<P>, outcome: fn(&P) -> &Outcome) -> ObjectType<P> {
    payload
        .scope(move |payload| outcome(payload).scope)
        .inline_many("userErrors", "What you can mend. Nothing was written where there are some.", move |payload| {
            outcome(payload).user_errors.clone()
        })
        .inline_many(
            "accessChanges",
            "Who gains and who loses what by it, in the places where you hold `access.explain`; at most 1 000 people and 5 000 changes. \
             It is compared only where this is selected.",
            move |payload| outcome(payload).access_changes.clone(),
        )
        .requires(Permission::AccessExplain)
        .computed("accessChangesTruncated", "Are there more people or changes than `accessChanges` shows?", move |payload| {
            outcome(payload).truncated
        })
        .computed("dryRun", "Was it tried out only? Then nothing was written, and objects are shown as they are stored.", move |payload| {
            outcome(payload).is_dry_run
        })
        .computed("clientMutationId", "As it was sent.", move |payload| outcome(payload).client_mutation_id.clone())
}
