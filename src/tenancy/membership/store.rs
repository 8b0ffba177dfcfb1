//! Every statement about memberships.

use std::collections::HashMap;
use std::sync::Arc;

use entity::id::{OrganizationId, OrganizationMembershipId, UserId};
use entity::organization_membership::OrganizationRole;
use entity::tenant_membership::MembershipStatus;
use migration::catalog::Permission;
use uuid::Uuid;

use super::{MembershipArguments, OrganizationMemberRole, OrganizationMembership};
use crate::access::Scope;
use crate::database::{Binds, COLUMNS, FromRow, Row, Wanted, contains};
use crate::error::Error;
use crate::graph::Connection;
use crate::page::{Cursor, Keyset, Order, Page};
use crate::request::{Reader, Request};

/// The longest-standing first.
const ORDER: Order = Order { tag: 'm', key: None, index_id: "membership.index_id", descending: false };

impl FromRow for OrganizationMembership {
    const WANTED: &'static [Wanted] = &[
        Wanted("membership.id", &[]),
        Wanted("membership.index_id", &[]),
        Wanted("membership.organization_id", &[]),
        Wanted("membership.user_id", &[]),
        Wanted("membership.role", &["role", "roles"]),
        Wanted("membership.user_id = organization.owner_id", &["role", "roles"]),
        Wanted("membership.status", &["status"]),
        Wanted("membership.last_active_at", &["lastActiveAt"]),
        Wanted("membership.created_at", &["createdAt"]),
        Wanted("membership.updated_at", &["updatedAt"]),
    ];

    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        let (id, index_id) = (row.column::<Uuid>()?.into(), row.column()?);
        let (organization, user) = (row.column::<Uuid>()?.into(), row.column::<Uuid>()?.into());
        let stored = OrganizationMemberRole::Stored(row.member(OrganizationRole::as_str)?);
        let role = if row.column()? { OrganizationMemberRole::Owner } else { stored };
        Ok(Self {
            id,
            index_id,
            organization,
            user,
            role,
            status: row.member(MembershipStatus::as_str)?,
            last_active_at: row.column()?,
            created_at: row.column()?,
            updated_at: row.column()?,
        })
    }
}

/// The memberships among these ids that the caller may know of: its own, and those of organizations whose members it may see.
pub async fn memberships_by_id(
    request: Request,
    ids: Vec<OrganizationMembershipId>,
) -> Result<HashMap<OrganizationMembershipId, Arc<OrganizationMembership>>, Error> {
    let reader = request.reader().await?;
    let ids: Vec<Uuid> = ids.into_iter().map(OrganizationMembershipId::uuid).collect();
    let sql = format!(
        "select {COLUMNS} from organization_memberships membership
        join organizations organization
            on organization.tenant_id = membership.tenant_id and organization.id = membership.organization_id and organization.deleted_at is null
        where membership.tenant_id = $1 and membership.id = any($2) and membership.deleted_at is null"
    );
    let rows: Vec<OrganizationMembership> = reader.objects(sql, Binds::of([ids.into()])).await?;
    let scopes: Vec<Scope> = rows.iter().map(|row| Scope::Organization(row.organization)).collect();
    let visible = reader.may_each(Permission::MembersRead, &scopes).await?;
    let me = reader.caller.user;
    let rows = rows.into_iter().zip(visible).filter(|(row, visible)| row.user == me || *visible);
    Ok(rows.map(|(row, _)| (row.id, Arc::new(row))).collect())
}

/// A page of the members of each organization. That the caller may see them, the guard of the field has decided.
pub async fn members_of_organizations(
    request: Request,
    organizations: Vec<OrganizationId>,
    page: Page<MembershipArguments>,
) -> Result<Vec<Arc<Connection<OrganizationMembership>>>, Error> {
    let keys = organizations.into_iter().map(OrganizationId::uuid).collect();
    connections(&*request.reader().await?, Parent::Organization, keys, String::new(), Binds::new(), page).await
}

/// A page of the memberships of each user, in organizations whose members the caller may see; its own all.
pub async fn memberships_of_users(
    request: Request,
    users: Vec<UserId>,
    page: Page<MembershipArguments>,
) -> Result<Vec<Arc<Connection<OrganizationMembership>>>, Error> {
    let reader = request.reader().await?;
    let mut binds = Binds::new();
    let visible = match reader.organizations(Permission::MembersRead).await?.condition("membership.organization_id", &mut binds) {
        Some(visible) => format!(" and (membership.user_id = {} or {visible})", binds.bind(reader.caller.user.uuid())),
        None => String::new(),
    };
    let keys = users.into_iter().map(UserId::uuid).collect();
    connections(&reader, Parent::User, keys, visible, binds, page).await
}

