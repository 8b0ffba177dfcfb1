//! Events of people's accounts: sign-ins, good and bad, and what was changed about how they sign in.

mod arguments;
mod object;
mod query;
mod record;
mod store;

pub use object::UserEvent;
pub use query::queries;
pub(super) use record::Happened;
pub use store::events_of_caller;
