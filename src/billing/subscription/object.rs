//! The type `Subscription`.

use chrono::{DateTime, Utc};
use entity::id::{OrganizationId, ProductId, SubscriptionId};
use entity::subscription::SubscriptionStatus;
use migration::catalog::Permission;

use super::store::subscriptions_by_id;
use crate::access::Scope;
use crate::billing::money::Money;
use crate::billing::product::products_by_id;
use crate::graph::{Enumeration, Object, ObjectType};
use crate::tenancy::organization::organizations_by_id;

/// What an organization has bought.
#[derive(Debug)]
pub struct Subscription {
    /// Its id.
    pub id: SubscriptionId,
    /// Who bought it.
    pub organization: OrganizationId,
    /// Which version of which product.
    pub product: ProductId,
    /// Where it stands.
    pub status: SubscriptionStatus,
    /// Since when the period that is paid for runs.
    pub current_period_start: Option<DateTime<Utc>>,
    /// Until when.
    pub current_period_end: Option<DateTime<Utc>>,
    /// Until when it may be tried.
    pub trial_end: Option<DateTime<Utc>>,
    /// When it will end.
    pub cancel_at: Option<DateTime<Utc>>,
    /// When its end was decided.
    pub canceled_at: Option<DateTime<Utc>>,
    /// For how many people.
    pub seat_quantity: i32,
    /// In minor units, a seat.
    pub seat_price_minor: Option<i64>,
    /// The currency of that price.
    pub currency: String,
    /// Does it grow with its members?
    pub auto_scale_seats: bool,
}

impl Object for Subscription {
    fn name() -> &'static str {
        "Subscription"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("What an organization has bought.")
            .scope(|subscription| Scope::Organization(subscription.organization))
            .node(|subscription| subscription.id, subscriptions_by_id)
            .field("status", "Where it stands, in Stripe's words.", |subscription| &subscription.status)
            .field("seatQuantity", "For how many people it is.", |subscription| &subscription.seat_quantity)
            .field("autoScaleSeats", "Does it grow where more people join than it is for?", |subscription| {
                &subscription.auto_scale_seats
            })
            .field("currentPeriodStart", "Since when the period that is paid for runs.", |subscription| {
                &subscription.current_period_start
            })
            .field("currentPeriodEnd", "Until when the period that is paid for runs.", |subscription| {
                &subscription.current_period_end
            })
            .field("trialEnd", "Until when it may be tried; null where it is no trial.", |subscription| &subscription.trial_end)
            .field("cancelAt", "When it will end; null where it goes on.", |subscription| &subscription.cancel_at)
            .field("canceledAt", "When its end was decided.", |subscription| &subscription.canceled_at)
            .inline_one("seatPrice", "The price of a seat; null where the plan has a price of its own.", |subscription| {
                Money::of(subscription.seat_price_minor, &subscription.currency)
            })
            .requires(Permission::BillingRead)
            .one("product", "Which version of which product it is.", products_by_id, |subscription| subscription.product)
            .one("organization", "Who bought it.", organizations_by_id, |subscription| subscription.organization)
    }
}

impl Enumeration for SubscriptionStatus {
    const NAME: &'static str = "SubscriptionStatus";
    const DESCRIPTION: &'static str =
        "Where a subscription stands, in Stripe's words: <https://docs.stripe.com/api/subscriptions/object>.";
    const VALUES: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Incomplete, "INCOMPLETE", "The first payment is awaited."),
        (Self::IncompleteExpired, "INCOMPLETE_EXPIRED", "The first payment never came. It has ended."),
        (Self::Trialing, "TRIALING", "Being tried."),
        (Self::Active, "ACTIVE", "Paid."),
        (Self::PastDue, "PAST_DUE", "A payment has failed, and is tried again."),
        (Self::Unpaid, "UNPAID", "A payment has failed, and is tried no more."),
        (Self::Canceled, "CANCELED", "It has ended."),
        (Self::Paused, "PAUSED", "The trial ended without a way to pay."),
    ];
}
