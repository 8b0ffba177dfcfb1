//! Every statement about roles. The roles themselves come with the access version, so reading them costs none.

use std::collections::HashMap;
use std::sync::Arc;

use entity::id::{OrganizationId, RoleId, UserId};
use migration::catalog::{BaseRole, Permission};
use uuid::Uuid;

use crate::access::{Role, Scope};
use crate::database::{Binds, FromRow, Row, Wanted};
use crate::error::Error;
use crate::graph::Connection;
use crate::page::Page;
use crate::request::Request;

/// Whose roles are asked for, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Assignee {
    /// Where.
    pub organization: OrganizationId,
    /// Whose.
    pub user: UserId,
    /// The base role of the membership.
    pub base: BaseRole,
}

/// Roles of the tenant, for relations that have been decided already.
pub async fn roles_by_id(request: Request, ids: Vec<RoleId>) -> Result<HashMap<RoleId, Arc<Role>>, Error> {
    let Some(book) = request.reader().await?.roles().await? else { return Ok(HashMap::new()) };
    Ok(ids.into_iter().filter_map(|id| Some((id, Arc::clone(book.get(id)?)))).collect())
}

/// The roles among these that the caller may know of.
pub async fn visible_roles(request: Request, ids: Vec<RoleId>) -> Result<HashMap<RoleId, Arc<Role>>, Error> {
    if request.reader().await?.may(Permission::RolesRead, Scope::Tenant).await? {
        roles_by_id(request, ids).await
    } else {
        Ok(HashMap::new())
    }
}

/// How far each role stands below the top of its tree.
pub async fn levels(request: Request, ids: Vec<RoleId>) -> Result<HashMap<RoleId, Arc<i32>>, Error> {
    let Some(book) = request.reader().await?.roles().await? else { return Ok(HashMap::new()) };
    let level = |id| Some((id, Arc::new(i32::try_from(book.level(book.get(id)?)).unwrap_or(i32::MAX))));
    Ok(ids.into_iter().filter_map(level).collect())
}

/// A page of the tenant's roles. That the caller may see them, the guard of the field has decided.
pub async fn roles(request: Request, parents: Vec<()>, page: Page<()>) -> Result<Vec<Arc<Connection<Role>>>, Error> {
    let book = request.reader().await?.roles().await?;
    let all = book.as_ref().map_or(&[][..], |book| book.all());
    let rows = page.slice('r', all, |role| role.index_id)?;
    let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
    let connection = Arc::new(Connection::of(&page, rows, total));
    Ok(vec![connection; parents.len()])
}

/// The assignments in force of some people, in some organizations or in the whole tenant. Found by people: right where they
/// are few.
const ASSIGNED_BY_USER: &str = "
    select {columns} from (
        select assignment.index_id, assignment.organization_id, member.user_id, assignment.role_id
        from tenant_memberships member
        join member_roles assignment on assignment.tenant_id = $1 and assignment.tenant_membership_id = member.id
        where member.tenant_id = $1 and member.user_id = any($3)
            and (assignment.organization_id = any($2) or assignment.organization_id is null)
            and assignment.revoked_at is null and assignment.deleted_at is null
            and (assignment.expires_at is null or assignment.expires_at > $4)
    ) assigned
    order by assigned.index_id";

/// The same, found by organizations: right where most members of each are asked for. It may find people who are not.
const ASSIGNED_BY_ORGANIZATION: &str = "
    select {columns} from (
        select assignment.index_id, assignment.organization_id, member.user_id, assignment.role_id
        from member_roles assignment
        join tenant_memberships member on member.tenant_id = $1 and member.id = assignment.tenant_membership_id
        where assignment.tenant_id = $1 and assignment.organization_id = any($2)
            and assignment.revoked_at is null and assignment.deleted_at is null
            and (assignment.expires_at is null or assignment.expires_at > $4)
        union all
        select assignment.index_id, null, member.user_id, assignment.role_id
        from member_roles assignment
        join tenant_memberships member on member.tenant_id = $1 and member.id = assignment.tenant_membership_id
        where assignment.tenant_id = $1 and assignment.organization_id is null and member.user_id = any($3)
            and assignment.revoked_at is null and assignment.deleted_at is null
            and (assignment.expires_at is null or assignment.expires_at > $4)
    ) assigned
    order by assigned.index_id";

/// From so many organizations, and so many people in each, on.
const MANY: usize = 4;

struct Assigned {
    organization: Option<OrganizationId>,
    user: UserId,
    role: RoleId,
}

impl FromRow for Assigned {
    const WANTED: &'static [Wanted] =
        &[Wanted("assigned.organization_id", &[]), Wanted("assigned.user_id", &[]), Wanted("assigned.role_id", &[])];

    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            organization: row.column::<Option<Uuid>>()?.map(OrganizationId::from),
            user: row.column::<Uuid>()?.into(),
            role: row.column::<Uuid>()?.into(),
        })
    }
}

/// The roles in force for each member: the base role, then those assigned there or in the whole tenant. One statement.
pub async fn roles_of_members(request: Request, members: Vec<Assignee>, _: Arc<()>) -> Result<Vec<Vec<Arc<Role>>>, Error> {
    let reader = request.reader().await?;
    let Some(book) = reader.roles().await? else { return Ok(vec![Vec::new(); members.len()]) };
    let mut organizations: Vec<Uuid> = members.iter().map(|member| member.organization.uuid()).collect();
    organizations.sort_unstable();
    organizations.dedup();
    let mut users: Vec<Uuid> = members.iter().map(|member| member.user.uuid()).collect();
    users.sort_unstable();
    users.dedup();
    let by_organization = organizations.len() >= MANY && users.len() >= MANY * organizations.len();
    let assigned = if by_organization { ASSIGNED_BY_ORGANIZATION } else { ASSIGNED_BY_USER };
    let binds = Binds::of([organizations.into(), users.into(), request.now().into()]);
    let mut of_user: HashMap<UserId, Vec<Assigned>> = HashMap::new();
    for assigned in reader.all::<Assigned>(assigned, binds).await? {
        of_user.entry(assigned.user).or_default().push(assigned);
    }
    let roles = |member: &Assignee| {
        let mut roles: Vec<Arc<Role>> = book.base(member.base).cloned().into_iter().collect();
        for assigned in of_user.get(&member.user).into_iter().flatten() {
            let applies = assigned.organization.is_none_or(|organization| organization == member.organization);
            match book.get(assigned.role) {
                Some(role) if applies && !roles.iter().any(|known| known.id == role.id) => roles.push(Arc::clone(role)),
                _ => {}
            }
        }
        roles
    };
    Ok(members.iter().map(roles).collect())
}
