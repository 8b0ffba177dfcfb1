//! The second factor: codes of an authenticator app (TOTP, RFC 6238), and codes for emergencies.

mod challenge;
mod codes;
mod enable;
mod leave;
mod object;
mod proof;
mod store;

use crate::graph::{Mutation, ObjectType};

pub(super) use challenge::SignInChallenge;
pub use object::{SecondFactor, second_factors};
pub(super) use proof::{AnswerTo, Proof};
pub(super) use store::is_enabled;

/// Adds `enrolSecondFactor`, `confirmSecondFactor`, `replaceRecoveryCodes` and `disableSecondFactor`.
#[must_use]
pub fn mutations(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    leave::mutations(enable::mutations(mutation))
}
