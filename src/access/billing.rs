//! Where an organization stands with its bills: a pure function of its plan subscription and the time.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use entity::subscription::SubscriptionStatus;
use migration::catalog::{PERMISSIONS, Permission, PermissionDefinition};

use super::PermissionSet;
use crate::error::Reason;

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
        Payment { status: self.status, past_due_since: self.past_due_since, grace_until: self.grace_until }.state(self.now)
    }
}

/// What decides where an organization stands, without the time of the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Payment {
    /// Where the subscription stands.
    pub status: SubscriptionStatus,
    /// Since when a payment is missing.
    pub past_due_since: Option<DateTime<Utc>>,
    /// Until when that has no consequences.
    pub grace_until: Option<DateTime<Utc>>,
}

impl Payment {
    pub fn state(&self, now: DateTime<Utc>) -> BillingState {
        match self.status {
            SubscriptionStatus::Incomplete => BillingState::Provisioning,
            SubscriptionStatus::Trialing => BillingState::Trialing,
            SubscriptionStatus::Active => BillingState::Active,
            SubscriptionStatus::PastDue => self.overdue(now),
            SubscriptionStatus::Unpaid => BillingState::Locked,
            SubscriptionStatus::Paused => BillingState::Restricted,
            SubscriptionStatus::Canceled | SubscriptionStatus::IncompleteExpired => BillingState::Ended,
        }
    }

    fn overdue(&self, now: DateTime<Utc>) -> BillingState {
        // Where nothing says since when, it has just begun.
        let grace_until = self.grace_until.or(self.past_due_since.map(|since| since + GRACE)).unwrap_or(now + GRACE);
        if now < grace_until {
            BillingState::Grace
        } else if now < grace_until + RESTRICTION {
            BillingState::Restricted
        } else {
            BillingState::Locked
        }
    }
}

/// What an organization's bills leave of everybody's rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gate {
    /// All.
    Open,
    /// Members may read; the owner may do everything.
    ReadOnly,
    /// The owner may read, pay, and leave; nobody else may do anything.
    OwnerOnly,
}

impl Gate {
    /// Why it does not let something through.
    pub fn reason(self) -> Reason {
        match self {
            Self::Open | Self::ReadOnly => Reason::BillingRestricted,
            Self::OwnerOnly => Reason::BillingLocked,
        }
    }

    /// Does it let this through?
    pub fn lets(self, permission: Permission, is_owner: bool) -> bool {
        match self {
            Self::Open => true,
            Self::ReadOnly => is_owner || READING.contains(permission),
            Self::OwnerOnly => is_owner && (READING.contains(permission) || LEAVING.contains(permission)),
        }
    }
}

impl BillingState {
    /// As conditions name it.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Provisioning => "provisioning",
            Self::Trialing => "trialing",
            Self::Active => "active",
            Self::Grace => "grace",
            Self::Restricted => "restricted",
            Self::Locked => "locked",
            Self::Ended => "ended",
        }
    }

    pub(super) fn gate(self) -> Gate {
        match self {
            Self::None | Self::Provisioning | Self::Trialing | Self::Active | Self::Grace | Self::Ended => Gate::Open,
            Self::Restricted => Gate::ReadOnly,
            Self::Locked => Gate::OwnerOnly,
        }
    }
}

/// The permissions that only look.
static READING: LazyLock<PermissionSet> = LazyLock::new(|| {
    let reads = |definition: &&PermissionDefinition| matches!(definition.action, "read" | "contact" | "explain");
    PERMISSIONS.iter().filter(reads).map(|definition| definition.permission).collect()
});

/// What the owner of a locked organization may still do beside reading.
static LEAVING: LazyLock<PermissionSet> = LazyLock::new(|| {
    [Permission::BillingManage, Permission::AuditExport, Permission::OrganizationTransfer, Permission::OrganizationDelete]
        .into_iter()
        .collect()
});

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
