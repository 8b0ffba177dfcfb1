//! Which members of a tenant a list shows.

use entity::tenant_membership::{MembershipStatus, TenantRole};

use crate::graph::{Arguments, Fields, InputObject, InputOf};

/// Filter of a list of memberships of a tenant.
#[derive(Clone, Debug, Default)]
pub struct TenantMembershipArguments {
    /// Which ones.
    pub filter: TenantMembershipFilter,
}

/// Which memberships a list shows; conditions are all to be met.
#[derive(Clone, Debug, Default)]
pub struct TenantMembershipFilter {
    /// With this base role.
    pub role: Option<TenantRole>,
    /// With this status.
    pub status: Option<MembershipStatus>,
    /// Of people whose name contains this.
    pub name: Option<String>,
}

impl Arguments for TenantMembershipArguments {
    fn fields() -> Fields<Self> {
        Fields::default().field("filter", "Which ones; all where it is left out.", |into: &mut Self, filter: Option<InputOf<_>>| {
            into.filter = filter.map(|InputOf(filter)| filter).unwrap_or_default();
        })
    }
}

impl InputObject for TenantMembershipFilter {
    const NAME: &'static str = "TenantMembershipFilter";
    const DESCRIPTION: &'static str = "Which memberships of a tenant a list shows. Conditions are all to be met.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("role", "With this base role.", |into: &mut Self, role| into.role = role)
            .field("status", "With this status.", |into, status| into.status = status)
            .field("name", "Of people whose name contains this, upper and lower case alike.", |into, name| into.name = name)
    }
}
