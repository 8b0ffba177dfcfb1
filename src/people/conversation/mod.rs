//! Conversations of a person in a tenant, with an assistant for instance, and their messages: nobody else's, whoever runs the tenant.

mod changing;
mod message;
mod object;
mod query;
mod store;

pub use changing::mutations;
pub use message::Message;
pub use object::Conversation;
pub use query::queries;
pub use store::{conversations_by_id, conversations_of_caller};
