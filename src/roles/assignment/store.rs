//! Every statement about assignments.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::id::{MemberRoleId, OrganizationId, RoleId, TenantMembershipId, UserId};
use entity::member_role;
use migration::catalog::Permission;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, EntityTrait, SqlErr};
use uuid::Uuid;

use super::{RoleAssignment, RoleAssignmentArguments};
use crate::access::Scope;
use crate::database::{Binds, COLUMNS, FromRow, Row, Wanted};
use crate::error::Error;
use crate::graph::Connection;
use crate::page::{Cursor, Keyset, Order, Page};
use crate::request::{Request, Writer};

/// The oldest first.
const ORDER: Order = Order { tag: 'g', key: None, index_id: "assignment.index_id", descending: false };

/// A member's seat in an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Seat {
    /// Where.
    pub organization: OrganizationId,
    /// Whose.
    pub user: UserId,
}

impl FromRow for RoleAssignment {
    const WANTED: &'static [Wanted] = &[
        Wanted("parent.place", &[]),
        Wanted("assignment.id", &[]),
        Wanted("assignment.index_id", &[]),
        Wanted("assignment.role_id", &["role"]),
        Wanted("assignment.tenant_membership_id", &["membership", "tenantMembershipId"]),
        // Says whether the caller may know of it, too.
        Wanted("member.user_id", &[]),
        Wanted("assignment.organization_id", &[]),
        Wanted("assignment.assigned_by_user_id", &["assignedBy"]),
        Wanted("assignment.assigned_at", &["assignedAt"]),
        Wanted("assignment.expires_at", &["expiresAt"]),
        Wanted("assignment.revoked_at", &["revokedAt"]),
        Wanted("assignment.revoked_by_user_id", &["revokedBy"]),
        Wanted("assignment.revoke_reason", &["revokeReason"]),
    ];

    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            place: row.column()?,
            id: row.column::<Uuid>()?.into(),
            index_id: row.column()?,
            role: row.column::<Uuid>()?.into(),
            tenant_membership: row.column::<Uuid>()?.into(),
            user: row.column::<Uuid>()?.into(),
            organization: row.column::<Option<Uuid>>()?.map(OrganizationId::from),
            assigned_by: row.column::<Option<Uuid>>()?.map(UserId::from),
            assigned_at: row.column()?,
            expires_at: row.column()?,
            revoked_at: row.column()?,
            revoked_by: row.column::<Option<Uuid>>()?.map(UserId::from),
            revoke_reason: row.column()?,
        })
    }
}

/// Those that the caller has just written.
pub(super) async fn written_assignments(
    request: Request,
    ids: Vec<MemberRoleId>,
) -> Result<HashMap<MemberRoleId, Arc<RoleAssignment>>, Error> {
    let ids: Vec<Uuid> = ids.into_iter().map(MemberRoleId::uuid).collect();
    let sql = format!(
        "select {COLUMNS} from unnest($2::uuid[]) with ordinality parent(id, place)
        join member_roles assignment on assignment.tenant_id = $1 and assignment.id = parent.id and assignment.deleted_at is null
        join tenant_memberships member on member.tenant_id = $1 and member.id = assignment.tenant_membership_id"
    );
    let rows: Vec<RoleAssignment> = request.reader().await?.objects(sql, Binds::of([ids.into()])).await?;
    Ok(rows.into_iter().map(|row| (row.id, Arc::new(row))).collect())
}

/// Those that the caller may know of: its own, and those where it may see members.
pub(super) async fn visible_assignments(
    request: Request,
    ids: Vec<MemberRoleId>,
) -> Result<HashMap<MemberRoleId, Arc<RoleAssignment>>, Error> {
    let mut rows = written_assignments(request.clone(), ids).await?;
    let reader = request.reader().await?;
    let me = reader.caller.person();
    let (ids, scopes): (Vec<MemberRoleId>, Vec<Scope>) = rows.values().map(|row| (row.id, row.scope())).unzip();
    for (id, seen) in ids.into_iter().zip(reader.may_each(Permission::MembersRead, &scopes).await?) {
        if !seen && rows.get(&id).is_some_and(|row| Some(row.user) != me) {
            rows.remove(&id);
        }
    }
    Ok(rows)
}

/// A page of the assignments of each role, where the caller may see members.
pub async fn assignments_of_roles(
    request: Request,
    roles: Vec<RoleId>,
    page: Page<RoleAssignmentArguments>,
) -> Result<Vec<Arc<Connection<RoleAssignment>>>, Error> {
    let reader = request.reader().await?;
    let mut binds = Binds::of([roles.iter().map(|role| role.uuid()).collect::<Vec<_>>().into()]);
    let in_tenant = reader.may(Permission::MembersRead, Scope::Tenant).await?;
    let organizations = reader.organizations(Permission::MembersRead).await?;
    let visible = match (organizations.condition("assignment.organization_id", &mut binds), in_tenant) {
        (None, true) => String::new(),
        (None, false) => " and assignment.organization_id is not null".to_owned(),
        (Some(shown), true) => format!(" and (assignment.organization_id is null or {shown})"),
        (Some(shown), false) => format!(" and {shown}"),
    };
    let parents = "unnest($2::uuid[]) with ordinality parent(id, place)";
    connections(&request, parents, &format!("assignment.role_id = parent.id{visible}"), roles.len(), binds, page).await
}

