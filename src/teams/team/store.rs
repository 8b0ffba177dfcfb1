//! Every statement that reads teams.

use std::collections::HashMap;
use std::sync::Arc;

use entity::TypedId;
use entity::id::{OrganizationId, OrganizationMembershipId, RoleId, TeamId, TenantMembershipId, UserId};
use migration::catalog::Permission;
use uuid::Uuid;

use super::{Team, TeamArguments};
use crate::access::{Role, Scope};
use crate::database::{Binds, COLUMNS, CURSOR, FromRow, Row, Wanted, contains};
use crate::error::Error;
use crate::graph::Connection;
use crate::page::{Listed, ListsBelow, Page};
use crate::request::{Reader, Request};
use crate::tenancy::tenant_membership::{MEMBER, MEMBER_OF_SEAT};

impl FromRow for Team {
    const WANTED: &'static [Wanted] = &[
        Wanted("team.id", &[]),
        Wanted("team.index_id", &[CURSOR]),
        Wanted("team.organization_id", &[]),
        // The key of the order by name, too.
        Wanted("team.name", &["name", CURSOR]),
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

    fn sort_key(&self) -> Option<&str> {
        Some(&self.name)
    }
}

/// A team lives while its organization does.
const IN_LIVING_ORGANIZATION: &str = "join organizations organization
    on organization.tenant_id = $1 and organization.id = team.organization_id and organization.deleted_at is null";

/// Teams of the tenant, for relations that have been decided already.
pub async fn teams_by_id(request: Request, ids: Vec<TeamId>) -> Result<HashMap<TeamId, Arc<Team>>, Error> {
    let ids: Vec<Uuid> = ids.into_iter().map(TeamId::uuid).collect();
    let sql = format!(
        "select {COLUMNS} from teams team {IN_LIVING_ORGANIZATION}
        where team.tenant_id = $1 and team.id = any($2) and team.deleted_at is null"
    );
    let rows: Vec<Team> = request.reader().await?.objects(sql, Binds::of([ids.into()])).await?;
    Ok(rows.into_iter().map(|row| (row.id, Arc::new(row))).collect())
}

/// The teams among these that the caller may know of.
pub async fn visible_teams(request: Request, ids: Vec<TeamId>) -> Result<HashMap<TeamId, Arc<Team>>, Error> {
    let rows = teams_by_id(request.clone(), ids).await?;
    let scopes: Vec<Scope> = rows.values().map(|team| Scope::Team(team.organization, team.id)).collect();
    let visible = request.reader().await?.may_each(Permission::TeamsRead, &scopes).await?;
    Ok(rows.into_iter().zip(visible).filter(|(_, visible)| *visible).map(|(row, _)| row).collect())
}

/// A page of the teams of each organization that the caller may know of.
pub async fn teams_of_organizations(
    request: Request,
    organizations: Vec<OrganizationId>,
    page: Page<TeamArguments>,
) -> Result<Vec<Arc<Connection<Team>>>, Error> {
    let keys = organizations.iter().map(|id| id.uuid()).collect();
    let rows = "teams team where team.tenant_id = $1 and team.organization_id = parent.id";
    list(&*request.reader().await?, "", rows, keys, &organizations, page).await
}

/// A page of the teams directly below each team, which is in this organization.
pub(super) async fn teams_below(
    request: Request,
    teams: Vec<(OrganizationId, TeamId)>,
    page: Page<TeamArguments>,
) -> Result<Vec<Arc<Connection<Team>>>, Error> {
    let (organizations, keys) = apart(teams);
    // The index of children begins with the organization, which a child shares with its parent.
    let parents = " cross join lateral (select above.id, above.organization_id from teams above
        where above.tenant_id = $1 and above.id = parent.id limit 1) above";
    let rows = "teams team where team.tenant_id = $1 and team.organization_id = above.organization_id
        and team.parent_team_id = above.id";
    list(&*request.reader().await?, parents, rows, keys, &organizations, page).await
}

/// A page of the teams that each member of an organization is in there.
pub async fn teams_of_memberships(
    request: Request,
    memberships: Vec<(OrganizationId, OrganizationMembershipId)>,
    page: Page<TeamArguments>,
) -> Result<Vec<Arc<Connection<Team>>>, Error> {
    let (organizations, keys) = apart(memberships);
    let rows = format!("{} and team.organization_id = member.organization_id", of_member());
    list(&*request.reader().await?, MEMBER_OF_SEAT, &rows, keys, &organizations, page).await
}

/// A page of the teams that each user is in.
pub async fn teams_of_users(
    request: Request,
    users: Vec<UserId>,
    page: Page<TeamArguments>,
) -> Result<Vec<Arc<Connection<Team>>>, Error> {
    let parents = " cross join lateral (select member.id from tenant_memberships member
        where member.tenant_id = $1 and member.user_id = parent.id and member.deleted_at is null limit 1) member";
    of_members(&*request.reader().await?, parents, users.into_iter().map(UserId::uuid).collect(), page).await
}

