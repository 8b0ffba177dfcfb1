//! The type `Tenant`.

use chrono::{DateTime, Utc};
use entity::id::TenantId;
use entity::tenant::TenantStatus;
use migration::catalog::Permission;

use super::store::tenants_by_id;
use crate::access::Scope;
use crate::graph::{Enumeration, Object, ObjectType};
use crate::tenancy::organization::{OrganizationList, organizations};
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
    /// The brand it appears under.
    pub brand: Option<String>,
    /// Where its logo is.
    pub logo_url: Option<String>,
    /// How long history is kept.
    pub data_retention_days: i32,
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
        .field("createdAt", "When it was made.", |tenant| &tenant.created_at)
        .field("updatedAt", "When it was last changed.", |tenant| &tenant.updated_at)
        .field("dataRetentionDays", "For how many days history is kept.", |tenant| &tenant.data_retention_days)
        .requires(Permission::TenantUpdate)
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
        (Self::Suspended, "SUSPENDED", "Shut out for now: its members may do nothing in it."),
        (Self::Churned, "CHURNED", "No customer any more; its data will be erased."),
    ];
}