/// A page of the assignments of each member of the tenant, wherever they hold. That the caller may see them, the guard of the
/// field has decided.
pub async fn assignments_of_tenant_memberships(
    request: Request,
    memberships: Vec<TenantMembershipId>,
    page: Page<RoleAssignmentArguments>,
) -> Result<Vec<Arc<Connection<RoleAssignment>>>, Error> {
    let binds = Binds::of([memberships.iter().map(|membership| membership.uuid()).collect::<Vec<_>>().into()]);
    let parents = "unnest($2::uuid[]) with ordinality parent(id, place)";
    let belongs = "assignment.tenant_membership_id = parent.id";
    connections(&request, parents, belongs, memberships.len(), binds, page).await
}

/// A page of the assignments that hold for each member of an organization, there or in the whole tenant.
pub async fn assignments_of_seats(
    request: Request,
    seats: Vec<Seat>,
    page: Page<RoleAssignmentArguments>,
) -> Result<Vec<Arc<Connection<RoleAssignment>>>, Error> {
    let organizations: Vec<Uuid> = seats.iter().map(|seat| seat.organization.uuid()).collect();
    let users: Vec<Uuid> = seats.iter().map(|seat| seat.user.uuid()).collect();
    let binds = Binds::of([organizations.into(), users.into()]);
    let parents = "unnest($2::uuid[], $3::uuid[]) with ordinality parent(organization_id, user_id, place)";
    let belongs = "member.user_id = parent.user_id
        and (assignment.organization_id = parent.organization_id or assignment.organization_id is null)";
    connections(&request, parents, belongs, seats.len(), binds, page).await
}

/// One statement for the rows of all parents, paged for each in a lateral join, and one more where totals are wanted.
async fn connections(
    request: &Request,
    parents: &str,
    belongs: &str,
    count: usize,
    mut binds: Binds,
    page: Page<RoleAssignmentArguments>,
) -> Result<Vec<Arc<Connection<RoleAssignment>>>, Error> {
    let reader = request.reader().await?;
    let filter = &page.arguments.filter;
    let mut conditions = format!(
        "member_roles assignment
        join tenant_memberships member on member.tenant_id = $1 and member.id = assignment.tenant_membership_id and member.deleted_at is null
        where assignment.tenant_id = $1 and assignment.deleted_at is null and {belongs}"
    );
    if !filter.include_ended {
        let now = binds.bind(request.now());
        conditions +=
            &format!(" and assignment.revoked_at is null and (assignment.expires_at is null or assignment.expires_at > {now})");
    }
    if let Some(organization) = filter.organization {
        conditions += &format!(" and assignment.organization_id = {}", binds.bind(organization.uuid()));
    }
    let mut totals: HashMap<i64, i64> = HashMap::new();
    if page.wants_total {
        let sql = format!(
            "select parent.place, counted.total from {parents} cross join lateral (select count(*) as total from {conditions}) counted"
        );
        totals = reader.all::<(i64, i64)>(sql, binds.clone()).await?.into_iter().collect();
    }
    let keyset = page.keyset(ORDER, &mut binds)?;
    let mut of_parent: HashMap<i64, Vec<(Cursor, Arc<RoleAssignment>)>> = HashMap::with_capacity(count);
    if page.wants_rows {
        let Keyset { condition, order_by, limit } = keyset;
        let sql = format!(
            "select page.* from {parents} cross join lateral (
                select {COLUMNS} from {conditions}{condition} order by {order_by} limit {limit}) page"
        );
        for row in reader.objects::<RoleAssignment>(sql, binds).await? {
            let cursor = Cursor { order: ORDER.tag, key: None, index_id: row.index_id };
            of_parent.entry(row.place).or_default().push((cursor, Arc::new(row)));
        }
    }
    let places = 1..=i64::try_from(count).unwrap_or(i64::MAX);
    let connection = |place: i64| {
        let rows = of_parent.remove(&place).unwrap_or_default();
        Arc::new(Connection::of(&page, rows, totals.get(&place).copied().unwrap_or_default()))
    };
    Ok(places.map(connection).collect())
}

impl FromRow for (i64, i64) {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok((row.column()?, row.column()?))
    }
}

/// A living member of the tenant, as an assignment needs it.
pub(super) struct Member {
    pub membership: TenantMembershipId,
    pub user: UserId,
}

impl FromRow for Member {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self { membership: row.column::<Uuid>()?.into(), user: row.column::<Uuid>()?.into() })
    }
}

