//! What all events show of themselves.

use entity::id::UserId;

use crate::graph::{Id, Object, ObjectType};
use crate::live::Event;
use crate::people::user::users_by_id;

/// An object type that shows an event.
pub(super) trait Shows: Object {
    /// The event.
    fn event(&self) -> &Event;
}

/// An object type with what every event has.
pub(super) fn moment<T: Shows>(description: &'static str) -> ObjectType<T> {
    ObjectType::<T>::new(description)
        .computed("id", "The id of the event: the same in every process, and when it comes again.", |shown: &T| {
            Id(shown.event().id)
        })
        .computed("cursor", "Where the event stands: send it as `after` to go on behind it.", |shown: &T| {
            shown.event().cursor().encode()
        })
        .computed("occurredAt", "When it happened.", |shown: &T| shown.event().at)
}

/// The same with what somebody did, and who did it.
pub(super) fn deed<T: Shows>(description: &'static str) -> ObjectType<T> {
    moment::<T>(description)
        .computed("action", "What was done, such as `organization.update`.", |shown: &T| shown.event().kind.clone())
        .one("actor", "Who did it; null where that is nobody of your tenant.", users_by_id, |shown: &T| -> Option<UserId> {
            shown.event().actor
        })
        .computed(
            "impersonatorName",
            "What the one of the platform's staff is called who did it, acting as `actor`; null where the actor did it themselves.",
            |shown: &T| shown.event().impersonator_name.clone(),
        )
}
