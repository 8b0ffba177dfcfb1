//! Questions about access that clients ask: may somebody do something, why, and who may.

mod ask;
mod check;
mod decision;
mod explain;
mod explanation;
mod question;
mod remedy;
mod store;
mod who_can;

use crate::graph::{ObjectType, Query};

pub use ask::{MOST_QUESTIONS, decide};
pub use decision::AccessDecision;
pub use question::{AccessQuestion, Asked, permission, resource};

/// Adds `checkAccess`, `explainAccess` and `whoCan`.
#[must_use]
pub fn queries(query: ObjectType<Query>) -> ObjectType<Query> {
    who_can::query(explain::query(check::query(query)))
}
