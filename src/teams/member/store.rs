//! Every statement that reads members of teams.

use std::collections::HashMap;
use std::sync::Arc;

use entity::id::{OrganizationMembershipId, TeamId, TeamMemberId};
use migration::catalog::Permission;
use uuid::Uuid;

use super::{TeamMember, TeamMemberArguments};
use crate::access::Scope;
use crate::database::{Binds, COLUMNS, CURSOR, FromRow, Row, Wanted, contains};
use crate::error::Error;
use crate::graph::Connection;
use crate::page::{Listed, ListsBelow, Order, Page};
use crate::request::Request;

/// The longest-standing first.
const ORDER: Order = Order { tag: 'b', key: None, index_id: "place.index_id", descending: false };

impl FromRow for TeamMember {
    const WANTED: &'static [Wanted] = &[
        Wanted("place.id", &[]),
        Wanted("place.index_id", &[CURSOR]),
        Wanted("place.team_id", &[]),
        Wanted("team.organization_id", &[]),
        Wanted("member.user_id", &[]),
        Wanted(
            "(select seat.id from organization_memberships seat where seat.tenant_id = $1
                and seat.organization_id = team.organization_id and seat.user_id = member.user_id and seat.deleted_at is null)",
            &["membership"],
        ),
        Wanted("place.is_lead", &["isLead"]),
        Wanted("place.created_at", &["createdAt"]),
        Wanted("place.updated_at", &["updatedAt"]),
    ];

    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.column::<Uuid>()?.into(),
            index_id: row.column()?,
            team: row.column::<Uuid>()?.into(),
            organization: row.column::<Uuid>()?.into(),
            user: row.column::<Uuid>()?.into(),
            membership: row.column::<Option<Uuid>>()?.map(OrganizationMembershipId::from),
            is_lead: row.column()?,
            created_at: row.column()?,
            updated_at: row.column()?,
        })
    }
}

impl Listed for TeamMember {
    fn index_id(&self) -> i64 {
        self.index_id
    }
}

/// The places among these that the caller may know of: its own, and those of teams whose organization shows it both teams and
/// people.
pub async fn team_members_by_id(request: Request, ids: Vec<TeamMemberId>) -> Result<HashMap<TeamMemberId, Arc<TeamMember>>, Error> {
    let reader = request.reader().await?;
    let ids: Vec<Uuid> = ids.into_iter().map(TeamMemberId::uuid).collect();
    let sql = format!(
        "select {COLUMNS} from team_members place
        join teams team on team.tenant_id = $1 and team.id = place.team_id and team.deleted_at is null
        join organizations organization
            on organization.tenant_id = $1 and organization.id = team.organization_id and organization.deleted_at is null
        join tenant_memberships member
            on member.tenant_id = $1 and member.id = place.tenant_membership_id and member.deleted_at is null
        where place.tenant_id = $1 and place.id = any($2)"
    );
    let rows: Vec<TeamMember> = reader.objects(sql, Binds::of([ids.into()])).await?;
    let teams: Vec<Scope> = rows.iter().map(|row| Scope::Team(row.organization, row.team)).collect();
    let shows_team = reader.may_each(Permission::TeamsRead, &teams).await?;
    let shows_people = reader.may_each(Permission::MembersRead, &teams).await?;
    let rows = rows.into_iter().zip(shows_team.into_iter().zip(shows_people));
    let visible = rows.filter(|(row, (team, people))| *team && (*people || Some(row.user) == reader.caller.person()));
    Ok(visible.map(|(row, _)| (row.id, Arc::new(row))).collect())
}

/// A page of the members of each team. That the caller may see them, the guard of the field has decided.
pub async fn members_of_teams(
    request: Request,
    teams: Vec<TeamId>,
    page: Page<TeamMemberArguments>,
) -> Result<Vec<Arc<Connection<TeamMember>>>, Error> {
    let mut binds = Binds::new();
    let mut rows = "team_members place join tenant_memberships member
            on member.tenant_id = $1 and member.id = place.tenant_membership_id and member.deleted_at is null
        where place.tenant_id = $1 and place.team_id = team.id"
        .to_owned();
    let filter = &page.arguments.filter;
    if let Some(is_lead) = filter.is_lead {
        rows += &format!(" and place.is_lead = {}", binds.bind(is_lead));
    }
    if let Some(name) = &filter.name {
        rows += &format!(
            " and exists (select from users person where person.id = member.user_id and person.display_name ilike {})",
            binds.bind(contains(name))
        );
    }
    let parents = " cross join lateral (select team.id, team.organization_id from teams team
        where team.tenant_id = $1 and team.id = parent.id limit 1) team";
    let keys = teams.into_iter().map(TeamId::uuid).collect();
    ListsBelow { parents, rows, order: ORDER }.load(&*request.reader().await?, keys, binds, &page).await
}
