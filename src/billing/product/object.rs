//! The type `Product`.

use entity::id::ProductId;
use entity::product::ProductType;

use super::store::visible_products;
use crate::billing::money::Money;
use crate::graph::{Enumeration, Object, ObjectType};

/// One version of a product.
#[derive(Debug)]
pub struct Product {
    /// Its id.
    pub id: ProductId,
    /// Its place in time.
    pub index_id: i64,
    /// The same in all its versions.
    pub key: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// What kind of thing it is.
    pub kind: ProductType,
    /// Which version.
    pub version: i32,
    /// The version that is sold now?
    pub is_current: bool,
    /// Shown to everybody?
    pub is_public: bool,
    /// The keys of what it switches on, in their order.
    pub features: Vec<String>,
    /// The currency of its prices.
    pub currency: String,
    /// In minor units, a month.
    pub price_monthly_minor: Option<i64>,
    /// In minor units, a year.
    pub price_yearly_minor: Option<i64>,
    /// In minor units, once.
    pub price_fixed_minor: Option<i64>,
    /// How long it may be tried.
    pub trial_period_days: i32,
}

impl Object for Product {
    fn name() -> &'static str {
        "Product"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("What a tenant sells. A change makes a new version; subscriptions keep the one they bought.")
            .node(|product| product.id, visible_products)
            .field("key", "Its name in programs, the same in all versions.", |product| &product.key)
            .field("name", "Its name for people.", |product| &product.name)
            .field("description", "What it is.", |product| &product.description)
            .field("type", "What kind of thing it is.", |product| &product.kind)
            .field("version", "Which version this is.", |product| &product.version)
            .field("isCurrent", "Is it the version that is sold now?", |product| &product.is_current)
            .field("isPublic", "Is it offered to everybody?", |product| &product.is_public)
            .field("features", "The features that it switches on.", |product| &product.features)
            .field("trialPeriodDays", "For how many days it may be tried; 0 where it may not.", |product| {
                &product.trial_period_days
            })
            .inline_one("priceMonthly", "Its price a month; null where it is not sold so.", |product| {
                Money::of(product.price_monthly_minor, &product.currency)
            })
            .inline_one("priceYearly", "Its price a year; null where it is not sold so.", |product| {
                Money::of(product.price_yearly_minor, &product.currency)
            })
            .inline_one("priceFixed", "Its price once; null where it is not sold so.", |product| {
                Money::of(product.price_fixed_minor, &product.currency)
            })
    }
}

impl Enumeration for ProductType {
    const NAME: &'static str = "ProductType";
    const DESCRIPTION: &'static str = "What kind of thing a product is.";
    const VALUES: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Plan, "PLAN", "A plan: an organization has at most one at a time."),
        (Self::Service, "SERVICE", "Something that is done."),
        (Self::Product, "PRODUCT", "Anything else that is sold."),
    ];
}
