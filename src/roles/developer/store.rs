//! Every statement about developer roles. They are no tenant's: Postgres shows them to developers, wherever these are.

use std::collections::HashMap;
use std::sync::Arc;

use entity::id::{DeveloperRoleAssignmentId, DeveloperRoleId, PermissionId};
use uuid::Uuid;

use super::{DeveloperRole, DeveloperRoleAssignment};
use crate::database::{Binds, COLUMNS, CURSOR, FromRow, Row, Wanted};
use crate::error::{Code, Error};
use crate::graph::Connection;
use crate::page::{Listed, ListsBelow, Order, Page};
use crate::request::{Reader, Request};

/// The oldest first.
const ROLES: Order = Order { tag: 'h', key: None, index_id: "role.index_id", descending: false };

/// The oldest first.
const ASSIGNMENTS: Order = Order { tag: 'j', key: None, index_id: "assignment.index_id", descending: false };

impl FromRow for DeveloperRole {
    const WANTED: &'static [Wanted] = &[
        Wanted("role.id", &[]),
        Wanted("role.index_id", &[CURSOR]),
        Wanted("role.key", &["key"]),
        Wanted("role.name", &["name"]),
        Wanted("role.description", &["description"]),
        Wanted(
            "array_to_string(array(select held.permission_id from developer_role_permissions held
                where held.developer_role_id = role.id), ' ')",
            &["permissions"],
        ),
        Wanted("role.created_at", &["createdAt"]),
        Wanted("role.updated_at", &["updatedAt"]),
    ];

    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.column::<Uuid>()?.into(),
            index_id: row.column()?,
            key: row.column()?,
            name: row.column()?,
            description: row.column()?,
            permissions: row
                .column::<&str>()?
                .split_terminator(' ')
                .filter_map(|id| id.parse().ok().map(|id: Uuid| PermissionId::from(id)))
                .collect(),
            created_at: row.column()?,
            updated_at: row.column()?,
        })
    }
}

impl FromRow for DeveloperRoleAssignment {
    const WANTED: &'static [Wanted] = &[
        Wanted("assignment.id", &[]),
        Wanted("assignment.index_id", &[CURSOR]),
        Wanted("assignment.developer_role_id", &[]),
        Wanted("assignment.user_id", &[]),
        Wanted("person.display_name", &["displayName"]),
        Wanted("assignment.assigned_at", &["assignedAt"]),
        Wanted("assignment.expires_at", &["expiresAt"]),
        Wanted("assignment.revoked_at", &["revokedAt"]),
    ];

    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.column::<Uuid>()?.into(),
            index_id: row.column()?,
            role: row.column::<Uuid>()?.into(),
            user: row.column::<Uuid>()?.into(),
            display_name: row.column()?,
            assigned_at: row.column()?,
            expires_at: row.column()?,
            revoked_at: row.column()?,
        })
    }
}

impl Listed for DeveloperRole {
    fn index_id(&self) -> i64 {
        self.index_id
    }
}

impl Listed for DeveloperRoleAssignment {
    fn index_id(&self) -> i64 {
        self.index_id
    }
}

/// The snapshot of a developer; others are refused.
async fn reader_of_developer(request: &Request) -> Result<Arc<Reader>, Error> {
    let reader = request.reader().await?;
    if reader.caller.is_developer && reader.caller.is_active {
        Ok(reader)
    } else {
        Err(Error::client(Code::Forbidden, "only the platform's own staff may ask for this"))
    }
}

/// A page of all developer roles.
pub(super) async fn roles(
    request: Request,
    parents: Vec<()>,
    page: Page<()>,
) -> Result<Vec<Arc<Connection<DeveloperRole>>>, Error> {
    let reader = reader_of_developer(&request).await?;
    // Every statement binds the tenant that was entered, also one about what is no tenant's.
    let rows = "developer_roles role where $1::uuid is not null".to_owned();
    let list = ListsBelow { parents: "", rows, order: ROLES };
    list.load(&reader, vec![Uuid::nil(); parents.len()], Binds::new(), &page).await
}

/// A page of the assignments of each developer role.
pub(super) async fn assignments(
    request: Request,
    roles: Vec<DeveloperRoleId>,
    page: Page<()>,
) -> Result<Vec<Arc<Connection<DeveloperRoleAssignment>>>, Error> {
    let reader = reader_of_developer(&request).await?;
    let rows = "developer_role_assignments assignment
        left join lateral tenantry_developer_names(array[assignment.user_id]) person on true
        where $1::uuid is not null and assignment.developer_role_id = parent.id"
        .to_owned();
    let keys = roles.into_iter().map(DeveloperRoleId::uuid).collect();
    ListsBelow { parents: "", rows, order: ASSIGNMENTS }.load(&reader, keys, Binds::new(), &page).await
}

/// The developer roles among these, for developers.
pub(super) async fn roles_by_id(
    request: Request,
    ids: Vec<DeveloperRoleId>,
) -> Result<HashMap<DeveloperRoleId, Arc<DeveloperRole>>, Error> {
    let reader = request.reader().await?;
    if !reader.caller.is_developer {
        return Ok(HashMap::new());
    }
    let ids: Vec<Uuid> = ids.into_iter().map(DeveloperRoleId::uuid).collect();
    let sql = format!("select {COLUMNS} from developer_roles role where $1::uuid is not null and role.id = any($2)");
    let rows: Vec<DeveloperRole> = reader.objects(sql, Binds::of([ids.into()])).await?;
    Ok(rows.into_iter().map(|row| (row.id, Arc::new(row))).collect())
}

/// The assignments among these, for developers.
pub(super) async fn assignments_by_id(
    request: Request,
    ids: Vec<DeveloperRoleAssignmentId>,
) -> Result<HashMap<DeveloperRoleAssignmentId, Arc<DeveloperRoleAssignment>>, Error> {
    let reader = request.reader().await?;
    if !reader.caller.is_developer {
        return Ok(HashMap::new());
    }
    let ids: Vec<Uuid> = ids.into_iter().map(DeveloperRoleAssignmentId::uuid).collect();
    let sql = format!(
        "select {COLUMNS} from developer_role_assignments assignment
        left join lateral tenantry_developer_names(array[assignment.user_id]) person on true
        where $1::uuid is not null and assignment.id = any($2)"
    );
    let rows: Vec<DeveloperRoleAssignment> = reader.objects(sql, Binds::of([ids.into()])).await?;
    Ok(rows.into_iter().map(|row| (row.id, Arc::new(row))).collect())
}
