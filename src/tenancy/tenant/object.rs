//! The type `Tenant`.

use chrono::{DateTime, Utc};
use entity::id::TenantId;
use entity::tenant::TenantStatus;
use migration::catalog::Permission;

use super::store::tenants_by_id;
use crate::access::Scope;
use crate::graph::{Enumeration, Json, Object, ObjectType};
use crate::tenancy::organization::{OrganizationList, organizations};
use crate::tenancy::quota::quotas_of_tenants;
use crate::tenancy::tenant_membership::members_of_tenants;

/// A tenant that the caller belongs to.
#[derive(Debug)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Where it stands in its life.
    pub status: TenantStatus,
    /// Since when.
    pub status_changed_at: DateTime<Utc>,
    /// The brand it appears under.
    pub brand: Option<String>,
    /// Where its logo is.
    pub logo_url: Option<String>,
    /// What it chose for itself; known of the tenant that was entered.
    pub settings: Option<Json>,
    /// What is switched on for it; known of the tenant that was entered.
    pub features: Option<Json>,
    /// How long history is kept; known of the tenant that was entered.
    pub data_retention_days: Option<i32>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl Object for Tenant {
    fn name() -> &'static str {
        "Tenant"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new(
            "A company that uses the product: its organizations, its people, its roles. Nothing is shared between tenants.",
        )
        .scope(|_| Scope::Tenant)
        .node(|tenant| tenant.id, tenants_by_id)
        .field("slug", "Its name in addresses: lower case, unique among all tenants.", |tenant| &tenant.slug)
        .field("name", "Its name.", |tenant| &tenant.name)
        .field("status", "Where it stands in its life.", |tenant| &tenant.status)
        .field("brand", "The brand under which it appears.", |tenant| &tenant.brand)
        .field("logoUrl", "Where its logo is.", |tenant| &tenant.logo_url)
        .field("statusChangedAt", "Since when it stands so.", |tenant| &tenant.status_changed_at)
        .field("createdAt", "When it was made.", |tenant| &tenant.created_at)
        .field("updatedAt", "When it was last changed.", |tenant| &tenant.updated_at)
        .field("dataRetentionDays", "For how many days history is kept.", |tenant| &tenant.data_retention_days)
        .requires(Permission::TenantUpdate)
        .field(
            "settings",
            "What it chose for itself, as an object: `selfServiceSignUp`, and what is yours. Null where it is not the tenant you are in.",
            |tenant| &tenant.settings,
        )
        .requires(Permission::TenantRead)
        .field(
            "features",
            "What is switched on for it besides what plans give, as an object of true and false. Null where it is not the tenant you are in.",
            |tenant| &tenant.features,
        )
        .requires(Permission::TenantRead)
        .many(
            "quotas",
            "How much of everything it may have, and has; what is not named has no limit. None where it is not the tenant you are in.",
            quotas_of_tenants,
            |tenant| tenant.id,
        )
        .requires(Permission::TenantUpdate)
        .supposes(5)
        .connection(
            "organizations",
            "Its organizations that you may see; none where it is not the tenant you are in.",
            organizations,
            |tenant| OrganizationList::OfTenant(tenant.id),
        )
        .connection(
            "members",
            "Who belongs to it, the longest-standing first; nobody where it is not the tenant you are in.",
            members_of_tenants,
            |tenant| tenant.id,
        )
        .requires(Permission::MembersRead)
    }
}

impl Enumeration for TenantStatus {
    const NAME: &'static str = "TenantStatus";
    const DESCRIPTION: &'static str = "Where a tenant stands in its life.";
    const VALUES: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Trial, "TRIAL", "Trying the product."),
        (Self::Active, "ACTIVE", "A customer."),
        (Self::Suspended, "SUSPENDED", "Shut out for now: nothing in it is read or changed, but by the platform's staff."),
        (Self::Churned, "CHURNED", "No customer any more: nothing in it is read or changed, and its data will be erased."),
    ];
}
