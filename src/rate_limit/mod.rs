//! `rateLimit`: what a request costs, and what its caller may still spend.

mod object;
mod query;

pub use object::RateLimit;
pub use query::queries;
