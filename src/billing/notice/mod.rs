//! Notices: what somebody must be told about the bills of their organizations before it hurts, and when it does.

mod object;
mod store;

pub use object::Notice;
pub use store::notices_of_caller;
