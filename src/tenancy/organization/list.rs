//! Which organizations a list shows, and in which order.

use entity::id::{OrganizationId, TenantId};

use crate::graph::{Arguments, Enumeration, Fields, Id, InputObject, InputOf};
use crate::page::{OrderBy, OrderField};

/// Whose organizations are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrganizationList {
    /// Those of the tenant that was entered.
    Entered,
    /// Those of a tenant, where it is the one that was entered.
    OfTenant(TenantId),
}

/// Filter and order of a list of organizations.
#[derive(Clone, Debug, Default)]
pub struct OrganizationArguments {
    /// Which ones.
    pub filter: OrganizationFilter,
    /// In which order.
    pub order: OrderBy<OrganizationOrderField>,
}

/// Which organizations a list shows; conditions are all to be met.
#[derive(Clone, Debug, Default)]
pub struct OrganizationFilter {
    /// Text that the name contains.
    pub name: Option<String>,
    /// The domain.
    pub domain: Option<String>,
    /// Only among these.
    pub ids: Option<Vec<OrganizationId>>,
}

/// By what organizations can be ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OrganizationOrderField {
    /// By age.
    #[default]
    CreatedAt,
    /// By name.
    Name,
}

impl OrderField for OrganizationOrderField {
    const INPUT: &'static str = "OrganizationOrder";
    const INPUT_DESCRIPTION: &'static str = "An order of organizations.";
    const INDEX_ID: &'static str = "organization.index_id";

    fn sort_key(self) -> (char, Option<&'static str>) {
        match self {
            Self::CreatedAt => ('c', None),
            Self::Name => ('n', Some("organization.name")),
        }
    }
}

impl Arguments for OrganizationArguments {
    fn fields() -> Fields<Self> {
        Fields::default()
            .field(
                "filter",
                "Which organizations; all that you may see where it is left out.",
                |into: &mut Self, filter: Option<InputOf<_>>| {
                    into.filter = filter.map(|InputOf(filter)| filter).unwrap_or_default();
                },
            )
            .field("orderBy", "In which order; the oldest first where it is left out.", |into, order: Option<InputOf<_>>| {
                into.order = order.map(|InputOf(order)| order).unwrap_or_default();
            })
    }
}

impl InputObject for OrganizationFilter {
    const NAME: &'static str = "OrganizationFilter";
    const DESCRIPTION: &'static str = "Which organizations a list shows. Conditions are all to be met.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("name", "The name contains this, upper and lower case alike.", |into: &mut Self, name| into.name = name)
            .field("domain", "The domain is this, upper and lower case alike.", |into, domain| into.domain = domain)
            .field("ids", "Only among these.", |into, ids: Option<Vec<Id<OrganizationId>>>| {
                into.ids = ids.map(|ids| ids.into_iter().map(|Id(id)| id).collect());
            })
    }
}

impl Enumeration for OrganizationOrderField {
    const NAME: &'static str = "OrganizationOrderField";
    const DESCRIPTION: &'static str = "By what organizations can be ordered.";
    const VALUES: &'static [(Self, &'static str, &'static str)] =
        &[(Self::CreatedAt, "CREATED_AT", "By age."), (Self::Name, "NAME", "By name.")];
}
