//! `RateLimit` as a GraphQL type.

use chrono::{DateTime, TimeDelta, Utc};

use crate::budget::Charge;
use crate::graph::{Object, ObjectType};

/// What a request costs, and how its caller's budget stood when it was charged.
#[derive(Clone, Debug, Default)]
pub struct RateLimit {
    cost: i32,
    limit: i32,
    remaining: i32,
    reset_at: DateTime<Utc>,
}

impl RateLimit {
    /// That of a request which was charged at this moment.
    #[must_use]
    pub fn of(charge: &Charge, now: DateTime<Utc>) -> Self {
        let whole = |points: u64| i32::try_from(points).unwrap_or(i32::MAX);
        let standing = charge.standing;
        Self {
            cost: whole(charge.requested),
            limit: whole(standing.limit),
            remaining: whole(standing.remaining),
            reset_at: TimeDelta::from_std(standing.empty_after).ok().and_then(|after| now.checked_add_signed(after)).unwrap_or(now),
        }
    }
}

impl Object for RateLimit {
    fn name() -> &'static str {
        "RateLimit"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new(
            "What this request costs, and what you may still spend. What a request may cost at most is charged before it runs, and what \
             it did not cost is given back when it has run: `extensions.cost` of the answer says how it ended.",
        )
        .field("cost", "What this request may cost at most: the sum of the costs of its fields, `@cost` and `@listSize`.", |limit: &Self| {
            &limit.cost
        })
        .field("limit", "What can be spent at once.", |limit| &limit.limit)
        .field("remaining", "What is left of it, this request paid.", |limit| &limit.remaining)
        .field("resetAt", "When all of it is there again, if nothing is spent until then.", |limit| &limit.reset_at)
    }
}
