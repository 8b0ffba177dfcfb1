//! Every statement about memberships.

use std::collections::HashMap;
use std::sync::Arc;

use entity::id::{MemberRoleId, OrganizationId, OrganizationMembershipId, UserId};
use entity::organization_membership::OrganizationRole;
use entity::tenant_membership::MembershipStatus;
use migration::catalog::Permission;
use rustc_hash::FxHashMap;
use uuid::Uuid;

use super::{MembershipArguments, OrganizationMemberRole, OrganizationMembership};
use crate::access::Scope;
use crate::database::{Binds, COLUMNS, CURSOR, FromRow, Row, Wanted, contains};
use crate::error::Error;
use crate::graph::Connection;
use crate::page::{Cursor, Keyset, Order, Page, Total};
use crate::request::{Reader, Request};

/// The longest-standing first.
const ORDER: Order = Order { tag: 'm', key: None, index_id: "membership.index_id", descending: false };

impl FromRow for OrganizationMembership {
    const WANTED: &'static [Wanted] = &[
        Wanted("membership.id", &[]),
        Wanted("membership.index_id", &[CURSOR]),
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
    let me = reader.caller.person();
    let rows = rows.into_iter().zip(visible).filter(|(row, visible)| Some(row.user) == me || *visible);
    Ok(rows.map(|(row, _)| (row.id, Arc::new(row))).collect())
}

/// What leads to a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MembershipSource {
    /// It itself.
    Itself(OrganizationMembershipId),
    /// A role that its user was given in its organization.
    Assignment(MemberRoleId),
}

/// The memberships to which these lead, of those that the caller may know of.
pub async fn memberships_of_sources(
    request: Request,
    sources: Vec<MembershipSource>,
) -> Result<HashMap<MembershipSource, Arc<OrganizationMembership>>, Error> {
    const OF_ASSIGNMENTS: &str = "
        select assignment.id, membership.id
        from member_roles assignment
        join tenant_memberships member on member.tenant_id = assignment.tenant_id and member.id = assignment.tenant_membership_id
        join organization_memberships membership
            on membership.tenant_id = assignment.tenant_id and membership.organization_id = assignment.organization_id
                and membership.user_id = member.user_id
        where assignment.tenant_id = $1 and assignment.id = any($2)";
    let mut ids = HashMap::new();
    let mut assignments = Vec::new();
    for source in sources {
        match source {
            MembershipSource::Itself(id) => drop(ids.insert(source, id)),
            MembershipSource::Assignment(id) => assignments.push(id.uuid()),
        }
    }
    if !assignments.is_empty() {
        let found: Vec<OfAssignment> = request.reader().await?.all(OF_ASSIGNMENTS, Binds::of([assignments.into()])).await?;
        ids.extend(found.into_iter().map(|found| (MembershipSource::Assignment(found.assignment), found.membership)));
    }
    let memberships = memberships_by_id(request, ids.values().copied().collect()).await?;
    Ok(ids.into_iter().filter_map(|(source, id)| Some((source, Arc::clone(memberships.get(&id)?)))).collect())
}

struct OfAssignment {
    assignment: MemberRoleId,
    membership: OrganizationMembershipId,
}

impl FromRow for OfAssignment {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self { assignment: row.column::<Uuid>()?.into(), membership: row.column::<Uuid>()?.into() })
    }
}

/// A page of the members of each organization, which comes with its owner, so that nobody looks it up again. That the caller
/// may see them, the guard of the field has decided.
pub async fn members_of_organizations(
    request: Request,
    organizations: Vec<(OrganizationId, UserId)>,
    page: Page<MembershipArguments>,
) -> Result<Vec<Arc<Connection<OrganizationMembership>>>, Error> {
    let (keys, owners) = organizations.into_iter().map(|(id, owner)| (id.uuid(), owner.uuid())).unzip();
    let parent = Parent::Organization { owners };
    connections(&*request.reader().await?, &parent, keys, String::new(), Binds::new(), page).await
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
        Some(visible) => match reader.caller.person() {
            Some(me) => format!(" and (membership.user_id = {} or {visible})", binds.bind(me.uuid())),
            None => format!(" and {visible}"),
        },
        None => String::new(),
    };
    let keys = users.into_iter().map(UserId::uuid).collect();
    connections(&reader, &Parent::User, keys, visible, binds, page).await
}

/// A page of the caller's own memberships; a program has none.
pub async fn memberships_of_caller(
    request: Request,
    users: Vec<Option<UserId>>,
    page: Page<MembershipArguments>,
) -> Result<Vec<Arc<Connection<OrganizationMembership>>>, Error> {
    let keys = users.into_iter().map(|user| user.map_or_else(Uuid::nil, UserId::uuid)).collect();
    connections(&*request.reader().await?, &Parent::User, keys, String::new(), Binds::new(), page).await
}

/// The rows that memberships hang below.
enum Parent {
    Organization { owners: Vec<Uuid> },
    User,
}

impl Parent {
    fn of(&self, row: &OrganizationMembership) -> Uuid {
        match self {
            Self::Organization { .. } => row.organization.uuid(),
            Self::User => row.user.uuid(),
        }
    }

    /// The parents as a table with the column `id`, its values bound.
    fn table(&self, keys: &[Uuid], binds: &mut Binds) -> String {
        let keys = binds.bind(keys.to_vec());
        match self {
            Self::Organization { owners } => {
                format!("unnest({keys}::uuid[], {}::uuid[]) parent(id, owner_id)", binds.bind(owners.clone()))
            }
            Self::User => format!("unnest({keys}::uuid[]) parent(id)"),
        }
    }

    /// A statement over all parents, `rows` being what is read for each.
    fn for_each(&self, parents: &str, rows: impl FnOnce(&str) -> String) -> String {
        let rows = match self {
            Self::Organization { .. } => rows(
                "(select parent.owner_id) organization, organization_memberships membership
                where membership.organization_id = parent.id",
            ),
            Self::User => rows(
                "organization_memberships membership
                join organizations organization on organization.tenant_id = $1 and organization.deleted_at is null
                    and organization.id = membership.organization_id
                where membership.user_id = parent.id",
            ),
        };
        format!("select page.* from {parents} cross join lateral ({rows}) page")
    }
}

/// One statement for the rows of all parents, paged for each in a lateral join, and one more where totals are wanted.
async fn connections(
    reader: &Reader,
    parent: &Parent,
    keys: Vec<Uuid>,
    visible: String,
    mut binds: Binds,
    page: Page<MembershipArguments>,
) -> Result<Vec<Arc<Connection<OrganizationMembership>>>, Error> {
    let parents = parent.table(&keys, &mut binds);
    let conditions = format!("membership.tenant_id = $1 and membership.deleted_at is null{visible}{}", filtered(&page, &mut binds));
    let mut totals: HashMap<Uuid, i64> = HashMap::new();
    if page.wants_total {
        let sql = parent.for_each(&parents, |from| format!("select parent.id, count(*) from {from} and {conditions}"));
        totals = reader.all::<Total>(sql, binds.clone()).await?.into_iter().map(|total| (total.parent, total.count)).collect();
    }
    let keyset = page.keyset(ORDER, &mut binds)?;
    let mut of_parent: FxHashMap<Uuid, Vec<(Cursor, Arc<OrganizationMembership>)>> = FxHashMap::default();
    if page.wants_rows {
        // A lateral sub-select with a limit can only be a nested loop, so the rows of a parent come in its order.
        let sql = parent.for_each(&parents, |from| {
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
