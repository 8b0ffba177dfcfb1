//! Which deletions are shown.

use entity::deletion::DeletionKind;
use entity::id::OrganizationId;

use crate::graph::{Arguments, Fields, Id, InputObject, InputOf};

/// Filter of deletions.
#[derive(Clone, Debug, Default)]
pub(super) struct DeletionArguments {
    pub filter: DeletionFilter,
}

/// Which deletions are shown; conditions are all to be met.
#[derive(Clone, Debug, Default)]
pub(super) struct DeletionFilter {
    pub kind: Option<DeletionKind>,
    pub organization: Option<OrganizationId>,
}

impl Arguments for DeletionArguments {
    fn fields() -> Fields<Self> {
        Fields::default().field(
            "filter",
            "Which deletions; all that you may undo where it is left out.",
            |into: &mut Self, filter: Option<InputOf<_>>| {
                into.filter = filter.map(|InputOf(filter)| filter).unwrap_or_default();
            },
        )
    }
}

impl InputObject for DeletionFilter {
    const NAME: &'static str = "DeletionFilter";
    const DESCRIPTION: &'static str = "Which deletions are shown. Conditions are all to be met.";

    fn fields() -> Fields<Self> {
        Fields::default().field("kind", "What kind of thing was deleted.", |into: &mut Self, kind| into.kind = kind).field(
            "organization",
            "In which organization; of a deleted organization: itself.",
            |into, organization: Option<Id<OrganizationId>>| into.organization = organization.map(|Id(id)| id),
        )
    }
}
