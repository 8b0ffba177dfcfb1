//! Every statement that changes teams.

use entity::id::{DeletionId, RoleId, TeamId};
use entity::role_permission::Effect;
use entity::{team, team_role};
use migration::catalog::Permission;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, DbErr, EntityTrait, SqlErr};
use uuid::Uuid;

use super::TargetTeam;
use crate::database::{FromRow, Row};
use crate::error::Error;
use crate::request::Writer;

/// Why a row was not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// Another team of the organization has the name.
    NameTaken,
}

/// What a team is given.
pub(super) enum Given {
    /// A role.
    Role(RoleId),
    /// A permission on some resource.
    Allowed(Option<Permission>),
    /// A denial on some resource.
    Denied(Option<Permission>),
}

/// Locks a living team of a living organization, where it is there.
pub(super) async fn lock(writer: &Writer, id: TeamId) -> Result<Option<TargetTeam>, Error> {
    const LOCK: &str = "
        select team.id, team.organization_id, team.name, team.description, team.parent_team_id from teams team
        join organizations organization
            on organization.tenant_id = $1 and organization.id = team.organization_id and organization.deleted_at is null
        where team.tenant_id = $1 and team.id = $2 and team.deleted_at is null for update of team";
    writer.transaction.one(LOCK, vec![writer.presence()?.tenant.uuid().into(), id.uuid().into()]).await
}

/// The team and those that it is a part of, from itself up. A deleted one ends the chain.
pub(super) async fn ancestry(writer: &Writer, id: TeamId) -> Result<Vec<TeamId>, Error> {
    const UP: &str = "
        with recursive up(id, next, distance) as (
            select team.id, team.parent_team_id, 0 from teams team where team.tenant_id = $1 and team.id = $2
            union all
            select team.id, team.parent_team_id, up.distance + 1 from up
            join teams team on team.tenant_id = $1 and team.id = up.next and team.deleted_at is null)
        select up.id from up order by up.distance";
    one_after_another(writer, UP, id).await
}

/// The team and those below it, level by level.
pub(super) async fn family(writer: &Writer, id: TeamId) -> Result<Vec<Descendant>, Error> {
    const DOWN: &str = "
        with recursive down(id, organization_id, depth) as (
            select team.id, team.organization_id, 1 from teams team where team.tenant_id = $1 and team.id = $2
            union all
            select team.id, team.organization_id, down.depth + 1 from down
            join teams team on team.tenant_id = $1 and team.organization_id = down.organization_id
                and team.parent_team_id = down.id and team.deleted_at is null)
        select down.id, down.depth from down order by down.depth, down.id";
    writer.transaction.all(DOWN, vec![writer.presence()?.tenant.uuid().into(), id.uuid().into()]).await
}

async fn one_after_another(writer: &Writer, sql: &'static str, id: TeamId) -> Result<Vec<TeamId>, Error> {
    let values = vec![writer.presence()?.tenant.uuid().into(), id.uuid().into()];
    let ids: Vec<Found> = writer.transaction.all(sql, values).await?;
    Ok(ids.into_iter().map(|Found(id)| id).collect())
}

/// A team of a family, and on which level of it: the first is 1.
pub(super) struct Descendant {
    pub id: TeamId,
    pub depth: usize,
}

struct Found(TeamId);

impl FromRow for Found {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self(row.column::<Uuid>()?.into()))
    }
}

impl FromRow for Descendant {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        let id = row.column::<Uuid>()?.into();
        Ok(Self { id, depth: usize::try_from(row.column::<i32>()?).unwrap_or_default() })
    }
}

impl FromRow for TargetTeam {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.column::<Uuid>()?.into(),
            organization: row.column::<Uuid>()?.into(),
            name: row.column()?,
            description: row.column()?,
            parent: row.column::<Option<Uuid>>()?.map(TeamId::from),
        })
    }
}

impl FromRow for Given {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        let (role, permission): (Option<Uuid>, Option<Uuid>) = (row.column()?, row.column()?);
        let effect = row.member(Effect::as_str)?;
        let permission = permission.and_then(|id| Permission::from_id(id.as_u128()));
        Ok(match (role, effect) {
            (Some(role), _) => Self::Role(role.into()),
            (None, Effect::Allow) => Self::Allowed(permission),
            (None, Effect::Deny) => Self::Denied(permission),
        })
    }
}

