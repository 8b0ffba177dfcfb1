//! One version of something that is sold: a plan, a service or a product.

use crate::id::{DeletionId, OrganizationId, ProductId, TenantId, UserId};
use crate::prelude::*;

/// What kind of thing is sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum ProductType {
    /// A plan: what an organization may do and have.
    Plan,
    /// A service.
    Service,
    /// A thing.
    Product,
}

impl ProductType {
    /// As the database writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Service => "service",
            Self::Product => "product",
        }
    }
}

/// A row of `products`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "products")]
pub struct Model {
    /// The tenant it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Identifies this version.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProductId,
    /// Its place in lists; made by the database, and never shown.
    pub index_id: i64,
    /// Its name for programs, the same in all versions.
    pub key: String,
    /// Its name for people.
    pub name: String,
    /// What it is.
    pub description: String,
    /// What kind of thing it is.
    #[sea_orm(column_name = "type")]
    pub product_type: ProductType,
    /// The organization that sells it; nothing means the tenant.
    pub organization_id: Option<OrganizationId>,
    /// Who made it.
    pub created_by: Option<UserId>,
    /// Which version this is.
    pub version: i32,
    /// Whether this is the version on sale.
    pub is_current: bool,
    /// Whether everybody sees it.
    pub is_public: bool,
    /// What it is listed under.
    pub category: Option<String>,
    /// What else it is found by.
    pub tags: Vec<String>,
    /// What it switches on.
    pub features: JsonValue,
    /// How much of everything it allows.
    pub limits: JsonValue,
    /// The price of a month, in minor units.
    pub price_monthly_minor: Option<i64>,
    /// The price of a year, in minor units.
    pub price_yearly_minor: Option<i64>,
    /// The price once, in minor units.
    pub price_fixed_minor: Option<i64>,
    /// The currency of its prices, as in ISO 4217.
    pub currency: String,
    /// How long it may be tried.
    pub trial_period_days: i32,
    /// The price of trying it, in minor units.
    pub trial_price_minor: Option<i64>,
    /// What the payment provider calls it.
    pub stripe_product_id: Option<String>,
    /// What the payment provider calls its monthly price.
    pub stripe_price_monthly_id: Option<String>,
    /// What the payment provider calls its yearly price.
    pub stripe_price_yearly_id: Option<String>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed; kept by the database.
    pub updated_at: DateTimeUtc,
    /// When it was deleted, if it was.
    pub deleted_at: Option<DateTimeUtc>,
    /// The deletion that took it down, together with whatever bears the same.
    pub deletion_id: Option<DeletionId>,
    /// Its tenant.
    #[sea_orm(belongs_to, from = "tenant_id", to = "id")]
    pub tenant: BelongsTo<super::tenant::Entity>,
    /// Its organization.
    #[sea_orm(belongs_to, from = "(tenant_id, organization_id)", to = "(tenant_id, id)")]
    pub organization: BelongsTo<Option<super::organization::Entity>>,
    /// Who has bought this version.
    #[sea_orm(has_many)]
    pub subscriptions: HasMany<super::subscription::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
