//! The statements behind `whoCan`: which members anything at all could allow.

use entity::id::{OrganizationId, RoleId, UserId};
use migration::catalog::{BaseRole, Permission};
use uuid::Uuid;

use crate::access::{Resource, reaches_organizations};
use crate::database::{Binds, FromRow, Row};
use crate::error::Error;
use crate::page::{Direction, Page};
use crate::request::Reader;

/// A member who may turn out to hold the right.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    /// The place of the membership in time.
    pub index_id: i64,
    /// Who.
    pub user: UserId,
}

impl FromRow for Candidate {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self { index_id: row.column()?, user: row.column::<Uuid>()?.into() })
    }
}

/// What could allow: each kind of rule, as far as it can be said without looking at members.
#[derive(Clone, Debug)]
pub(super) struct Sources {
    /// The permission that is asked for.
    pub permission: Permission,
    /// Where.
    pub organization: Option<OrganizationId>,
    /// On what.
    pub resource: Resource,
    /// Roles that allow it, by a rule of theirs or of a parent, or by a grant on the resource.
    pub roles: Vec<RoleId>,
    /// The base roles among them.
    pub base: Vec<BaseRole>,
}

const GRANTED_ROLES: &str = "
    select distinct granted.role_id
    from resource_grants granted
    where granted.tenant_id = $1 and granted.resource_type = $2 and granted.resource_id = $3 and granted.permission_id = $4
        and granted.role_id is not null and granted.effect = 'allow' and granted.deleted_at is null";

struct GrantedRole(RoleId);

impl FromRow for GrantedRole {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self(row.column::<Uuid>()?.into()))
    }
}

/// The roles that grants on the very resource speak to: one statement.
pub(super) async fn granted_roles(reader: &Reader, permission: Permission, resource: &Resource) -> Result<Vec<RoleId>, Error> {
    let permission = Uuid::from_u128(permission.id());
    let binds = Binds::of([resource.kind.to_string().into(), resource.id.into(), permission.into()]);
    let rows: Vec<GrantedRole> = reader.all(GRANTED_ROLES, binds).await?;
    Ok(rows.into_iter().map(|GrantedRole(role)| role).collect())
}

/// Each source is a set of its own, hashed once, so that neither many holders nor few make it slow.
const IN_TENANT: &str = "
    member.role = any($2)
    or member.id in (
        select assignment.tenant_membership_id from member_roles assignment
        where assignment.tenant_id = $1 and assignment.role_id = any($3) and assignment.revoked_at is null
            and assignment.deleted_at is null)
    or member.id in (
        select exception.tenant_membership_id from member_permission_overrides exception
        where exception.tenant_id = $1 and exception.permission_id = $4 and exception.effect = 'allow'
            and exception.deleted_at is null)
    or member.id in (
        select granted.tenant_membership_id from resource_grants granted
        where granted.tenant_id = $1 and granted.resource_type = $5 and granted.resource_id = $6 and granted.permission_id = $4
            and granted.effect = 'allow' and granted.deleted_at is null and granted.tenant_membership_id is not null)
    or member.user_id in (select person.id from users person where person.user_type = 'developer')";

/// A team gives what it has to its members, and to those of the teams below it.
const IN_ORGANIZATION: &str = "
    or member.user_id in (
        select seat.user_id from organization_memberships seat
        where seat.tenant_id = $1 and seat.organization_id = $7 and seat.role = any($8) and seat.deleted_at is null)
    or member.user_id = (
        select organization.owner_id from organizations organization where organization.tenant_id = $1 and organization.id = $7)
    or member.id in (
        with recursive giving as (
            select team.id from teams team
            where team.tenant_id = $1 and team.organization_id = $7 and team.deleted_at is null
                and (exists (select from team_roles held
                        where held.tenant_id = $1 and held.team_id = team.id and held.role_id = any($3))
                    or exists (select from resource_grants granted
                        where granted.tenant_id = $1 and granted.team_id = team.id and granted.resource_type = $5
                            and granted.resource_id = $6 and granted.permission_id = $4 and granted.effect = 'allow'
                            and granted.deleted_at is null))
            union
            select child.id from giving
            join teams child on child.tenant_id = $1 and child.organization_id = $7 and child.parent_team_id = giving.id
                and child.deleted_at is null)
        select placed.tenant_membership_id from giving
        join team_members placed on placed.tenant_id = $1 and placed.team_id = giving.id)";

/// The next candidates in the page's direction: one statement.
pub(super) async fn candidates(
    reader: &Reader,
    sources: &Sources,
    page: &Page<impl Sized>,
    from: Option<i64>,
    limit: i64,
) -> Result<Vec<Candidate>, Error> {
    let keys = |base: &[BaseRole]| base.iter().map(|role| role.key().to_owned()).collect::<Vec<_>>();
    let reaching: Vec<BaseRole> =
        sources.base.iter().copied().filter(|role| sources.organization.is_none() || reaches_organizations(*role)).collect();
    let mut binds = Binds::of([
        keys(&reaching).into(),
        sources.roles.iter().map(|role| role.uuid()).collect::<Vec<_>>().into(),
        Uuid::from_u128(sources.permission.id()).into(),
        sources.resource.kind.to_string().into(),
        sources.resource.id.into(),
    ]);
    let mut could = IN_TENANT.to_owned();
    if let Some(organization) = sources.organization {
        binds.bind(organization.uuid());
        binds.bind(keys(&sources.base));
        could += IN_ORGANIZATION;
    }
    let (comparison, bound, way) = match page.direction {
        Direction::Forward => (">", page.before.as_ref().map(|cursor| ("<", cursor.index_id)), ""),
        Direction::Backward => ("<", page.after.as_ref().map(|cursor| (">", cursor.index_id)), " desc"),
    };
    let mut limits = String::new();
    for (comparison, index_id) in from.map(|from| (comparison, from)).into_iter().chain(bound) {
        limits += &format!(" and member.index_id {comparison} {}", binds.bind(index_id));
    }
    let limit = binds.bind(limit);
    let sql = format!(
        "select member.index_id, member.user_id
        from tenant_memberships member
        where member.tenant_id = $1 and member.deleted_at is null and member.status = 'active'{limits} and ({could})
        order by member.index_id{way} limit {limit}"
    );
    reader.all(sql, binds).await
}
