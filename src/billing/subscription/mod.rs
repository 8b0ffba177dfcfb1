//! Subscriptions: what an organization has bought, and what follows from it.

mod object;
mod state;
mod store;

pub use object::Subscription;
pub use store::{billing_accounts, plan_subscriptions};
