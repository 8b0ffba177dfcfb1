//! Every statement about memberships of a tenant.

use std::collections::HashMap;
use std::sync::Arc;

use entity::id::{TenantId, TenantMembershipId};
use entity::tenant_membership::{MembershipStatus, TenantRole};
use migration::catalog::Permission;
use uuid::Uuid;

use super::{TenantMembership, TenantMembershipArguments};
use crate::access::Scope;
use crate::database::{Binds, COLUMNS, CURSOR, FromRow, Row, Wanted, contains};
use crate::error::Error;
use crate::graph::Connection;
use crate::page::{Listed, ListsBelow, Order, Page};
use crate::request::Request;

/// The longest-standing first.
const ORDER: Order = Order { tag: 't', key: None, index_id: "member.index_id", descending: false };

/// Joins `member` to parents that are memberships of the tenant, for lists of other rooms below them. A lateral sub-select with
/// a limit can only be a nested loop: the planner would rather hash all the tenant's members for the sake of a few.
pub const MEMBER: &str = " cross join lateral (select member.id, member.user_id from tenant_memberships member
    where member.tenant_id = $1 and member.id = parent.id and member.deleted_at is null limit 1) member";

/// The same for parents that are memberships of an organization; `member` has that, too.
pub const MEMBER_OF_SEAT: &str = " cross join lateral (
    select member.id, member.user_id, seat.organization_id from organization_memberships seat
    join tenant_memberships member on member.tenant_id = $1 and member.user_id = seat.user_id and member.deleted_at is null
    where seat.tenant_id = $1 and seat.id = parent.id limit 1) member";

impl FromRow for TenantMembership {
    const WANTED: &'static [Wanted] = &[
        Wanted("member.id", &[]),
        Wanted("member.index_id", &[CURSOR]),
        Wanted("member.user_id", &[]),
        Wanted("member.role", &["role"]),
        Wanted("member.status", &["status"]),
        Wanted("member.last_active_at", &["lastActiveAt"]),
        Wanted("member.created_at", &["createdAt"]),
        Wanted("member.updated_at", &["updatedAt"]),
    ];

    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.column::<Uuid>()?.into(),
            index_id: row.column()?,
            user: row.column::<Uuid>()?.into(),
            role: row.member(TenantRole::as_str)?,
            status: row.member(MembershipStatus::as_str)?,
            last_active_at: row.column()?,
            created_at: row.column()?,
            updated_at: row.column()?,
        })
    }
}

impl Listed for TenantMembership {
    fn index_id(&self) -> i64 {
        self.index_id
    }
}

/// Memberships of the tenant, for relations that have been decided already.
pub async fn tenant_memberships_by_id(
    request: Request,
    ids: Vec<TenantMembershipId>,
) -> Result<HashMap<TenantMembershipId, Arc<TenantMembership>>, Error> {
    let ids: Vec<Uuid> = ids.into_iter().map(TenantMembershipId::uuid).collect();
    let sql = format!(
        "select {COLUMNS} from tenant_memberships member
        where member.tenant_id = $1 and member.id = any($2) and member.deleted_at is null"
    );
    let rows: Vec<TenantMembership> = request.reader().await?.objects(sql, Binds::of([ids.into()])).await?;
    Ok(rows.into_iter().map(|row| (row.id, Arc::new(row))).collect())
}

/// The memberships among these that the caller may know of: its own, and all of them where it may see the tenant's members.
pub async fn visible_tenant_memberships(
    request: Request,
    ids: Vec<TenantMembershipId>,
) -> Result<HashMap<TenantMembershipId, Arc<TenantMembership>>, Error> {
    let reader = request.reader().await?;
    let sees_all = reader.may(Permission::MembersRead, Scope::Tenant).await?;
    let me = reader.caller.person();
    drop(reader);
    let mut rows = tenant_memberships_by_id(request, ids).await?;
    rows.retain(|_, row| sees_all || Some(row.user) == me);
    Ok(rows)
}

/// A page of the members of each tenant: only the tenant that was entered shows any. That the caller may see them, the guard
/// of the field has decided.
pub async fn members_of_tenants(
    request: Request,
    tenants: Vec<TenantId>,
    page: Page<TenantMembershipArguments>,
) -> Result<Vec<Arc<Connection<TenantMembership>>>, Error> {
    let mut binds = Binds::new();
    let mut rows =
        "tenant_memberships member where member.tenant_id = $1 and member.tenant_id = parent.id and member.deleted_at is null"
            .to_owned();
    let filter = &page.arguments.filter;
    if let Some(role) = filter.role {
        rows += &format!(" and member.role = {}", binds.bind(role.as_str()));
    }
    if let Some(status) = filter.status {
        rows += &format!(" and member.status = {}", binds.bind(status.as_str()));
    }
    if let Some(name) = &filter.name {
        rows += &format!(
            " and exists (select from users person where person.id = member.user_id and person.display_name ilike {})",
            binds.bind(contains(name))
        );
    }
    let reader = request.reader().await?;
    let entered = reader.caller.presence.as_ref().map(|presence| presence.tenant);
    // Whoever lives in several tenants sees its own membership in each: not here.
    let keys = tenants.into_iter().map(|tenant| if Some(tenant) == entered { tenant.uuid() } else { Uuid::nil() }).collect();
    ListsBelow { parents: "", rows, order: ORDER }.load(&reader, keys, binds, &page).await
}
