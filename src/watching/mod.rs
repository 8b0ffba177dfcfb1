//! What can be listened to: organizations, their people, what one may do oneself, and one's conversations.

mod access;
mod conversation;
mod cursor;
mod event;
mod membership;
mod organization;

use crate::graph::{ObjectType, Subscription};

pub use cursor::queries;

/// Adds all fields that watch.
#[must_use]
pub fn events(live: ObjectType<Subscription>) -> ObjectType<Subscription> {
    [organization::events, membership::events, access::events, conversation::events]
        .into_iter()
        .fold(live, |live, events| events(live))
}
