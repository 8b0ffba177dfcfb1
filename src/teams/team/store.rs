//! Every statement that reads teams.

use std::collections::HashMap;
use std::sync::Arc;

use entity::id::{OrganizationId, OrganizationMembershipId, RoleId, TeamId, TenantMembershipId, UserId};
use migration::catalog::Permission;
use uuid::Uuid;

use super::{Team, TeamArguments};
use crate::access::Role;
use crate::database::{Binds, COLUMNS, FromRow, Row, Wanted, contains};
use crate::error::Error;
use crate::graph::Connection;
use crate::page::{Listed, ListsBelow, Page};
use crate::request::{Reader, Request};

impl FromRow for Team {
    const WANTED: &'static [Wanted] = &[
        Wanted("team.id", &[]),
        Wanted("team.index_id", &[]),
        Wanted("team.organization_id", &[]),
        // The key of the order by name, too.
        Wanted("team.name", &[]),
        Wanted("team.description", &["description"]),
        Wanted("team.parent_team_id", &["parent"]),
        Wanted("team.created_at", &["createdAt"]),
        Wanted("team.updated_at", &["updatedAt"]),
    ];

    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.column::<Uuid>()?.into(),
            index_id: row.column()?,
            organization: row.column::<Uuid>()?.into(),
            name: row.column()?,
            description: row.column()?,
            parent: row.column::<Option<Uuid>>()?.map(TeamId::from),
            created_at: row.column()?,
            updated_at: row.column()?,
        })
    }
}

impl Listed for Team {
    fn index_id(&self) -> i64 {
        self.index_id
    }

    fn sort_key(&self) -> &str {
        &self.name
    }
}

/// A team lives while its organization does.
const IN_LIVING_ORGANIZATION: &str = "join organizations organization
    on organization.tenant_id = $1 and organization.id = team.organization_id and organization.deleted_at is null";

/// ` and …` for the teams that the caller may know of; empty where it may know of all.
async fn visible(reader: &Reader, binds: &mut Binds) -> Result<String, Error> {
    let visible = reader.profile().await?.organizations(Permission::TeamsRead).condition("team.organization_id", binds);
    Ok(visible.map(|visible| format!(" and {visible}")).unwrap_or_default())
}

/// Teams of the tenant, for relations that have been decided already.
pub async fn teams_by_id(request: Request, ids: Vec<TeamId>) -> Result<HashMap<TeamId, Arc<Team>>, Error> {
    by_id(&*request.reader().await?, ids, String::new(), Binds::new()).await
}

/// The teams among these that the caller may know of.
pub async fn visible_teams(request: Request, ids: Vec<TeamId>) -> Result<HashMap<TeamId, Arc<Team>>, Error> {
    let reader = request.reader().await?;
    let mut binds = Binds::new();
    let visible = visible(&reader, &mut binds).await?;
    by_id(&reader, ids, visible, binds).await
}

async fn by_id(reader: &Reader, ids: Vec<TeamId>, visible: String, mut binds: Binds) -> Result<HashMap<TeamId, Arc<Team>>, Error> {
    let ids: Vec<Uuid> = ids.into_iter().map(TeamId::uuid).collect();
    let ids = binds.bind(ids);
    let sql = format!(
        "select {COLUMNS} from teams team {IN_LIVING_ORGANIZATION}
        where team.tenant_id = $1 and team.id = any({ids}) and team.deleted_at is null{visible}"
    );
    let rows: Vec<Team> = reader.objects(sql, binds).await?;
    Ok(rows.into_iter().map(|row| (row.id, Arc::new(row))).collect())
}

/// A page of the teams of each organization. The guard of the field has decided about the organization.
pub async fn teams_of_organizations(
    request: Request,
    organizations: Vec<OrganizationId>,
    page: Page<TeamArguments>,
) -> Result<Vec<Arc<Connection<Team>>>, Error> {
    let keys = organizations.into_iter().map(OrganizationId::uuid).collect();
    list(&request, "", "teams team where team.tenant_id = $1 and team.organization_id = parent.id", keys, page).await
}

/// A page of the teams directly below each team.
pub(super) async fn teams_below(
    request: Request,
    teams: Vec<TeamId>,
    page: Page<TeamArguments>,
) -> Result<Vec<Arc<Connection<Team>>>, Error> {
    // The index of children begins with the organization, which a child shares with its parent.
    let parents = " join teams above on above.tenant_id = $1 and above.id = parent.id";
    let rows = "teams team where team.tenant_id = $1 and team.organization_id = above.organization_id
        and team.parent_team_id = above.id";
    list(&request, parents, rows, teams.into_iter().map(TeamId::uuid).collect(), page).await
}

/// A page of the teams that each user is in.
pub async fn teams_of_users(
    request: Request,
    users: Vec<UserId>,
    page: Page<TeamArguments>,
) -> Result<Vec<Arc<Connection<Team>>>, Error> {
    let parents = " join tenant_memberships member
        on member.tenant_id = $1 and member.user_id = parent.id and member.deleted_at is null";
    list(&request, parents, &of_member(""), users.into_iter().map(UserId::uuid).collect(), page).await
}

