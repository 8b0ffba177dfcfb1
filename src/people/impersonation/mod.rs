//! Acting as somebody else: the platform's staff, for half an hour at most, with a reason, and with both names in all that is written.
//! What they may is what the person may, and less: what belongs to the person's account is refused (`Caller::require_themselves`).

mod begin;
mod end;
mod object;
mod store;

use crate::graph::{Mutation, ObjectType};

/// Adds `impersonate` and `endImpersonation`.
#[must_use]
pub fn mutations(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    end::mutation(begin::mutation(mutation))
}
