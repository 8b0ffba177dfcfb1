//! The stock async-graphql executor over the same tables.
//!
//! It serves `POST /graphql` with `{query, variables}`. It has no sessions: who asks, and in which tenant,
//! stands in the headers [`TENANT_HEADER`](crate::question::TENANT_HEADER) and
//! [`USER_HEADER`](crate::question::USER_HEADER).

use crate::{ServeArguments, failure::Failure};

/// Serves until it is killed.
#[expect(clippy::unused_async, reason = "the stock executor is not built yet, and will listen here")]
pub(crate) async fn run(_arguments: ServeArguments) -> Result<(), Failure> {
    Err("not built yet".into())
}
