//! The statements, written by hand for exactly these answers.
//!
//! What a row has only one of is joined where that is cheap, what is many is asked once for all parents.

use tokio_postgres::{Client, Error, Statement};

/// All statements, prepared on one connection.
pub(crate) struct Statements {
    pub(super) organizations: Statement,
    pub(super) members: Statement,
    pub(super) users: Statement,
    pub(super) assignments: Statement,
    pub(super) roles: Statement,
    pub(super) catalog: Statement,
    pub(super) point: Statement,
    pub(super) own_memberships: Statement,
    pub(super) own_roles: Statement,
}

impl Statements {
    /// Prepares them all.
    pub(super) async fn prepare(client: &Client) -> Result<Self, Error> {
        Ok(Self {
            organizations: client.prepare(ORGANIZATIONS).await?,
            members: client.prepare(MEMBERS).await?,
            users: client.prepare(USERS).await?,
            assignments: client.prepare(ASSIGNMENTS).await?,
            roles: client.prepare(ROLES).await?,
            catalog: client.prepare(CATALOG).await?,
            point: client.prepare(POINT).await?,
            own_memberships: client.prepare(OWN_MEMBERSHIPS).await?,
            own_roles: client.prepare(OWN_ROLES).await?,
        })
    }
}

/// A partial unique index holds that an organization has at most one living plan.
const ORGANIZATIONS: &str = "
select o.id, o.name, o.domain, o.billing_email, o.owner_id, s.status, s.seat_quantity, p.key, p.name
from (
    select * from organizations where tenant_id = $1 and deleted_at is null order by index_id limit $2
) o
left join subscriptions s on s.tenant_id = $1 and s.organization_id = o.id and s.product_type = 'plan'
    and s.status not in ('canceled', 'incomplete_expired') and s.deleted_at is null
left join products p on p.tenant_id = $1 and p.id = s.product_id
order by o.index_id";

const MEMBERS: &str = "
select o.place, m.index_id, m.id, m.user_id, m.role, m.status, m.last_active_at
from unnest($2::uuid[]) with ordinality o (id, place)
cross join lateral (
    select * from organization_memberships
    where tenant_id = $1 and organization_id = o.id and deleted_at is null
    order by index_id limit $3
) m";

/// Not joined to the members: many of them are the same people, and looking one up costs most of a member.
const USERS: &str = "
select id, email, display_name from users where id = any($1::uuid[]) and deleted_at is null";

/// By organization and not by member: a few ranges of an index instead of one look-up per member, and it
/// need not wait for the members. Those that hold in the whole tenant are few.
const ASSIGNMENTS: &str = "
select t.user_id, r.organization_id, r.role_id
from member_roles r
join tenant_memberships t on t.tenant_id = $1 and t.id = r.tenant_membership_id
where r.tenant_id = $1 and (r.organization_id is null or r.organization_id = any($2::uuid[]))
    and r.revoked_at is null and r.deleted_at is null and (r.expires_at is null or r.expires_at > now())
order by r.index_id";

/// The permissions as arrays of ids: joining their keys to each role would cost four times as much as reading
/// the catalog once.
const ROLES: &str = "
select r.id, r.key, r.name, r.is_system, array(
    select h.permission_id from role_permissions h
    where h.tenant_id = $1 and h.role_id = r.id and h.effect = 'allow'
    order by h.permission_id
)
from roles r
where r.tenant_id = $1 and r.deleted_at is null
    and (r.id = any($2::uuid[]) or (r.is_system and r.key = any($3::text[])))";

const CATALOG: &str = "select id, key from permissions";

const POINT: &str = "
select o.id, o.name, owner.email
from organizations o
left join users owner on owner.id = o.owner_id and owner.deleted_at is null
where o.tenant_id = $1 and o.id = $2 and o.deleted_at is null";

const OWN_MEMBERSHIPS: &str = "
select m.id, m.role, o.owner_id = m.user_id, o.id, o.name, b.id, b.key, b.name
from organization_memberships m
join organizations o on o.tenant_id = $1 and o.id = m.organization_id and o.deleted_at is null
join roles b on b.tenant_id = $1 and b.is_system and b.deleted_at is null
    and b.key = case when o.owner_id = m.user_id then 'owner' else m.role end
where m.tenant_id = $1 and m.user_id = $2 and m.deleted_at is null
order by m.index_id limit $3";

const OWN_ROLES: &str = "
select r.organization_id, c.id, c.key, c.name
from tenant_memberships t
join member_roles r on r.tenant_id = $1 and r.tenant_membership_id = t.id
    and r.revoked_at is null and r.deleted_at is null and (r.expires_at is null or r.expires_at > now())
join roles c on c.tenant_id = $1 and c.id = r.role_id and c.deleted_at is null
where t.tenant_id = $1 and t.user_id = $2
order by r.index_id";
