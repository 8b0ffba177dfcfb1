//! Passwords: what they must be, how they are proven, changed, and chosen anew by whoever reads the mail of an address.

mod attempt;
mod change;
mod commonest;
mod request_reset;
mod reset;
mod rules;
mod store;

use crate::graph::{Mutation, ObjectType};

pub(super) use attempt::Attempt;
pub(super) use rules::complaint;

/// Adds `changePassword`, `requestPasswordReset` and `resetPassword`.
#[must_use]
pub fn mutations(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    reset::mutation(request_reset::mutation(change::mutation(mutation)))
}