/// Everything that these teams are given themselves. A grant that has expired gives nothing any more.
pub(super) async fn given_to(writer: &Writer, teams: &[TeamId]) -> Result<Vec<Given>, Error> {
    const GIVEN: &str = "
        select held.role_id, null::uuid, 'allow' from team_roles held where held.tenant_id = $1 and held.team_id = any($2)
        union all
        select null, held.permission_id, held.effect from resource_grants held
        where held.tenant_id = $1 and held.team_id = any($2) and held.deleted_at is null
            and (held.expires_at is null or held.expires_at > $3)";
    let teams: Vec<Uuid> = teams.iter().map(|team| team.uuid()).collect();
    writer.transaction.all(GIVEN, vec![writer.presence()?.tenant.uuid().into(), teams.into(), writer.now.into()]).await
}

/// Makes a team.
pub(super) async fn insert(writer: &Writer, new: &TargetTeam) -> Result<Option<Refused>, Error> {
    let row = team::ActiveModel {
        tenant_id: Set(writer.presence()?.tenant),
        id: Set(new.id),
        organization_id: Set(new.organization),
        name: Set(new.name.clone()),
        description: Set(new.description.clone()),
        parent_team_id: Set(new.parent),
        ..Default::default()
    };
    refusal(team::Entity::insert(row).exec_without_returning(&writer.transaction).await)
}

/// Writes what is said of a locked team, and where it stands in the tree.
pub(super) async fn update(writer: &Writer, team: &TargetTeam) -> Result<Option<Refused>, Error> {
    let row = team::ActiveModel {
        tenant_id: Set(writer.presence()?.tenant),
        id: Set(team.id),
        name: Set(team.name.clone()),
        description: Set(team.description.clone()),
        parent_team_id: Set(team.parent),
        ..Default::default()
    };
    refusal(row.update(&writer.transaction).await)
}

fn refusal<T>(written: Result<T, DbErr>) -> Result<Option<Refused>, Error> {
    let Err(error) = written else { return Ok(None) };
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(constraint)) if constraint.contains("teams_name_key") => {
            Ok(Some(Refused::NameTaken))
        }
        _ => Err(error.into()),
    }
}

/// Deletes these teams, and the grants to them and on them, as one deletion. How many grants went with them.
pub(super) async fn delete(writer: &Writer, teams: &[TeamId], deletion: DeletionId) -> Result<i64, Error> {
    const DELETE: &str = "
        with deleted as (
            update teams team set deleted_at = $3, deletion_id = $4
            where team.tenant_id = $1 and team.id = any($2) and team.deleted_at is null),
        taken as (
            update resource_grants held set deleted_at = $3, deletion_id = $4
            where held.tenant_id = $1 and held.deleted_at is null
                and (held.team_id = any($2) or held.resource_type = 'team' and held.resource_id = any($2))
            returning 1)
        select count(*) from taken";
    let teams: Vec<Uuid> = teams.iter().map(|team| team.uuid()).collect();
    let tenant = writer.presence()?.tenant.uuid();
    let values = vec![tenant.into(), teams.into(), writer.now.into(), deletion.uuid().into()];
    Ok(writer.transaction.one(DELETE, values).await?.unwrap_or_default())
}

/// Gives the members of a team a role. False where they have it already.
pub(super) async fn add_role(writer: &Writer, team: TeamId, role: RoleId) -> Result<bool, Error> {
    let row = team_role::ActiveModel {
        tenant_id: Set(writer.presence()?.tenant),
        team_id: Set(team),
        role_id: Set(role),
        ..Default::default()
    };
    match team_role::Entity::insert(row).exec_without_returning(&writer.transaction).await {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Takes a role from the members of a team. False where they did not have it.
pub(super) async fn remove_role(writer: &Writer, team: TeamId, role: RoleId) -> Result<bool, Error> {
    let tenant = writer.presence()?.tenant;
    let gone = team_role::Entity::delete_by_id((tenant, team, role)).exec(&writer.transaction).await?;
    Ok(gone.rows_affected > 0)
}
