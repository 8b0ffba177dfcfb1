//! Every statement about roles. The roles themselves come with the access version, so reading them costs none.

use std::collections::HashMap;
use std::sync::Arc;

use entity::id::{DeletionId, OrganizationId, RoleId, UserId};
use entity::role;
use migration::catalog::{BaseRole, Permission};
use rustc_hash::FxHashMap;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, EntityTrait, SqlErr};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::access::{Role, Scope};
use crate::database::{Binds, FromRow, Row, Wanted};
use crate::error::Error;
use crate::graph::{Change, Connection};
use crate::page::Page;
use crate::request::{Request, Writer};
use crate::roles::rule::RoleRule;

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
    let mut of_user: FxHashMap<UserId, Vec<Assigned>> = FxHashMap::default();
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

/// What is known of a role before it is made.
pub(super) struct NewRole {
    pub id: RoleId,
    pub key: String,
    pub name: String,
    pub description: String,
    pub parent: Option<RoleId>,
}

/// A role as it is stored, locked until the transaction ends.
#[derive(Clone)]
pub(super) struct Stored {
    pub key: String,
    pub name: String,
    pub description: String,
    pub parent: Option<RoleId>,
    pub is_system: bool,
    pub is_active: bool,
}

/// What may change about a role.
pub(super) struct Changes {
    pub name: Option<String>,
    pub description: Option<String>,
    pub parent: Change<RoleId>,
    pub is_active: Option<bool>,
    pub set: Vec<RoleRule>,
    pub remove: Vec<Permission>,
}

/// How much still needs a role.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Uses {
    pub members: i64,
    pub teams: i64,
    pub roles: i64,
    pub grants: i64,
}

/// Makes a role without rules. False where another one has the key.
pub(super) async fn insert(writer: &Writer, new: NewRole) -> Result<bool, Error> {
    let row = role::ActiveModel {
        tenant_id: Set(writer.presence()?.tenant),
        id: Set(new.id),
        key: Set(new.key),
        name: Set(new.name),
        description: Set(new.description),
        parent_role_id: Set(new.parent),
        ..Default::default()
    };
    match role::Entity::insert(row).exec_without_returning(&writer.transaction).await {
        Ok(_) => Ok(true),
        Err(error) => match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(constraint)) if constraint.contains("roles_key_key") => Ok(false),
            _ => Err(error.into()),
        },
    }
}

/// Locks a living role, where it is there.
pub(super) async fn lock(writer: &Writer, id: RoleId) -> Result<Option<Stored>, Error> {
    const LOCK: &str = "
        select role.key, role.name, role.description, role.parent_role_id, role.is_system, role.is_active
        from roles role where role.tenant_id = $1 and role.id = $2 and role.deleted_at is null for update";
    writer.transaction.one(LOCK, vec![writer.presence()?.tenant.uuid().into(), id.uuid().into()]).await
}

/// Changes a locked role, and its rules; gives it as it is then.
pub(super) async fn update(writer: &Writer, id: RoleId, stored: &Stored, changes: Changes) -> Result<Stored, Error> {
    let mut now = stored.clone();
    let mut row = role::ActiveModel { tenant_id: Set(writer.presence()?.tenant), id: Set(id), ..Default::default() };
    if let Some(name) = changes.name.filter(|name| *name != stored.name) {
        now.name.clone_from(&name);
        row.name = Set(name);
    }
    if let Some(description) = changes.description.filter(|description| *description != stored.description) {
        now.description.clone_from(&description);
        row.description = Set(description);
    }
    match changes.parent {
        Change::Set(parent) if parent != stored.parent => {
            now.parent = parent;
            row.parent_role_id = Set(parent);
        }
        Change::Keep | Change::Set(_) => {}
    }
    if let Some(is_active) = changes.is_active.filter(|is_active| *is_active != stored.is_active) {
        now.is_active = is_active;
        row.is_active = Set(is_active);
    }
    if row.is_changed() {
        row.update(&writer.transaction).await?;
    }
    set_rules(writer, id, &changes.set).await?;
    remove_rules(writer, id, &changes.remove).await?;
    Ok(now)
}

