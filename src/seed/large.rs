//! Many tenants with many organizations, for benchmarks: realistic in shape, the same for the same seed.
//!
//! Of every tenant, person 0 owns the tenant and some organizations, and is a member of ten to twenty: the
//! one as whom a benchmark asks.

mod organizations;
mod people;
mod tenant;

use std::ops::AddAssign;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::SeedError;

/// How much to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// How many tenants.
    pub tenants: u32,
    /// How many organizations each tenant has.
    pub organizations: u32,
    /// How many members each organization has.
    pub members: u32,
    /// What makes these rows differ from those of another call.
    pub seed: u64,
}

/// How much was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Tenants.
    pub tenants: u64,
    /// People, each of whom belongs to one tenant.
    pub users: u64,
    /// Organizations.
    pub organizations: u64,
    /// Memberships of organizations.
    pub memberships: u64,
    /// Roles assigned to members.
    pub member_roles: u64,
    /// Subscriptions.
    pub subscriptions: u64,
}

/// Somebody as whom a tenant can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TenantSample {
    /// The tenant.
    pub tenant_id: Uuid,
    /// An active user who sees all of its organizations.
    pub user_id: Uuid,
    /// An organization that this user owns or administers.
    pub organization_id: Uuid,
}

/// Writes so much, tenant by tenant: an interrupted call leaves whole tenants. `progress` is told how many
/// memberships of how many are written. At the end the tables are vacuumed and analyzed.
pub async fn write(pool: &PgPool, size: Size, now: DateTime<Utc>, progress: impl Fn(u64, u64)) -> Result<Summary, SeedError> {
    if size.tenants == 0 || size.organizations == 0 || size.members == 0 {
        return Err(SeedError::Empty);
    }
    let mut connection = pool.acquire().await?;
    // It ends with its settings, and with whatever a cancelled call leaves behind.
    connection.close_on_drop();
    sqlx::query("set statement_timeout = 0").execute(&mut *connection).await?;
    refuse_repetition(&mut connection, size.seed).await?;

    let mut summary = Summary::default();
    for number in 0..size.tenants {
        let before = summary.memberships;
        summary += tenant::write(&mut connection, size, number, now, |written| {
            progress(before + written, size.memberships());
        })
        .await?;
    }
    for statement in VACUUM {
        sqlx::query(statement).execute(&mut *connection).await?;
    }
    Ok(summary)
}

/// For each tenant, the oldest first, somebody as whom it can be measured: if possible its owner, in an
/// organization of their own.
pub async fn one_per_tenant(pool: &PgPool) -> Result<Vec<TenantSample>, SeedError> {
    let rows = sqlx::query_as::<_, (Uuid, Uuid, Uuid)>(SAMPLES).fetch_all(pool).await?;
    Ok(rows.into_iter().map(TenantSample::from).collect())
}

async fn refuse_repetition(connection: &mut PgConnection, seed: u64) -> Result<(), SeedError> {
    let taken = sqlx::query_scalar("select exists (select from tenants where slug = $1)")
        .bind(tenant::slug(seed, 0))
        .fetch_one(connection)
        .await?;
    if taken {
        return Err(SeedError::Taken { seed });
    }
    Ok(())
}

/// So that the planner knows the tables, and index-only scans need not visit them. The second time is for
/// pages that the first could not mark, because autovacuum's analysis still held an older snapshot.
const VACUUM: [&str; 2] = [
    "vacuum (analyze) roles, role_permissions, member_roles, teams, team_members, team_roles, \
     member_permission_overrides, resource_grants, products, subscriptions, \
     organization_memberships, organizations, tenant_memberships, users, access_versions, tenant_quotas, tenants",
    "vacuum roles, role_permissions, member_roles, teams, team_members, team_roles, \
     member_permission_overrides, resource_grants, products, subscriptions, \
     organization_memberships, organizations, tenant_memberships, users, access_versions, tenant_quotas, tenants",
];

/// One membership of each tenant is looked for at a time, so that this is quick in a large database.
const SAMPLES: &str = r"
select tenant.id as tenant_id, sample.user_id, sample.organization_id
from tenants tenant
cross join lateral (
    select member.user_id, organization.id as organization_id
    from tenant_memberships member
    join users person on person.id = member.user_id and person.is_active and person.deleted_at is null
    join organization_memberships seat
        on seat.tenant_id = member.tenant_id and seat.user_id = member.user_id
        and seat.status = 'active' and seat.deleted_at is null
    join organizations organization
        on organization.tenant_id = seat.tenant_id and organization.id = seat.organization_id
        and organization.deleted_at is null
    where member.tenant_id = tenant.id and member.role in ('owner', 'admin')
        and member.status = 'active' and member.deleted_at is null
        and (organization.owner_id = member.user_id or seat.role = 'admin')
    order by member.role = 'owner' desc, organization.owner_id = member.user_id desc, organization.index_id
    limit 1
) sample
where tenant.deleted_at is null and tenant.status in ('trial', 'active')
order by tenant.index_id
";

// === impl Size ===

impl Size {
    /// How many memberships of organizations that makes.
    #[must_use]
    pub fn memberships(self) -> u64 {
        u64::from(self.tenants) * u64::from(self.organizations) * u64::from(self.members)
    }
}

// === impl TenantSample ===

impl From<(Uuid, Uuid, Uuid)> for TenantSample {
    fn from((tenant_id, user_id, organization_id): (Uuid, Uuid, Uuid)) -> Self {
        Self { tenant_id, user_id, organization_id }
    }
}

// === impl Summary ===

impl AddAssign for Summary {
    fn add_assign(&mut self, other: Self) {
        self.tenants += other.tenants;
        self.users += other.users;
        self.organizations += other.organizations;
        self.memberships += other.memberships;
        self.member_roles += other.member_roles;
        self.subscriptions += other.subscriptions;
    }
}
