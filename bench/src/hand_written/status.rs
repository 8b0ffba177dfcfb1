//! States, from the text of the database to the enum values of the schema.

use crate::failure::Failure;

/// The status of a membership.
pub(crate) fn member_status(stored: &str) -> Result<&'static str, Failure> {
    match stored {
        "active" => Ok("ACTIVE"),
        "suspended" => Ok("SUSPENDED"),
        other => Err(format!("`{other}` is no status of a member").into()),
    }
}

/// The status of a subscription that lives.
pub(crate) fn subscription_status(stored: &str) -> Result<&'static str, Failure> {
    match stored {
        "incomplete" => Ok("INCOMPLETE"),
        "trialing" => Ok("TRIALING"),
        "active" => Ok("ACTIVE"),
        "past_due" => Ok("PAST_DUE"),
        "unpaid" => Ok("UNPAID"),
        "paused" => Ok("PAUSED"),
        other => Err(format!("`{other}` is no status of a living subscription").into()),
    }
}
