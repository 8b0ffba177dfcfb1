//! Sessions: how they begin, who has which, and how they end.

mod answer_challenge;
mod device;
mod end;
mod lockout;
mod object;
mod opened;
mod sign_in;
mod store;

use crate::graph::{Mutation, ObjectType};

pub(super) use device::device;
pub(super) use end::end_other_sessions;
pub use object::Session;
pub(super) use opened::OpenedSession;
pub use store::sessions_of_caller;

/// Adds `signIn`, `answerSignInChallenge`, `signOut`, `revokeSession` and `revokeOtherSessions`.
#[must_use]
pub fn mutations(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    end::mutations(answer_challenge::mutation(sign_in::mutation(mutation)))
}
