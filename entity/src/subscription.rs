//! An organization's subscription to a product.

use crate::id::{DeletionId, OrganizationId, ProductId, SubscriptionId, TenantId};
use crate::prelude::*;
use crate::product::ProductType;

/// What the payment provider says of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum SubscriptionStatus {
    /// The first payment is missing.
    Incomplete,
    /// The first payment never came.
    IncompleteExpired,
    /// Being tried.
    Trialing,
    /// Paid.
    Active,
    /// A payment is missing.
    PastDue,
    /// A payment is missing for good.
    Unpaid,
    /// Ended.
    Canceled,
    /// Halted, and may go on.
    Paused,
}

impl SubscriptionStatus {
    /// As the database writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Incomplete => "incomplete",
            Self::IncompleteExpired => "incomplete_expired",
            Self::Trialing => "trialing",
            Self::Active => "active",
            Self::PastDue => "past_due",
            Self::Unpaid => "unpaid",
            Self::Canceled => "canceled",
            Self::Paused => "paused",
        }
    }
}

/// A row of `subscriptions`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "subscriptions")]
pub struct Model {
    /// The tenant it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Identifies the subscription.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SubscriptionId,
    /// Its place in lists; made by the database, and never shown.
    pub index_id: i64,
    /// The organization it belongs to.
    pub organization_id: OrganizationId,
    /// The version that was bought.
    pub product_id: ProductId,
    /// What kind of thing that is, held equal to the product's own.
    pub product_type: ProductType,
    /// What the payment provider says of it.
    pub status: SubscriptionStatus,
    /// When the paid period began.
    pub current_period_start: Option<DateTimeUtc>,
    /// When the paid period ends.
    pub current_period_end: Option<DateTimeUtc>,
    /// When the trial ends.
    pub trial_end: Option<DateTimeUtc>,
    /// When it will be canceled.
    pub cancel_at: Option<DateTimeUtc>,
    /// When it was canceled.
    pub canceled_at: Option<DateTimeUtc>,
    /// Since when a payment is missing.
    pub past_due_since: Option<DateTimeUtc>,
    /// Until when that changes nothing.
    pub grace_until: Option<DateTimeUtc>,
    /// How many seats were bought.
    pub seat_quantity: i32,
    /// The price of a seat, in minor units.
    pub seat_price_minor: Option<i64>,
    /// The currency of its prices, as in ISO 4217.
    pub currency: String,
    /// Whether seats are bought as members come.
    pub auto_scale_seats: bool,
    /// What the payment provider calls it.
    pub stripe_subscription_id: Option<String>,
    /// The time of the last event applied, so that an older one never overwrites it.
    pub provider_updated_at: Option<DateTimeUtc>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed; kept by the database.
    pub updated_at: DateTimeUtc,
    /// When it was deleted, if it was.
    pub deleted_at: Option<DateTimeUtc>,
    /// The deletion that took it down, together with whatever bears the same.
    pub deletion_id: Option<DeletionId>,
    /// Its organization.
    #[sea_orm(belongs_to, from = "(tenant_id, organization_id)", to = "(tenant_id, id)")]
    pub organization: BelongsTo<super::organization::Entity>,
    /// The version that was bought.
    #[sea_orm(belongs_to, from = "(tenant_id, product_id)", to = "(tenant_id, id)")]
    pub product: BelongsTo<super::product::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
