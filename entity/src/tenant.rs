//! A tenant: one customer of the platform, with everything it owns.

use crate::id::{DeletionId, TenantId};
use crate::prelude::*;

/// Where a tenant stands with the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "tenant_status", rename_all = "snake_case")]
pub enum TenantStatus {
    /// Trying it.
    Trial,
    /// A customer.
    Active,
    /// Shut out for now.
    Suspended,
    /// Gone, and to be erased.
    Churned,
}

impl TenantStatus {
    /// As the database writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trial => "trial",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Churned => "churned",
        }
    }
}

/// A row of `tenants`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tenants")]
pub struct Model {
    /// Identifies the tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TenantId,
    /// Its place in lists; made by the database, and never shown.
    pub index_id: i64,
    /// Its name in addresses.
    #[sea_orm(unique)]
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What the external identity provider calls it.
    #[sea_orm(unique)]
    pub clerk_org_id: Option<String>,
    /// Where it stands with the platform.
    pub status: TenantStatus,
    /// Since when; kept by the database.
    pub status_changed_at: DateTimeUtc,
    /// The brand it appears under.
    pub brand: Option<String>,
    /// Where its logo is.
    pub logo_url: Option<String>,
    /// What it chose for itself.
    pub settings: JsonValue,
    /// What is switched on for it.
    pub features: JsonValue,
    /// How long history is kept.
    pub data_retention_days: i32,
    /// How long after it has churned everything is erased.
    pub auto_delete_after_days: Option<i32>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed; kept by the database.
    pub updated_at: DateTimeUtc,
    /// When it was deleted, if it was.
    pub deleted_at: Option<DateTimeUtc>,
    /// The deletion that took it down, together with whatever bears the same.
    pub deletion_id: Option<DeletionId>,
    /// Its organizations.
    #[sea_orm(has_many)]
    pub organizations: HasMany<super::organization::Entity>,
    /// Its members.
    #[sea_orm(has_many)]
    pub memberships: HasMany<super::tenant_membership::Entity>,
    /// How much of everything it may have.
    #[sea_orm(has_many)]
    pub quotas: HasMany<super::tenant_quota::Entity>,
    /// Its roles.
    #[sea_orm(has_many)]
    pub roles: HasMany<super::role::Entity>,
    /// What it sells.
    #[sea_orm(has_many)]
    pub products: HasMany<super::product::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
