//! Where an organization stands with its bills: a pure function of its plan subscription and the time.

use chrono::{DateTime, TimeDelta, Utc};
use entity::subscription::SubscriptionStatus;

use crate::graph::Enumeration;

/// How long after the first failed payment all stays as it is.
const GRACE: TimeDelta = TimeDelta::days(14);
/// How long after that members may still read.
const RESTRICTION: TimeDelta = TimeDelta::days(14);

/// Where an organization stands with its bills.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BillingState {
    /// It has never bought a plan.
    #[default]
    None,
    /// The first payment is awaited.
    Provisioning,
    /// It tries a plan.
    Trialing,
    /// Paid.
    Active,
    /// A payment has failed; all is as before.
    Grace,
    /// Members may read only.
    Restricted,
    /// Only the owner gets in.
    Locked,
    /// The last plan has ended.
    Ended,
}

/// What is known of an organization's plan: the living subscription, or the one that ended last.
#[derive(Clone, Debug)]
pub struct BillingAccount {
    /// The key of the plan.
    pub plan: String,
    /// Where the subscription stands.
    pub status: SubscriptionStatus,
    /// Since when a payment is missing.
    pub past_due_since: Option<DateTime<Utc>>,
    /// Until when that has no consequences, where the provider or the plan says so.
    pub grace_until: Option<DateTime<Utc>>,
    /// The time of the question.
    pub now: DateTime<Utc>,
}

impl BillingAccount {
    /// The key of the plan in effect; none where the subscription gives nothing.
    #[must_use]
    pub fn tier(&self) -> Option<String> {
        match self.status {
            SubscriptionStatus::Trialing
            | SubscriptionStatus::Active
            | SubscriptionStatus::PastDue
            | SubscriptionStatus::Unpaid => Some(self.plan.clone()),
            SubscriptionStatus::Incomplete
            | SubscriptionStatus::IncompleteExpired
            | SubscriptionStatus::Canceled
            | SubscriptionStatus::Paused => None,
        }
    }

    /// Where the organization stands.
    #[must_use]
    pub fn state(&self) -> BillingState {
        match self.status {
            SubscriptionStatus::Incomplete => BillingState::Provisioning,
            SubscriptionStatus::Trialing => BillingState::Trialing,
            SubscriptionStatus::Active => BillingState::Active,
            SubscriptionStatus::PastDue => self.overdue(),
            SubscriptionStatus::Unpaid => BillingState::Locked,
            SubscriptionStatus::Paused => BillingState::Restricted,
            SubscriptionStatus::Canceled | SubscriptionStatus::IncompleteExpired => BillingState::Ended,
        }
    }

    fn overdue(&self) -> BillingState {
        // Where nothing says since when, it has just begun.
        let grace_until = self.grace_until.or(self.past_due_since.map(|since| since + GRACE)).unwrap_or(self.now + GRACE);
        if self.now < grace_until {
            BillingState::Grace
        } else if self.now < grace_until + RESTRICTION {
            BillingState::Restricted
        } else {
            BillingState::Locked
        }
    }
}

impl Enumeration for BillingState {
    const NAME: &'static str = "BillingState";
    const DESCRIPTION: &'static str = "Where an organization stands with its bills.";
    const VALUES: &'static [(Self, &'static str, &'static str)] = &[
        (Self::None, "NONE", "It has never bought a plan."),
        (Self::Provisioning, "PROVISIONING", "The first payment is awaited."),
        (Self::Trialing, "TRIALING", "It tries a plan."),
        (Self::Active, "ACTIVE", "Paid."),
        (Self::Grace, "GRACE", "A payment has failed; all is as before, for a time."),
        (Self::Restricted, "RESTRICTED", "A payment is missing for long: members may read only."),
        (Self::Locked, "LOCKED", "Only the owner gets in."),
        (Self::Ended, "ENDED", "The last plan has ended."),
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_payment_restricts_step_by_step() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let state = |days: i64, grace_until: Option<i64>| {
            BillingAccount {
                plan: "pro".to_owned(),
                status: SubscriptionStatus::PastDue,
                past_due_since: Some(now - TimeDelta::days(days)),
                grace_until: grace_until.map(|days| now + TimeDelta::days(days)),
                now,
            }
            .state()
        };
        assert_eq!(state(0, None), BillingState::Grace);
        assert_eq!(state(13, None), BillingState::Grace);
        assert_eq!(state(14, None), BillingState::Restricted);
        assert_eq!(state(28, None), BillingState::Locked);
        assert_eq!(state(28, Some(1)), BillingState::Grace);
    }
}
