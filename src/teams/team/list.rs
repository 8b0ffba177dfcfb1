//! Which teams a list shows, and in which order.

use entity::id::TeamId;

use crate::graph::{Arguments, Enumeration, Fields, Id, InputObject, InputOf};
use crate::page::{OrderBy, OrderField};

/// Filter and order of a list of teams.
#[derive(Clone, Debug, Default)]
pub struct TeamArguments {
    /// Which ones.
    pub filter: TeamFilter,
    /// In which order.
    pub order: OrderBy<TeamOrderField>,
}

/// Which teams a list shows; conditions are all to be met.
#[derive(Clone, Debug, Default)]
pub struct TeamFilter {
    /// Text that the name contains.
    pub name: Option<String>,
    /// Directly below this team.
    pub parent: Option<TeamId>,
    /// At the top of their tree, or not.
    pub is_root: Option<bool>,
}

/// By what teams can be ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TeamOrderField {
    /// By age.
    #[default]
    CreatedAt,
    /// By name.
    Name,
}

impl OrderField for TeamOrderField {
    const INPUT: &'static str = "TeamOrder";
    const INPUT_DESCRIPTION: &'static str = "An order of teams.";
    const INDEX_ID: &'static str = "team.index_id";

    fn sort_key(self) -> (char, Option<&'static str>) {
        match self {
            Self::CreatedAt => ('d', None),
            Self::Name => ('e', Some("team.name")),
        }
    }
}

impl Arguments for TeamArguments {
    fn fields() -> Fields<Self> {
        Fields::default()
            .field(
                "filter",
                "Which teams; all that you may see where it is left out.",
                |into: &mut Self, filter: Option<InputOf<_>>| {
                    into.filter = filter.map(|InputOf(filter)| filter).unwrap_or_default();
                },
            )
            .field("orderBy", "In which order; the oldest first where it is left out.", |into, order: Option<InputOf<_>>| {
                into.order = order.map(|InputOf(order)| order).unwrap_or_default();
            })
    }
}

impl InputObject for TeamFilter {
    const NAME: &'static str = "TeamFilter";
    const DESCRIPTION: &'static str = "Which teams a list shows. Conditions are all to be met.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("name", "The name contains this, upper and lower case alike.", |into: &mut Self, name| into.name = name)
            .field("parentId", "Directly below this team.", |into, parent: Option<Id<TeamId>>| {
                into.parent = parent.map(|Id(id)| id);
            })
            .field("isRoot", "`true`: only those at the top of their tree; `false`: only those below another.", |into, is_root| {
                into.is_root = is_root;
            })
    }
}

impl Enumeration for TeamOrderField {
    const NAME: &'static str = "TeamOrderField";
    const DESCRIPTION: &'static str = "By what teams can be ordered.";
    const VALUES: &'static [(Self, &'static str, &'static str)] =
        &[(Self::CreatedAt, "CREATED_AT", "By age."), (Self::Name, "NAME", "By name.")];
}
