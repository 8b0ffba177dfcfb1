//! The statements, written by hand: one for each relation, for all parents at once.

use tokio_postgres::{Client, Error, Statement};

/// All statements, prepared on one connection.
pub(crate) struct Statements {
    pub(super) organizations: Statement,
    pub(super) users: Statement,
    pub(super) subscriptions: Statement,
    pub(super) products: Statement,
    pub(super) members: Statement,
    pub(super) assignments_of_organizations: Statement,
    pub(super) assignments: Statement,
    pub(super) roles: Statement,
    pub(super) permissions: Statement,
    pub(super) organization: Statement,
    pub(super) owner: Statement,
    pub(super) memberships_of_user: Statement,
    pub(super) organizations_by_id: Statement,
}

impl Statements {
    /// Prepares them all.
    pub(super) async fn prepare(client: &Client) -> Result<Self, Error> {
        Ok(Self {
            organizations: client.prepare(ORGANIZATIONS).await?,
            users: client.prepare(USERS).await?,
            subscriptions: client.prepare(SUBSCRIPTIONS).await?,
            products: client.prepare(PRODUCTS).await?,
            members: client.prepare(MEMBERS).await?,
            assignments_of_organizations: client.prepare(ASSIGNMENTS_OF_ORGANIZATIONS).await?,
            assignments: client.prepare(ASSIGNMENTS).await?,
            roles: client.prepare(ROLES).await?,
            permissions: client.prepare(PERMISSIONS).await?,
            organization: client.prepare(ORGANIZATION).await?,
            owner: client.prepare(OWNER).await?,
            memberships_of_user: client.prepare(MEMBERSHIPS_OF_USER).await?,
            organizations_by_id: client.prepare(ORGANIZATIONS_BY_ID).await?,
        })
    }
}

const ORGANIZATIONS: &str = "
select id, name, domain, billing_email, owner_id from organizations
where tenant_id = $1 and deleted_at is null
order by index_id limit $2";

const USERS: &str = "
select id, email, display_name from users where id = any($1::uuid[]) and deleted_at is null";

/// A partial unique index holds that an organization has at most one living plan.
const SUBSCRIPTIONS: &str = "
select organization_id, product_id, status, seat_quantity from subscriptions
where tenant_id = $1 and organization_id = any($2::uuid[]) and product_type = 'plan'
    and status not in ('canceled', 'incomplete_expired') and deleted_at is null";

const PRODUCTS: &str = "
select id, key, name from products where tenant_id = $1 and id = any($2::uuid[])";

/// A lateral sub-select with a limit can only be a nested loop, so the rows of a parent come in its order.
const MEMBERS: &str = "
select o.id, m.id, m.user_id, m.role, m.status, m.last_active_at
from unnest($2::uuid[]) o (id)
cross join lateral (
    select id, user_id, role, status, last_active_at from organization_memberships
    where tenant_id = $1 and organization_id = o.id and deleted_at is null
    order by index_id limit $3
) m";

/// Those without an organization hold in the whole tenant.
const ASSIGNMENTS_OF_ORGANIZATIONS: &str = "
select t.user_id, r.organization_id, r.role_id
from member_roles r
join tenant_memberships t on t.tenant_id = $1 and t.id = r.tenant_membership_id
where r.tenant_id = $1 and (r.organization_id is null or r.organization_id = any($2::uuid[]))
    and r.revoked_at is null and r.deleted_at is null and (r.expires_at is null or r.expires_at > now())
order by r.index_id";

/// For few people: found by them, and not by their organizations.
const ASSIGNMENTS: &str = "
select t.user_id, r.organization_id, r.role_id
from tenant_memberships t
join member_roles r on r.tenant_id = $1 and r.tenant_membership_id = t.id
where t.tenant_id = $1 and t.user_id = any($2::uuid[])
    and (r.organization_id is null or r.organization_id = any($3::uuid[]))
    and r.revoked_at is null and r.deleted_at is null and (r.expires_at is null or r.expires_at > now())
order by r.index_id";

/// The base roles are known by their keys, those that were assigned by their ids.
const ROLES: &str = "
select id, key, name, is_system from roles
where tenant_id = $1 and (id = any($2::uuid[]) or (is_system and key = any($3::text[]))) and deleted_at is null";

const PERMISSIONS: &str = "
select h.role_id, p.id, p.key
from role_permissions h
join permissions p on p.id = h.permission_id
where h.tenant_id = $1 and h.role_id = any($2::uuid[]) and h.effect = 'allow'
order by p.id";

const ORGANIZATION: &str = "
select id, name, owner_id from organizations where tenant_id = $1 and id = $2 and deleted_at is null";

const OWNER: &str = "
select email from users where id = $1 and deleted_at is null";

/// Those in a deleted organization were deleted with it.
const MEMBERSHIPS_OF_USER: &str = "
select id, organization_id, role from organization_memberships
where tenant_id = $1 and user_id = $2 and deleted_at is null
order by index_id limit $3";

const ORGANIZATIONS_BY_ID: &str = "
select id, name, owner_id from organizations where tenant_id = $1 and id = any($2::uuid[]) and deleted_at is null";
