//! What stays open: `/graphql/ws`, GraphQL over WebSocket, and `/graphql/stream`, GraphQL over server-sent events. Both carry
//! queries and mutations as `/graphql` does, and subscriptions besides.

mod log;
mod operation;
mod outlet;
mod places;
mod protocol;
mod settings;
mod socket;
mod stream;
mod subscription;
mod upgrade;

pub(super) use places::Places;
pub use settings::Settings;
pub(super) use stream::{get, other_method, post};
pub(super) use upgrade::upgrade;
