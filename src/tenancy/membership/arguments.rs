//! Which members a list shows.

use entity::tenant_membership::MembershipStatus;

use super::OrganizationMemberRole;
use crate::graph::{Arguments, Fields, InputObject, InputOf};

/// Filter of a list of memberships.
#[derive(Clone, Debug, Default)]
pub struct MembershipArguments {
    /// Which ones.
    pub filter: MembershipFilter,
}

/// Which memberships a list shows; conditions are all to be met.
#[derive(Clone, Debug, Default)]
pub struct MembershipFilter {
    /// With this role.
    pub role: Option<OrganizationMemberRole>,
    /// With this status.
    pub status: Option<MembershipStatus>,
    /// Of people whose name contains this.
    pub name: Option<String>,
}

impl Arguments for MembershipArguments {
    fn fields() -> Fields<Self> {
        Fields::default().field("filter", "Which ones; all where it is left out.", |into: &mut Self, filter: Option<InputOf<_>>| {
            into.filter = filter.map(|InputOf(filter)| filter).unwrap_or_default();
        })
    }
}

impl InputObject for MembershipFilter {
    const NAME: &'static str = "OrganizationMembershipFilter";
    const DESCRIPTION: &'static str = "Which memberships a list shows. Conditions are all to be met.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("role", "With this role.", |into: &mut Self, role| into.role = role)
            .field("status", "With this status.", |into, status| into.status = status)
            .field("name", "Of people whose name contains this, upper and lower case alike.", |into, name| into.name = name)
    }
}