/// A page of the teams that each member of the tenant is in.
pub async fn teams_of_tenant_memberships(
    request: Request,
    memberships: Vec<TenantMembershipId>,
    page: Page<TeamArguments>,
) -> Result<Vec<Arc<Connection<Team>>>, Error> {
    let keys = memberships.into_iter().map(TenantMembershipId::uuid).collect();
    of_members(&*request.reader().await?, MEMBER, keys, page).await
}

/// The teams that `member` is in.
fn of_member() -> String {
    format!(
        "team_members place join teams team on team.tenant_id = $1 and team.id = place.team_id {IN_LIVING_ORGANIZATION}
        where place.tenant_id = $1 and place.tenant_membership_id = member.id"
    )
}

/// The teams of members, wherever these are: in one statement more, because what may be shown hangs on the organizations.
async fn of_members(
    reader: &Reader,
    parents: &'static str,
    keys: Vec<Uuid>,
    page: Page<TeamArguments>,
) -> Result<Vec<Arc<Connection<Team>>>, Error> {
    let rows = of_member();
    let sql = format!(
        "select distinct place.organization_id from unnest($2::uuid[]) parent(id){parents}
        cross join lateral (select team.organization_id from {rows} and team.deleted_at is null) place"
    );
    let places: Vec<Place> = reader.all(sql, Binds::of([keys.clone().into()])).await?;
    let organizations: Vec<OrganizationId> = places.into_iter().map(|Place(organization)| organization).collect();
    list(reader, parents, &rows, keys, &organizations, page).await
}

struct Place(OrganizationId);

impl FromRow for Place {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self(row.column::<Uuid>()?.into()))
    }
}

fn apart<I: TypedId>(pairs: Vec<(OrganizationId, I)>) -> (Vec<OrganizationId>, Vec<Uuid>) {
    pairs.into_iter().map(|(organization, id)| (organization, id.uuid())).unzip()
}

/// Pages of teams, all of which are in these organizations.
async fn list(
    reader: &Reader,
    parents: &'static str,
    rows: &str,
    keys: Vec<Uuid>,
    organizations: &[OrganizationId],
    page: Page<TeamArguments>,
) -> Result<Vec<Arc<Connection<Team>>>, Error> {
    let mut binds = Binds::new();
    let visible = visible(reader, organizations, &mut binds).await?;
    let filter = &page.arguments.filter;
    let mut rows = format!("{rows} and team.deleted_at is null and {visible}");
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
    ListsBelow { parents, rows, order: page.arguments.order.order() }.load(reader, keys, binds, &page).await
}

/// The condition that shows those teams of these organizations that the caller may know of.
async fn visible(reader: &Reader, organizations: &[OrganizationId], binds: &mut Binds) -> Result<String, Error> {
    let mut organizations = organizations.to_vec();
    organizations.sort_unstable();
    organizations.dedup();
    let filter = reader.teams(Permission::TeamsRead, &organizations).await?;
    Ok(filter.condition("team.organization_id", "team.id", binds))
}

/// The teams that each team is a part of, the nearest first. A deleted one ends the chain.
pub(super) async fn ancestors_of_teams(
    request: Request,
    teams: Vec<(OrganizationId, TeamId)>,
    _: Arc<()>,
) -> Result<Vec<Vec<Arc<Team>>>, Error> {
    let reader = request.reader().await?;
    let (organizations, keys) = apart(teams);
    let mut binds = Binds::new();
    let visible = visible(&reader, &organizations, &mut binds).await?;
    let placeholder = binds.bind(keys.clone());
    // Parents form a tree, as the database makes sure, so the way up ends.
    let sql = format!(
        "with recursive parent(id, next, distance) as (
            select team.id, team.parent_team_id, 1 from teams team where team.tenant_id = $1 and team.id = any({placeholder})
            union all
            select parent.id, team.parent_team_id, parent.distance + 1 from parent
            join teams team on team.tenant_id = $1 and team.id = parent.next and team.deleted_at is null)
        select {COLUMNS} from parent
        join teams team on team.tenant_id = $1 and team.id = parent.next and team.deleted_at is null
        where {visible} order by parent.distance"
    );
    let mut of_team: HashMap<Uuid, Vec<Arc<Team>>> = HashMap::new();
    for child in reader.children::<Team>(sql, binds).await? {
        of_team.entry(child.parent).or_default().push(Arc::new(child.row));
    }
    Ok(keys.iter().map(|key| of_team.get(key).cloned().unwrap_or_default()).collect())
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
