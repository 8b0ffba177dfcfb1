//! Every statement that reads grants.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use entity::id::{OrganizationId, OrganizationMembershipId, ResourceGrantId, RoleId, TeamId, TenantMembershipId, UserId};
use entity::role_permission::Effect;
use migration::catalog::Permission;
use uuid::Uuid;

use super::ResourceGrant;
use super::query::OnResource;
use crate::access::{Resource, Scope};
use crate::database::{Binds, COLUMNS, CURSOR, FromRow, Row, Wanted};
use crate::error::Error;
use crate::graph::{Connection, Json};
use crate::page::{Listed, ListsBelow, Order, Page};
use crate::request::{Reader, Request};
use crate::tenancy::tenant_membership::MEMBER_OF_SEAT;

/// The oldest first.
const ORDER: Order = Order { tag: 'g', key: None, index_id: "given.index_id", descending: false };

impl FromRow for ResourceGrant {
    const WANTED: &'static [Wanted] = &[
        Wanted("given.id", &[]),
        Wanted("given.index_id", &[CURSOR]),
        Wanted("given.resource_type", &[]),
        Wanted("given.resource_id", &[]),
        Wanted("given.tenant_membership_id", &[]),
        Wanted("given.team_id", &[]),
        Wanted("given.role_id", &[]),
        Wanted("given.permission_id", &[]),
        Wanted("given.effect", &["effect"]),
        Wanted("given.conditions", &["conditions"]),
        Wanted("given.expires_at", &["expiresAt"]),
        Wanted("given.granted_by", &["grantedBy"]),
        Wanted("given.created_at", &["createdAt"]),
        Wanted("given.updated_at", &["updatedAt"]),
    ];

    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.column::<Uuid>()?.into(),
            index_id: row.column()?,
            resource: Resource { kind: Cow::Owned(row.column()?), id: row.column()? },
            membership: row.column::<Option<Uuid>>()?.map(TenantMembershipId::from),
            team: row.column::<Option<Uuid>>()?.map(TeamId::from),
            role: row.column::<Option<Uuid>>()?.map(RoleId::from),
            permission: row.column::<Uuid>()?.into(),
            effect: row.member(Effect::as_str)?,
            conditions: row.column::<Option<serde_json::Value>>()?.map(Json),
            expires_at: row.column()?,
            granted_by: row.column::<Option<Uuid>>()?.map(UserId::from),
            created_at: row.column()?,
            updated_at: row.column()?,
        })
    }
}

impl Listed for ResourceGrant {
    fn index_id(&self) -> i64 {
        self.index_id
    }
}

/// Grants of the tenant, for relations that have been decided already.
pub async fn grants_by_id(
    request: Request,
    ids: Vec<ResourceGrantId>,
) -> Result<HashMap<ResourceGrantId, Arc<ResourceGrant>>, Error> {
    let ids: Vec<Uuid> = ids.into_iter().map(ResourceGrantId::uuid).collect();
    let sql = format!(
        "select {COLUMNS} from resource_grants given
        where given.tenant_id = $1 and given.id = any($2) and given.deleted_at is null"
    );
    let rows: Vec<ResourceGrant> = request.reader().await?.objects(sql, Binds::of([ids.into()])).await?;
    Ok(rows.into_iter().map(|row| (row.id, Arc::new(row))).collect())
}

/// The grants among these that the caller may know of: its own, and those that it may have explained, or manage, in the place
/// of the resource, in that of the team, or in the tenant.
pub(super) async fn visible_grants(
    request: Request,
    ids: Vec<ResourceGrantId>,
) -> Result<HashMap<ResourceGrantId, Arc<ResourceGrant>>, Error> {
    let mut rows = grants_by_id(request.clone(), ids).await?;
    let reader = request.reader().await?;
    let person = reader.caller.person().and(reader.caller.presence.as_ref());
    let own = person.and_then(|presence| presence.member).map(|member| member.id);
    let mut visible: HashSet<ResourceGrantId> =
        rows.values().filter(|row| own.is_some() && row.membership == own).map(|row| row.id).collect();
    let teams = rows.values().flat_map(|row| named_teams(row));
    let places = organizations_of(&reader, teams).await?;
    let (mut asked, mut scopes) = (Vec::new(), Vec::new());
    for row in rows.values() {
        let resource = (row.resource.kind == "organization").then(|| Scope::Organization(row.resource.id.into()));
        let teams = named_teams(row).filter_map(|team| places.get(&team).map(|place| Scope::Organization(*place)));
        for scope in resource.into_iter().chain(teams).chain([Scope::Tenant]) {
            asked.push(row.id);
            scopes.push(scope);
        }
    }
    for permission in [Permission::AccessExplain, Permission::GrantsManage] {
        let may = reader.may_each(permission, &scopes).await?;
        visible.extend(asked.iter().zip(may).filter(|(_, may)| *may).map(|(id, _)| *id));
    }
    rows.retain(|id, _| visible.contains(id));
    Ok(rows)
}

