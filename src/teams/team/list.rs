//! Which teams a list shows, and in which order.

use entity::id::TeamId;

use crate::graph::{Arguments, Enumeration, Fields, Id, InputObject, InputOf};
use crate::page::{Order, OrderDirection};

/// Filter and order of a list of teams.
#[derive(Clone, Debug, Default)]
pub struct TeamArguments {
    /// Which ones.
    pub filter: TeamFilter,
    /// In which order.
    pub order: TeamOrder,
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

/// An order of teams.
#[derive(Clone, Debug, Default)]
pub struct TeamOrder {
    field: TeamOrderField,
    direction: OrderDirection,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum TeamOrderField {
    #[default]
    CreatedAt,
    Name,
}

impl TeamOrder {
    /// The order as SQL.
    #[must_use]
    pub fn order(&self) -> Order {
        let (tag, key) = match self.field {
            TeamOrderField::CreatedAt => ('d', None),
            TeamOrderField::Name => ('e', Some("team.name")),
        };
        Order { tag, key, index_id: "team.index_id", descending: self.direction.is_descending() }
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

impl InputObject for TeamOrder {
    const NAME: &'static str = "TeamOrder";
    const DESCRIPTION: &'static str = "An order of teams.";

    fn fields() -> Fields<Self> {
        Fields::default().field("field", "By what.", |into: &mut Self, field| into.field = field).field(
            "direction",
            "Which way; `ASC` where it is left out.",
            |into, direction: Option<OrderDirection>| {
                into.direction = direction.unwrap_or_default();
            },
        )
    }
}

impl Enumeration for TeamOrderField {
    const NAME: &'static str = "TeamOrderField";
    const DESCRIPTION: &'static str = "By what teams can be ordered.";
    const VALUES: &'static [(Self, &'static str, &'static str)] =
        &[(Self::CreatedAt, "CREATED_AT", "By age."), (Self::Name, "NAME", "By name.")];
}