/// A page of the teams that each member of the tenant is in.
pub async fn teams_of_tenant_memberships(
    request: Request,
    memberships: Vec<TenantMembershipId>,
    page: Page<TeamArguments>,
) -> Result<Vec<Arc<Connection<Team>>>, Error> {
    let parents = " join tenant_memberships member
        on member.tenant_id = $1 and member.id = parent.id and member.deleted_at is null";
    list(&request, parents, &of_member(""), memberships.into_iter().map(TenantMembershipId::uuid).collect(), page).await
}

/// A page of the teams that each member of an organization is in there.
pub async fn teams_of_memberships(
    request: Request,
    memberships: Vec<OrganizationMembershipId>,
    page: Page<TeamArguments>,
) -> Result<Vec<Arc<Connection<Team>>>, Error> {
    let parents = " join organization_memberships seat on seat.tenant_id = $1 and seat.id = parent.id
        join tenant_memberships member on member.tenant_id = $1 and member.user_id = seat.user_id and member.deleted_at is null";
    let rows = of_member(" and team.organization_id = seat.organization_id");
    list(&request, parents, &rows, memberships.into_iter().map(OrganizationMembershipId::uuid).collect(), page).await
}

/// The teams that `member` is in.
fn of_member(and: &str) -> String {
    format!(
        "team_members place join teams team on team.tenant_id = $1 and team.id = place.team_id {IN_LIVING_ORGANIZATION}
        where place.tenant_id = $1 and place.tenant_membership_id = member.id{and}"
    )
}

async fn list(
    request: &Request,
    parents: &'static str,
    rows: &str,
    keys: Vec<Uuid>,
    page: Page<TeamArguments>,
) -> Result<Vec<Arc<Connection<Team>>>, Error> {
    let reader = request.reader().await?;
    let mut binds = Binds::new();
    let visible = visible(&reader, &mut binds).await?;
    let filter = &page.arguments.filter;
    let mut rows = format!("{rows} and team.deleted_at is null{visible}");
    if let Some(name) = &filter.name {
        rows += &format!(" and team.name ilike {}", binds.bind(contains(name)));
    }
    if let Some(parent) = filter.parent {
        rows += &format!(" and team.parent_team_id = {}", binds.bind(parent.uuid()));
    }
    match filter.is_root {
        Some(true) => rows += " and team.parent_team_id is null",
        Some(false) => rows += " and team.parent_team_id is not null",
        None => {}
    }
    ListsBelow { parents, rows, order: page.arguments.order.order() }.load(&reader, keys, binds, &page).await
}

/// The teams that each team is a part of, the nearest first. A deleted one ends the chain.
pub(super) async fn ancestors_of_teams(request: Request, teams: Vec<TeamId>, _: Arc<()>) -> Result<Vec<Vec<Arc<Team>>>, Error> {
    let reader = request.reader().await?;
    let mut binds = Binds::new();
    let visible = visible(&reader, &mut binds).await?;
    let keys: Vec<Uuid> = teams.iter().map(|team| team.uuid()).collect();
    let placeholder = binds.bind(keys);
    // Parents form a tree, as the database makes sure, so the way up ends.
    let sql = format!(
        "with recursive parent(id, next, distance) as (
            select team.id, team.parent_team_id, 1 from teams team where team.tenant_id = $1 and team.id = any({placeholder})
            union all
            select parent.id, team.parent_team_id, parent.distance + 1 from parent
            join teams team on team.tenant_id = $1 and team.id = parent.next and team.deleted_at is null)
        select {COLUMNS} from parent join teams team on team.tenant_id = $1 and team.id = parent.next and team.deleted_at is null{visible}
        order by parent.distance"
    );
    let mut of_team: HashMap<Uuid, Vec<Arc<Team>>> = HashMap::new();
    for child in reader.children::<Team>(sql, binds).await? {
        of_team.entry(child.parent).or_default().push(Arc::new(child.row));
    }
    Ok(teams.iter().map(|team| of_team.get(&team.uuid()).cloned().unwrap_or_default()).collect())
}

struct RoleOfTeam {
    team: Uuid,
    role: RoleId,
}

impl FromRow for RoleOfTeam {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self { team: row.column()?, role: row.column::<Uuid>()?.into() })
    }
}

/// The living roles of each team, the oldest first.
pub(super) async fn roles_of_teams(request: Request, teams: Vec<TeamId>, _: Arc<()>) -> Result<Vec<Vec<Arc<Role>>>, Error> {
    const ROLES: &str =
        "select given.team_id, given.role_id from team_roles given where given.tenant_id = $1 and given.team_id = any($2)";
    let reader = request.reader().await?;
    let Some(book) = reader.roles().await? else { return Ok(vec![Vec::new(); teams.len()]) };
    let keys: Vec<Uuid> = teams.iter().map(|team| team.uuid()).collect();
    let mut of_team: HashMap<Uuid, Vec<Arc<Role>>> = HashMap::new();
    for given in reader.all::<RoleOfTeam>(ROLES, Binds::of([keys.into()])).await? {
        of_team.entry(given.team).or_default().extend(book.get(given.role).cloned());
    }
    for roles in of_team.values_mut() {
        roles.sort_unstable_by_key(|role| role.index_id);
    }
    Ok(teams.iter().map(|team| of_team.get(&team.uuid()).cloned().unwrap_or_default()).collect())
}