/// The teams that a grant names: the resource, and who is given it.
fn named_teams(row: &ResourceGrant) -> impl Iterator<Item = TeamId> + use<> {
    let resource = (row.resource.kind == "team").then(|| TeamId::from(row.resource.id));
    resource.into_iter().chain(row.team)
}

struct Place {
    team: TeamId,
    organization: OrganizationId,
}

impl FromRow for Place {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self { team: row.column::<Uuid>()?.into(), organization: row.column::<Uuid>()?.into() })
    }
}

/// Where living teams are.
async fn organizations_of(reader: &Reader, teams: impl Iterator<Item = TeamId>) -> Result<HashMap<TeamId, OrganizationId>, Error> {
    const PLACES: &str = "
        select team.id, team.organization_id from teams team
        where team.tenant_id = $1 and team.id = any($2) and team.deleted_at is null";
    let teams: Vec<Uuid> = teams.map(TeamId::uuid).collect();
    if teams.is_empty() {
        return Ok(HashMap::new());
    }
    let places: Vec<Place> = reader.all(PLACES, Binds::of([teams.into()])).await?;
    Ok(places.into_iter().map(|place| (place.team, place.organization)).collect())
}

/// A page of the grants on one resource.
pub(super) async fn grants_on_resource(
    request: Request,
    parents: Vec<()>,
    page: Page<OnResource>,
) -> Result<Vec<Arc<Connection<ResourceGrant>>>, Error> {
    let reader = request.reader().await?;
    let Some(resource) = Resource::of_typed_id(&page.arguments.0.0) else {
        return Err(Error::bad_input("`resource` is not an id: send one as the server gave it, such as `org_…`"));
    };
    let scope = match &*resource.kind {
        "organization" => Scope::Organization(resource.id.into()),
        "team" => {
            let team = TeamId::from(resource.id);
            organizations_of(&reader, std::iter::once(team)).await?.get(&team).map_or(Scope::Tenant, |id| Scope::Organization(*id))
        }
        _ => Scope::Tenant,
    };
    if let Some(denial) =
        request.decide(Permission::AccessExplain, &[scope]).await?.and_then(|denials| denials.into_iter().flatten().next())
    {
        return Err(denial.into());
    }
    let mut binds = Binds::new();
    let kind = binds.bind(resource.kind.into_owned());
    let rows = format!(
        "resource_grants given where given.tenant_id = $1 and given.resource_type = {kind} and given.resource_id = parent.id
        and given.deleted_at is null"
    );
    let list = ListsBelow { parents: "", rows, order: ORDER };
    list.load(&reader, vec![resource.id; parents.len()], binds, &page).await
}

/// A page of the grants to each team. The guard of the field has decided about the team.
pub async fn grants_of_teams(
    request: Request,
    teams: Vec<TeamId>,
    page: Page<()>,
) -> Result<Vec<Arc<Connection<ResourceGrant>>>, Error> {
    list(&request, "", "given.team_id = parent.id", teams.into_iter().map(TeamId::uuid).collect(), page).await
}

/// A page of the grants to each role. The guard of the field has decided about the role.
pub async fn grants_of_roles(
    request: Request,
    roles: Vec<RoleId>,
    page: Page<()>,
) -> Result<Vec<Arc<Connection<ResourceGrant>>>, Error> {
    list(&request, "", "given.role_id = parent.id", roles.into_iter().map(RoleId::uuid).collect(), page).await
}

/// A page of the grants to each member of the tenant. The guard of the field has decided about the member.
pub async fn grants_of_tenant_memberships(
    request: Request,
    memberships: Vec<TenantMembershipId>,
    page: Page<()>,
) -> Result<Vec<Arc<Connection<ResourceGrant>>>, Error> {
    let keys = memberships.into_iter().map(TenantMembershipId::uuid).collect();
    list(&request, "", "given.tenant_membership_id = parent.id", keys, page).await
}

/// A page of the grants to each member of an organization on the organization itself and on its teams. The guard of the field
/// has decided about the organization.
pub async fn grants_of_memberships(
    request: Request,
    memberships: Vec<OrganizationMembershipId>,
    page: Page<()>,
) -> Result<Vec<Arc<Connection<ResourceGrant>>>, Error> {
    let there = "given.tenant_membership_id = member.id
        and (given.resource_type = 'organization' and given.resource_id = member.organization_id
            or given.resource_type = 'team' and exists (select from teams team where team.tenant_id = $1
                and team.id = given.resource_id and team.organization_id = member.organization_id))";
    list(&request, MEMBER_OF_SEAT, there, memberships.into_iter().map(OrganizationMembershipId::uuid).collect(), page).await
}

async fn list(
    request: &Request,
    parents: &'static str,
    whose: &str,
    keys: Vec<Uuid>,
    page: Page<()>,
) -> Result<Vec<Arc<Connection<ResourceGrant>>>, Error> {
    let rows = format!("resource_grants given where given.tenant_id = $1 and {whose} and given.deleted_at is null");
    ListsBelow { parents, rows, order: ORDER }.load(&*request.reader().await?, keys, Binds::new(), &page).await
}
