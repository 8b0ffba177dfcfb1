//! Which members of a team a list shows.

use crate::graph::{Arguments, Fields, InputObject, InputOf};

/// Filter of a list of members of a team.
#[derive(Clone, Debug, Default)]
pub struct TeamMemberArguments {
    /// Which ones.
    pub filter: TeamMemberFilter,
}

/// Which members a list shows; conditions are all to be met.
#[derive(Clone, Debug, Default)]
pub struct TeamMemberFilter {
    /// Those who lead it, or those who do not.
    pub is_lead: Option<bool>,
    /// Whose name contains this.
    pub name: Option<String>,
}

impl Arguments for TeamMemberArguments {
    fn fields() -> Fields<Self> {
        Fields::default().field("filter", "Which ones; all where it is left out.", |into: &mut Self, filter: Option<InputOf<_>>| {
            into.filter = filter.map(|InputOf(filter)| filter).unwrap_or_default();
        })
    }
}

impl InputObject for TeamMemberFilter {
    const NAME: &'static str = "TeamMemberFilter";
    const DESCRIPTION: &'static str = "Which members of a team a list shows. Conditions are all to be met.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("isLead", "`true`: only those who lead it; `false`: only the others.", |into: &mut Self, is_lead| {
                into.is_lead = is_lead;
            })
            .field("name", "Whose name contains this, upper and lower case alike.", |into, name| into.name = name)
    }
}
