//! Which assignments a list shows.

use entity::id::OrganizationId;

use crate::graph::{Arguments, Fields, Id, InputObject, InputOf};

/// Filter of a list of assignments.
#[derive(Clone, Debug, Default)]
pub struct RoleAssignmentArguments {
    /// Which ones.
    pub filter: RoleAssignmentFilter,
}

/// Which assignments a list shows; conditions are all to be met.
#[derive(Clone, Debug, Default)]
pub struct RoleAssignmentFilter {
    /// In this organization.
    pub organization: Option<OrganizationId>,
    /// Also those that were revoked or have expired.
    pub include_ended: bool,
}

impl Arguments for RoleAssignmentArguments {
    fn fields() -> Fields<Self> {
        Fields::default().field(
            "filter",
            "Which ones; all in force where it is left out.",
            |into: &mut Self, filter: Option<InputOf<_>>| {
                into.filter = filter.map(|InputOf(filter)| filter).unwrap_or_default();
            },
        )
    }
}

impl InputObject for RoleAssignmentFilter {
    const NAME: &'static str = "RoleAssignmentFilter";
    const DESCRIPTION: &'static str = "Which assignments a list shows. Conditions are all to be met.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("organizationId", "In this organization.", |into: &mut Self, id: Option<Id<OrganizationId>>| {
                into.organization = id.map(|Id(id)| id);
            })
            .field("includeEnded", "Also those that were revoked or have expired.", |into, include: Option<bool>| {
                into.include_ended = include.unwrap_or_default();
            })
    }
}
