//! Why a question is answered as it is.

use chrono::{DateTime, Utc};
use entity::id::{ApiKeyId, OrganizationId, RoleId, UserId};
use entity::role_permission::Effect;

use super::{Decision, RuleOrigin};

/// A decision with everything that was weighed for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The decision: that of the check.
    pub decision: Decision,
    /// Each rule that speaks of the question, in the order in which they were weighed.
    pub considered: Vec<Considered>,
    /// What would have allowed it; absent where it is allowed.
    pub nearest_miss: Option<NearestMiss>,
}

/// A rule that speaks of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Considered {
    /// Where it comes from.
    pub origin: RuleOrigin,
    /// What it does where it applies.
    pub effect: Effect,
    /// Does it apply?
    pub applies: bool,
    /// What became of its condition.
    pub condition: Outcome,
    /// Is it the one that decided?
    pub decided: bool,
}

/// What became of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// There is none: the rule always applies.
    None,
    /// It is met.
    True,
    /// It is not met.
    False,
    /// It could not be evaluated, or lacks an attribute: a denial applies, an allowance does not.
    Failed,
}

/// What would have allowed what is denied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NearestMiss {
    /// The account must be active again.
    ReactivateUser {
        /// Until when it is locked, where that passes by itself.
        locked_until: Option<DateTime<Utc>>,
    },
    /// The tenant must be active again.
    ReactivateTenant,
    /// The user must become a member of the tenant.
    JoinTenant,
    /// The membership in the tenant, or in this organization, must be active again.
    ReactivateMembership {
        /// Where; absent: in the tenant.
        organization: Option<OrganizationId>,
    },
    /// The bill must be paid.
    PayBill {
        /// By whom.
        owner: UserId,
        /// The name of that person.
        owner_name: String,
    },
    /// The plan must have the feature.
    Plan {
        /// Which feature.
        feature: &'static str,
        /// The cheapest plan on offer that has it.
        plan: Option<Plan>,
    },
    /// The API key that asks must have the permission among its scopes, or ask where it works.
    Scope {
        /// Which key.
        key: ApiKeyId,
        /// The one organization that it works in.
        organization: Option<OrganizationId>,
    },
    /// This denial must go, and nothing else stands in the way.
    RemoveDenial(RuleOrigin),
    /// The condition of this allowance must be met.
    MeetCondition(RuleOrigin),
    /// A role that holds the permission: the one that holds the least besides.
    Role {
        /// Which role.
        id: RoleId,
        /// Its key.
        key: String,
    },
}

/// A plan on offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
}
