//! An organization of a tenant, and its one owner.

use crate::id::{DeletionId, OrganizationId, TenantId, UserId};
use crate::prelude::*;

/// A row of `organizations`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organizations")]
pub struct Model {
    /// The tenant it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Identifies the organization.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrganizationId,
    /// Its place in lists; made by the database, and never shown.
    pub index_id: i64,
    /// Its name, unique in the tenant.
    pub name: String,
    /// Its domain on the internet.
    pub domain: Option<String>,
    /// When the domain was proven to be its own.
    pub domain_verified_at: Option<DateTimeUtc>,
    /// Does whoever has a proven address of the proven domain become a member by itself?
    pub assigns_by_domain: bool,
    /// Where invoices go.
    pub billing_email: Option<String>,
    /// The address on invoices.
    pub billing_address: Option<JsonValue>,
    /// The owner: the single source of truth for ownership.
    pub owner_id: UserId,
    /// What the payment provider calls it.
    pub stripe_customer_id: Option<String>,
    /// Whatever the tenant keeps with it.
    pub metadata: JsonValue,
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
    /// The owner.
    #[sea_orm(belongs_to, relation_enum = "Owner", from = "owner_id", to = "id")]
    pub owner: BelongsTo<super::user::Entity>,
    /// Its members.
    #[sea_orm(has_many)]
    pub memberships: HasMany<super::organization_membership::Entity>,
    /// Its teams.
    #[sea_orm(has_many)]
    pub teams: HasMany<super::team::Entity>,
    /// What it has bought.
    #[sea_orm(has_many)]
    pub subscriptions: HasMany<super::subscription::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
