//! E-mail addresses of people: their form, and how they are proven.

mod form;
mod store;
mod token;
mod verify;

pub(super) use form::{complaint, normal};
pub(super) use token::{OneTimeToken, Purpose};
pub use verify::mutations;