/// The rules of a role's own, as the transaction sees them.
pub(super) async fn rules(writer: &Writer, id: RoleId) -> Result<Vec<RoleRule>, Error> {
    Ok(writer.roles().await?.get(id).map(|role| role.rules.iter().map(RoleRule::of).collect()).unwrap_or_default())
}

/// Gives a role these rules, each in the place of the one that it has for the permission. What is the same stays untouched.
pub(super) async fn set_rules(writer: &Writer, id: RoleId, rules: &[RoleRule]) -> Result<(), Error> {
    const UPSERT: &str = "
        insert into role_permissions as held (tenant_id, role_id, permission_id, effect, conditions)
        select $1, $2, rule.permission_id, rule.effect, rule.conditions
        from jsonb_to_recordset($3) rule(permission_id uuid, effect text, conditions jsonb)
        on conflict (tenant_id, role_id, permission_id) do update set effect = excluded.effect, conditions = excluded.conditions
            where (held.effect, held.conditions) is distinct from (excluded.effect, excluded.conditions)";
    if rules.is_empty() {
        return Ok(());
    }
    let rows = rules.iter().map(|rule| {
        json!({
            "permission_id": Uuid::from_u128(rule.permission.id()),
            "effect": rule.effect.as_str(),
            "conditions": rule.conditions,
        })
    });
    let values = vec![writer.presence()?.tenant.uuid().into(), id.uuid().into(), Value::Array(rows.collect()).into()];
    writer.transaction.all::<i64>(UPSERT, values).await?;
    Ok(())
}

async fn remove_rules(writer: &Writer, id: RoleId, permissions: &[Permission]) -> Result<(), Error> {
    const REMOVE: &str = "
        delete from role_permissions rule where rule.tenant_id = $1 and rule.role_id = $2 and rule.permission_id = any($3)";
    if permissions.is_empty() {
        return Ok(());
    }
    let permissions: Vec<Uuid> = permissions.iter().map(|permission| Uuid::from_u128(permission.id())).collect();
    let values = vec![writer.presence()?.tenant.uuid().into(), id.uuid().into(), permissions.into()];
    writer.transaction.all::<i64>(REMOVE, values).await?;
    Ok(())
}

/// What still needs a role.
pub(super) async fn uses(writer: &Writer, id: RoleId) -> Result<Uses, Error> {
    const USES: &str = "
        select
            (select count(*) from member_roles assignment where assignment.tenant_id = $1 and assignment.role_id = $2
                and assignment.revoked_at is null and assignment.deleted_at is null
                and (assignment.expires_at is null or assignment.expires_at > $3)),
            (select count(*) from team_roles held
                join teams team on team.tenant_id = $1 and team.id = held.team_id and team.deleted_at is null
                where held.tenant_id = $1 and held.role_id = $2),
            (select count(*) from roles child
                where child.tenant_id = $1 and child.parent_role_id = $2 and child.deleted_at is null),
            (select count(*) from resource_grants held where held.tenant_id = $1 and held.role_id = $2
                and held.deleted_at is null and (held.expires_at is null or held.expires_at > $3))";
    let values = vec![writer.presence()?.tenant.uuid().into(), id.uuid().into(), writer.now.into()];
    Ok(writer.transaction.one(USES, values).await?.unwrap_or_default())
}

/// Deletes a locked role. Its row stays, so that what once was keeps a name.
pub(super) async fn delete(writer: &Writer, id: RoleId, deletion: DeletionId) -> Result<(), Error> {
    let row = role::ActiveModel {
        tenant_id: Set(writer.presence()?.tenant),
        id: Set(id),
        deleted_at: Set(Some(writer.now)),
        deletion_id: Set(Some(deletion)),
        ..Default::default()
    };
    row.update(&writer.transaction).await?;
    Ok(())
}

impl FromRow for Stored {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            key: row.column()?,
            name: row.column()?,
            description: row.column()?,
            parent: row.column::<Option<Uuid>>()?.map(RoleId::from),
            is_system: row.column()?,
            is_active: row.column()?,
        })
    }
}

impl FromRow for Uses {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self { members: row.column()?, teams: row.column()?, roles: row.column()?, grants: row.column()? })
    }
}
