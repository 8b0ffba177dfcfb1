//! The statements that find whom a change can affect.

use entity::id::{RoleId, TeamId, UserId};
use uuid::Uuid;

use crate::database::{FromRow, Row};
use crate::error::Error;
use crate::request::Writer;

/// Whoever has one of these roles, or one that builds on it, the longest-standing first.
pub(super) async fn holders_of(writer: &Writer, roles: &[RoleId], most: usize) -> Result<Vec<UserId>, Error> {
    const HOLDERS: &str = "
        with recursive family(id) as (
            select unnest($2::uuid[])
            union
            select child.id from roles child join family on child.parent_role_id = family.id
            where child.tenant_id = $1 and child.deleted_at is null),
        having_team(id) as (
            select held.team_id from team_roles held join family on held.role_id = family.id where held.tenant_id = $1
            union
            select child.id from teams child join having_team on child.parent_team_id = having_team.id
            where child.tenant_id = $1 and child.deleted_at is null),
        holder(id) as (
            select assignment.tenant_membership_id from member_roles assignment join family on assignment.role_id = family.id
            where assignment.tenant_id = $1 and assignment.revoked_at is null and assignment.deleted_at is null
                and (assignment.expires_at is null or assignment.expires_at > $4)
            union
            select place.tenant_membership_id from team_members place join having_team on place.team_id = having_team.id
            where place.tenant_id = $1)
        select member.user_id from holder
        join tenant_memberships member on member.tenant_id = $1 and member.id = holder.id and member.deleted_at is null
        order by member.index_id limit $3";
    let roles: Vec<Uuid> = roles.iter().map(|role| role.uuid()).collect();
    users(writer, HOLDERS, roles, most, true).await
}

/// Whoever is in one of these teams, or in one below it, the longest-standing first.
pub(super) async fn members_of(writer: &Writer, teams: &[TeamId], most: usize) -> Result<Vec<UserId>, Error> {
    const MEMBERS: &str = "
        with recursive family(id) as (
            select unnest($2::uuid[])
            union
            select child.id from teams child join family on child.parent_team_id = family.id
            where child.tenant_id = $1 and child.deleted_at is null)
        select member.user_id from tenant_memberships member
        where member.tenant_id = $1 and member.deleted_at is null and member.id in (
            select place.tenant_membership_id from team_members place join family on place.team_id = family.id
            where place.tenant_id = $1)
        order by member.index_id limit $3";
    let teams: Vec<Uuid> = teams.iter().map(|team| team.uuid()).collect();
    users(writer, MEMBERS, teams, most, false).await
}

async fn users(writer: &Writer, sql: &'static str, ids: Vec<Uuid>, most: usize, timed: bool) -> Result<Vec<UserId>, Error> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut values = vec![writer.presence()?.tenant.uuid().into(), ids.into(), most.into()];
    if timed {
        values.push(writer.now.into());
    }
    let users: Vec<Someone> = writer.transaction.all(sql, values).await?;
    Ok(users.into_iter().map(|Someone(user)| user).collect())
}

struct Someone(UserId);

impl FromRow for Someone {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self(row.column::<Uuid>()?.into()))
    }
}
