//! Which businesses a list shows, and in which order.

use entity::business::{BusinessStatus, BusinessType, BusinessVerification};

use crate::graph::{Arguments, Enumeration, Fields, InputObject, InputOf};
use crate::page::{OrderBy, OrderField};

/// Filter and order of a list of businesses.
#[derive(Clone, Debug, Default)]
pub struct BusinessArguments {
    /// Which ones.
    pub filter: BusinessFilter,
    /// In which order.
    pub order: OrderBy<BusinessOrderField>,
}

/// Which businesses a list shows; conditions are all to be met.
#[derive(Clone, Debug, Default)]
pub struct BusinessFilter {
    /// Text that the legal name contains.
    pub legal_name: Option<String>,
    /// The industry.
    pub industry: Option<String>,
    /// What they are before the law.
    pub business_type: Option<BusinessType>,
    /// Whether they do business.
    pub status: Option<BusinessStatus>,
    /// How far they are proven.
    pub verification: Option<BusinessVerification>,
}

/// By what businesses can be ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BusinessOrderField {
    /// By age.
    #[default]
    CreatedAt,
    /// By name.
    LegalName,
}

impl OrderField for BusinessOrderField {
    const INPUT: &'static str = "BusinessOrder";
    const INPUT_DESCRIPTION: &'static str = "An order of businesses.";
    const INDEX_ID: &'static str = "business.index_id";

    fn sort_key(self) -> (char, Option<&'static str>) {
        match self {
            Self::CreatedAt => ('q', None),
            Self::LegalName => ('l', Some("business.legal_name")),
        }
    }
}

impl Arguments for BusinessArguments {
    fn fields() -> Fields<Self> {
        Fields::default()
            .field("filter", "Which businesses; all where it is left out.", |into: &mut Self, filter: Option<InputOf<_>>| {
                into.filter = filter.map(|InputOf(filter)| filter).unwrap_or_default();
            })
            .field("orderBy", "In which order; the oldest first where it is left out.", |into, order: Option<InputOf<_>>| {
                into.order = order.map(|InputOf(order)| order).unwrap_or_default();
            })
    }
}

impl InputObject for BusinessFilter {
    const NAME: &'static str = "BusinessFilter";
    const DESCRIPTION: &'static str = "Which businesses a list shows. Conditions are all to be met.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("legalName", "The legal name contains this, upper and lower case alike.", |into: &mut Self, name| {
                into.legal_name = name;
            })
            .field("industry", "The industry is this, upper and lower case alike.", |into, industry| into.industry = industry)
            .field("type", "What they are before the law.", |into, business_type| into.business_type = business_type)
            .field("status", "Whether they do business.", |into, status| into.status = status)
            .field("verification", "How far they are proven.", |into, verification| into.verification = verification)
    }
}

impl Enumeration for BusinessOrderField {
    const NAME: &'static str = "BusinessOrderField";
    const DESCRIPTION: &'static str = "By what businesses can be ordered.";
    const VALUES: &'static [(Self, &'static str, &'static str)] =
        &[(Self::CreatedAt, "CREATED_AT", "By age."), (Self::LegalName, "LEGAL_NAME", "By legal name.")];
}
