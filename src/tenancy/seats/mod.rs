//! Seats of an organization: how many people its plan has room for, and how many are taken.
//!
//! Taken are active members and living invitations, each person once. A mutation that may take a seat locks the organization
//! first ([`lock`]), writes, and then settles the count ([`settle`]): so two at once never share the last seat.

mod object;
mod store;

use std::sync::Arc;

use entity::id::OrganizationId;
use serde_json::json;

use crate::audit::Record;
use crate::error::Error;
use crate::request::Writer;
use crate::user_error::{UserError, UserErrorCode};

pub use object::Seats;
pub use store::{lock, seats_of_organizations};

/// Counts what is taken after a mutation has written, and lets a subscription grow that may. What it says otherwise is to be
/// mended; the mutation is then undone. The organization must be locked.
pub async fn settle(writer: &Writer, organization: OrganizationId) -> Result<Option<Arc<UserError>>, Error> {
    let Some(seats) = store::count(writer, organization).await? else { return Ok(None) };
    let used = seats.used();
    if seats.limit().is_none_or(|limit| used <= limit) {
        return Ok(None);
    }
    match seats.subscription.filter(|_| seats.may_grow_to(used)) {
        Some(subscription) => {
            store::grow(writer, subscription, used).await?;
            let record = Record::of("subscription.grow_seats", subscription)
                .within(organization)
                .before(json!({ "seatQuantity": seats.bought }))
                .after(json!({ "seatQuantity": used }));
            writer.audit(record).await?;
            Ok(None)
        }
        None => {
            let limit = seats.limit().unwrap_or_default();
            let message = format!("the organization would take {used} seats, and has {limit}: free some, or buy more");
            Ok(Some(UserError::general(UserErrorCode::QuotaExceeded, message)))
        }
    }
}
