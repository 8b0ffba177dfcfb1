//! Where an organization stands with its bills, in the words of GraphQL. What it means stands with the rights that depend on it.

use crate::access::BillingState;
use crate::graph::Enumeration;

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