/// A living member of the tenant, by the person or by the membership; with `of`, only a living member of that organization.
pub(super) async fn member(
    writer: &Writer,
    user: Option<UserId>,
    membership: Option<TenantMembershipId>,
    of: Option<OrganizationId>,
) -> Result<Option<Member>, Error> {
    const MEMBER: &str = "
        select member.id, member.user_id from tenant_memberships member
        where member.tenant_id = $1 and member.deleted_at is null
            and ($2::uuid is null or member.user_id = $2) and ($3::uuid is null or member.id = $3)
            and ($2::uuid is not null or $3::uuid is not null)
            and ($4::uuid is null or exists (select from organization_memberships seat
                where seat.tenant_id = $1 and seat.organization_id = $4 and seat.user_id = member.user_id and seat.deleted_at is null))";
    let values = vec![
        writer.presence()?.tenant.uuid().into(),
        user.map(UserId::uuid).into(),
        membership.map(TenantMembershipId::uuid).into(),
        of.map(OrganizationId::uuid).into(),
    ];
    writer.transaction.one(MEMBER, values).await
}

/// Is there a living organization of that id?
pub(super) async fn organization_lives(writer: &Writer, organization: OrganizationId) -> Result<bool, Error> {
    const LIVES: &str = "
        select count(*) from organizations organization
        where organization.tenant_id = $1 and organization.id = $2 and organization.deleted_at is null";
    let values = vec![writer.presence()?.tenant.uuid().into(), organization.uuid().into()];
    Ok(writer.transaction.one::<i64>(LIVES, values).await? == Some(1))
}

/// What is known of an assignment before it is made.
pub(super) struct NewAssignment {
    pub id: MemberRoleId,
    pub membership: TenantMembershipId,
    pub organization: Option<OrganizationId>,
    pub role: RoleId,
    pub expires_at: Option<DateTime<Utc>>,
}

/// Makes an assignment. False where the member has the role there already. One that has expired makes room.
pub(super) async fn insert(writer: &Writer, new: &NewAssignment) -> Result<bool, Error> {
    const MAKE_ROOM: &str = "
        update member_roles assignment set revoked_at = assignment.expires_at, revoke_reason = 'expired'
        where assignment.tenant_id = $1 and assignment.tenant_membership_id = $2 and assignment.role_id = $3
            and assignment.organization_id is not distinct from $4
            and assignment.revoked_at is null and assignment.deleted_at is null and assignment.expires_at <= $5";
    let tenant = writer.presence()?.tenant;
    let values = vec![
        tenant.uuid().into(),
        new.membership.uuid().into(),
        new.role.uuid().into(),
        new.organization.map(OrganizationId::uuid).into(),
        writer.now.into(),
    ];
    writer.transaction.all::<i64>(MAKE_ROOM, values).await?;
    let row = member_role::ActiveModel {
        tenant_id: Set(tenant),
        id: Set(new.id),
        tenant_membership_id: Set(new.membership),
        organization_id: Set(new.organization),
        role_id: Set(new.role),
        assigned_by_user_id: Set(Some(writer.caller.user)),
        assigned_at: Set(writer.now),
        expires_at: Set(new.expires_at),
        ..Default::default()
    };
    match member_role::Entity::insert(row).exec_without_returning(&writer.transaction).await {
        Ok(_) => Ok(true),
        Err(error) => match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(constraint)) if constraint.contains("member_roles_assignment_key") => Ok(false),
            _ => Err(error.into()),
        },
    }
}

/// An assignment as it is stored, locked until the transaction ends.
pub(super) struct Stored {
    pub role: RoleId,
    pub membership: TenantMembershipId,
    pub user: UserId,
    pub organization: Option<OrganizationId>,
    pub expires_at: Option<DateTime<Utc>>,
    pub is_revoked: bool,
}

impl FromRow for Stored {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            role: row.column::<Uuid>()?.into(),
            membership: row.column::<Uuid>()?.into(),
            user: row.column::<Uuid>()?.into(),
            organization: row.column::<Option<Uuid>>()?.map(OrganizationId::from),
            expires_at: row.column()?,
            is_revoked: row.column()?,
        })
    }
}

/// Locks an assignment, where it is there.
pub(super) async fn lock(writer: &Writer, id: MemberRoleId) -> Result<Option<Stored>, Error> {
    const LOCK: &str = "
        select assignment.role_id, assignment.tenant_membership_id, member.user_id, assignment.organization_id, assignment.expires_at,
            assignment.revoked_at is not null
        from member_roles assignment
        join tenant_memberships member on member.tenant_id = $1 and member.id = assignment.tenant_membership_id
        where assignment.tenant_id = $1 and assignment.id = $2 and assignment.deleted_at is null
        for update of assignment";
    writer.transaction.one(LOCK, vec![writer.presence()?.tenant.uuid().into(), id.uuid().into()]).await
}

/// Takes a locked assignment back.
pub(super) async fn revoke(writer: &Writer, id: MemberRoleId, reason: Option<String>) -> Result<(), Error> {
    let row = member_role::ActiveModel {
        tenant_id: Set(writer.presence()?.tenant),
        id: Set(id),
        revoked_at: Set(Some(writer.now)),
        revoked_by_user_id: Set(Some(writer.caller.user)),
        revoke_reason: Set(reason),
        ..Default::default()
    };
    row.update(&writer.transaction).await?;
    Ok(())
}
