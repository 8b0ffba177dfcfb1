//! Subscriptions whose dates agree with their status.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    copy::{Line, Record},
    generator::Generator,
    offer::Product,
    record::Organization,
};

type Time = DateTime<Utc>;

/// How a subscription stands, of all the ways that the tables know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// In order.
    Active,
    /// Being tried.
    Trialing,
    /// Not paid, and still in grace.
    PastDue,
    /// Not paid, and out of grace.
    Unpaid,
    /// Laid aside.
    Paused,
    /// Over.
    Canceled,
}

/// A row of `subscriptions`.
pub(super) struct Subscription {
    tenant_id: Uuid,
    id: Uuid,
    organization_id: Uuid,
    product_id: Uuid,
    product_type: &'static str,
    status: Status,
    dates: Dates,
    seat_quantity: i64,
    seat_price_minor: Option<i64>,
    auto_scale_seats: bool,
    created_at: Time,
}

struct Dates {
    period_start: Time,
    period_end: Time,
    trial_end: Option<Time>,
    cancel_at: Option<Time>,
    canceled_at: Option<Time>,
    past_due_since: Option<Time>,
    grace_until: Option<Time>,
}

/// How long a period lasts.
const PERIOD: TimeDelta = TimeDelta::days(30);

/// How long an organization may go on unpaid.
const GRACE: TimeDelta = TimeDelta::days(14);

// === impl Subscription ===

impl Subscription {
    /// The subscription to a product of an organization that is at least sixty days old.
    pub(super) fn new(
        generator: &mut Generator,
        organization: &Organization,
        product: &Product,
        status: Status,
        members: i64,
        now: Time,
    ) -> Self {
        let auto_scale_seats = generator.chance(40);
        let spare = if auto_scale_seats { 0 } else { [0, 2, 5, 10][generator.below(4)] };
        let dates = dates(generator, status, organization.created_at, now);
        Self {
            tenant_id: organization.tenant_id,
            id: generator.id(),
            organization_id: organization.id,
            product_id: product.id,
            product_type: product.kind(),
            status,
            seat_quantity: members + spare,
            seat_price_minor: product.seat_price_minor(),
            auto_scale_seats,
            created_at: generator.between(organization.created_at, dates.period_start),
            dates,
        }
    }
}

fn dates(generator: &mut Generator, status: Status, since: Time, now: Time) -> Dates {
    let day = |generator: &mut Generator, from, to| generator.between(now + TimeDelta::days(from), now + TimeDelta::days(to));
    let start = match status {
        Status::Active | Status::Trialing => day(generator, -28, -1),
        Status::PastDue => day(generator, -10, -2),
        Status::Unpaid => day(generator, -25, -16),
        Status::Paused | Status::Canceled => generator.between(since, now - PERIOD * 2),
    };
    let end = start + PERIOD;
    let unpaid = matches!(status, Status::PastDue | Status::Unpaid);
    Dates {
        period_start: start,
        period_end: end,
        trial_end: (status == Status::Trialing).then_some(end),
        cancel_at: (status == Status::Active && generator.chance(4)).then_some(end),
        canceled_at: (status == Status::Canceled).then_some(end),
        past_due_since: unpaid.then_some(start),
        grace_until: unpaid.then_some(start + GRACE),
    }
}

impl Record for Subscription {
    const TABLE: &'static str = "subscriptions";
    const COLUMNS: &'static str = "tenant_id, id, organization_id, product_id, product_type, status, \
                                   current_period_start, current_period_end, trial_end, cancel_at, \
                                   canceled_at, past_due_since, grace_until, seat_quantity, \
                                   seat_price_minor, currency, auto_scale_seats, created_at, updated_at";

    fn fill(&self, line: &mut Line<'_>) {
        let dates = &self.dates;
        line.add(self.tenant_id)
            .add(self.id)
            .add(self.organization_id)
            .add(self.product_id)
            .add(self.product_type)
            .add(self.status.as_str())
            .add(dates.period_start)
            .add(dates.period_end)
            .add(dates.trial_end)
            .add(dates.cancel_at)
            .add(dates.canceled_at)
            .add(dates.past_due_since)
            .add(dates.grace_until)
            .add(self.seat_quantity)
            .add(self.seat_price_minor)
            .add("EUR")
            .add(self.auto_scale_seats)
            .add(self.created_at)
            .add(self.created_at);
    }
}

// === impl Status ===

impl Status {
    /// As the database writes it.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Trialing => "trialing",
            Self::PastDue => "past_due",
            Self::Unpaid => "unpaid",
            Self::Paused => "paused",
            Self::Canceled => "canceled",
        }
    }
}