/// A page of the caller's own memberships.
pub async fn memberships_of_caller(
    request: Request,
    users: Vec<UserId>,
    page: Page<MembershipArguments>,
) -> Result<Vec<Arc<Connection<OrganizationMembership>>>, Error> {
    let keys = users.into_iter().map(UserId::uuid).collect();
    connections(&*request.reader().await?, Parent::User, keys, String::new(), Binds::new(), page).await
}

/// The rows that memberships hang below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parent {
    Organization,
    User,
}

impl Parent {
    /// The column that leads to the parent.
    fn column(self) -> &'static str {
        match self {
            Self::Organization => "membership.organization_id",
            Self::User => "membership.user_id",
        }
    }

    fn of(self, row: &OrganizationMembership) -> Uuid {
        match self {
            Self::Organization => row.organization.uuid(),
            Self::User => row.user.uuid(),
        }
    }

    /// A statement over all parents, `rows` being what is read for each. The organization is joined where there are fewest
    /// rows: once for each parent that is one, else for each membership.
    fn for_each(self, keys: &str, rows: impl FnOnce(&str) -> String) -> String {
        let organization = "organizations organization on organization.tenant_id = $1 and organization.deleted_at is null";
        let column = self.column();
        match self {
            Self::Organization => format!(
                "select page.* from unnest({keys}::uuid[]) parent(id) join {organization} and organization.id = parent.id
                cross join lateral ({}) page",
                rows(&format!("organization_memberships membership where {column} = parent.id"))
            ),
            Self::User => format!(
                "select page.* from unnest({keys}::uuid[]) parent(id) cross join lateral ({}) page",
                rows(&format!(
                    "organization_memberships membership join {organization} and organization.id = membership.organization_id
                    where {column} = parent.id"
                ))
            ),
        }
    }
}

/// One statement for the rows of all parents, paged for each in a lateral join, and one more where totals are wanted.
async fn connections(
    reader: &Reader,
    parent: Parent,
    keys: Vec<Uuid>,
    visible: String,
    mut binds: Binds,
    page: Page<MembershipArguments>,
) -> Result<Vec<Arc<Connection<OrganizationMembership>>>, Error> {
    let placeholder = binds.bind(keys.clone());
    let conditions = format!("membership.tenant_id = $1 and membership.deleted_at is null{visible}{}", filtered(&page, &mut binds));
    let mut totals: HashMap<Uuid, i64> = HashMap::new();
    if page.wants_total {
        let sql = parent.for_each(&placeholder, |from| format!("select parent.id, count(*) from {from} and {conditions}"));
        totals = reader.all::<Total>(sql, binds.clone()).await?.into_iter().map(|total| (total.parent, total.count)).collect();
    }
    let keyset = page.keyset(ORDER, &mut binds)?;
    let mut of_parent: HashMap<Uuid, Vec<(Cursor, Arc<OrganizationMembership>)>> = HashMap::with_capacity(keys.len());
    if page.wants_rows {
        // A lateral sub-select with a limit can only be a nested loop, so the rows of a parent come in its order.
        let sql = parent.for_each(&placeholder, |from| {
            let Keyset { condition, order_by, limit } = keyset;
            format!("select {COLUMNS} from {from} and {conditions}{condition} order by {order_by} limit {limit}")
        });
        for row in reader.objects::<OrganizationMembership>(sql, binds).await? {
            let cursor = Cursor { order: ORDER.tag, key: None, index_id: row.index_id };
            of_parent.entry(parent.of(&row)).or_default().push((cursor, Arc::new(row)));
        }
    }
    let connection = |key: &Uuid, rows| Arc::new(Connection::of(&page, rows, totals.get(key).copied().unwrap_or_default()));
    Ok(keys.iter().map(|key| connection(key, of_parent.remove(key).unwrap_or_default())).collect())
}

struct Total {
    parent: Uuid,
    count: i64,
}

impl FromRow for Total {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self { parent: row.column()?, count: row.column()? })
    }
}

fn filtered(page: &Page<MembershipArguments>, binds: &mut Binds) -> String {
    let filter = &page.arguments.filter;
    let mut conditions = String::new();
    match filter.role {
        Some(OrganizationMemberRole::Owner) => conditions += " and membership.user_id = organization.owner_id",
        Some(OrganizationMemberRole::Stored(role)) => {
            conditions +=
                &format!(" and membership.role = {} and membership.user_id <> organization.owner_id", binds.bind(role.as_str()));
        }
        None => {}
    }
    if let Some(status) = filter.status {
        conditions += &format!(" and membership.status = {}", binds.bind(status.as_str()));
    }
    if let Some(name) = &filter.name {
        conditions += &format!(
            " and exists (select from users person where person.id = membership.user_id and person.display_name ilike {})",
            binds.bind(contains(name))
        );
    }
    conditions
}
