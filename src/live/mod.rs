//! What happens, told to those who listen: the events of the outbox, read by one listener in each process and handed out to
//! the subscriptions of that process.
//!
//! The way of an event: a mutation writes it down in its own transaction (`Writer::audit`, or the triggers that bump the access
//! version), the commit rings a bell, the [feed](feed) of each process reads what is new in the one order that all processes
//! share, and the [hub](hub) puts it into the queue of each subscription whose [`Topic`] it is about. What the event shows, and
//! whether it is shown at all, is decided when a subscription reads it, in a snapshot of that moment.
//!
//! Nothing is lost: the feed goes on where it stopped after every break, and a client that comes back says by a [`Cursor`]
//! which event it saw last. Nothing is kept without bound: who does not take its events is closed, and comes back by its cursor.

mod cursor;
mod event;
mod feed;
mod hub;
mod settings;
mod store;
mod topic;

pub use cursor::{Cursor, Position};
pub use event::Event;
pub use hub::{Heard, Live, Registration};
pub use settings::Settings;
pub use store::{LARGEST_PAGE, history, now_in};
pub use topic::{Topic, Watch};
