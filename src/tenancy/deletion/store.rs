//! Every statement that deletes organizations, and that restores.

use entity::id::{DeletionId, OrganizationId, OrganizationMembershipId, RoleId, TeamId, UserId};
use entity::organization;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, SqlErr};
use serde_json::{Value, json};
use uuid::Uuid;

use super::conflict::Conflict;
use super::entry::Entry;
use super::revival::Revived;
use crate::database::{FromRow, Row};
use crate::error::Error;
use crate::request::Writer;

/// The people of an organization.
pub(super) async fn people(writer: &Writer, organization: OrganizationId) -> Result<Vec<UserId>, Error> {
    const PEOPLE: &str = "
        select seat.user_id from organization_memberships seat
        where seat.tenant_id = $1 and seat.organization_id = $2 and seat.status = 'active' and seat.deleted_at is null
        order by seat.index_id limit 1001";
    let values = vec![writer.presence()?.tenant.uuid().into(), organization.uuid().into()];
    Ok(writer.transaction.all::<Uuid>(PEOPLE, values).await?.into_iter().map(Into::into).collect())
}

/// What went with an organization.
#[derive(Default)]
pub(super) struct Taken {
    pub name: String,
    pub members: i64,
    pub roles: i64,
    pub teams: i64,
    pub grants: i64,
    pub api_keys: i64,
    pub subscriptions: i64,
    pub products: i64,
    pub businesses: i64,
}

impl Taken {
    /// As the audit log says it.
    pub fn counts(&self) -> Value {
        json!({
            "members": self.members, "roles": self.roles, "teams": self.teams, "grants": self.grants, "apiKeys": self.api_keys,
            "subscriptions": self.subscriptions, "products": self.products, "businesses": self.businesses,
        })
    }
}

impl FromRow for Taken {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            name: row.column()?,
            members: row.column()?,
            roles: row.column()?,
            teams: row.column()?,
            grants: row.column()?,
            api_keys: row.column()?,
            subscriptions: row.column()?,
            products: row.column()?,
            businesses: row.column()?,
        })
    }
}

/// Deletes a locked organization with its memberships, assignments, overrides, teams, grants, API keys, subscriptions, products and
/// businesses, as one deletion; its places in the quotas are free. Invoices are what has happened, and stay.
pub(super) async fn delete_organization(writer: &Writer, id: OrganizationId, deletion: DeletionId) -> Result<Taken, Error> {
    const DELETE: &str = "
        with gone as (
            update organizations organization set deleted_at = $3, deletion_id = $4
            where (organization.tenant_id, organization.id) = ($1, $2) and organization.deleted_at is null
            returning organization.name),
        taken_seats as (
            update organization_memberships seat set deleted_at = $3, deletion_id = $4
            where (seat.tenant_id, seat.organization_id) = ($1, $2) and seat.deleted_at is null returning 1),
        taken_roles as (
            update member_roles assignment set deleted_at = $3, deletion_id = $4
            where (assignment.tenant_id, assignment.organization_id) = ($1, $2) and assignment.deleted_at is null returning 1),
        taken_overrides as (
            update member_permission_overrides special set deleted_at = $3, deletion_id = $4
            where (special.tenant_id, special.organization_id) = ($1, $2) and special.deleted_at is null returning 1),
        taken_teams as (
            update teams team set deleted_at = $3, deletion_id = $4
            where (team.tenant_id, team.organization_id) = ($1, $2) and team.deleted_at is null returning 1),
        taken_grants as (
            update resource_grants held set deleted_at = $3, deletion_id = $4
            where $1 = held.tenant_id and held.deleted_at is null and (
                held.resource_type = 'organization' and held.resource_id = $2
                or exists (select from teams team where (team.tenant_id, team.organization_id) = ($1, $2) and team.deleted_at is null
                    and (team.id = held.team_id or held.resource_type = 'team' and team.id = held.resource_id)))
            returning 1),
        taken_businesses as (
            update businesses business set deleted_at = $3, deletion_id = $4
            where (business.tenant_id, business.organization_id) = ($1, $2) and business.deleted_at is null returning 1),
        taken_keys as (
            update api_keys key set deleted_at = $3, deletion_id = $4
            where (key.tenant_id, key.organization_id) = ($1, $2) and key.deleted_at is null
            returning key.revoked_at is null and key.replaced_by_id is null as counts),
        taken_subscriptions as (
            update subscriptions subscription set deleted_at = $3, deletion_id = $4
            where (subscription.tenant_id, subscription.organization_id) = ($1, $2) and subscription.deleted_at is null returning 1),
        taken_products as (
            update products product set deleted_at = $3, deletion_id = $4
            where (product.tenant_id, product.organization_id) = ($1, $2) and product.deleted_at is null returning 1),
        quota as (
            update tenant_quotas quota set usage = greatest(quota.usage - case quota.metric
                when 'organizations' then 1 else (select count(*) from taken_keys where taken_keys.counts) end, 0)
            where quota.tenant_id = $1 and quota.metric in ('organizations', 'api_keys'))
        select gone.name, (select count(*) from taken_seats), (select count(*) from taken_roles), (select count(*) from taken_teams),
            (select count(*) from taken_grants), (select count(*) from taken_keys), (select count(*) from taken_subscriptions),
            (select count(*) from taken_products), (select count(*) from taken_businesses)
        from gone";
    let tenant = writer.presence()?.tenant.uuid();
    let values = vec![tenant.into(), id.uuid().into(), writer.now.into(), deletion.uuid().into()];
    Ok(writer.transaction.one(DELETE, values).await?.unwrap_or_default())
}

/// A row that was deleted: by which deletion, and where or whose it is.
pub(super) struct Deleted {
    pub deletion: DeletionId,
    /// The organization that it is in, where it is in one.
    pub organization: Option<OrganizationId>,
    /// The person of a membership, and the owner of an organization.
    pub user: Option<UserId>,
}

impl FromRow for Deleted {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            deletion: row.column::<Uuid>()?.into(),
            organization: row.column::<Option<Uuid>>()?.map(OrganizationId::from),
            user: row.column::<Option<Uuid>>()?.map(UserId::from),
        })
    }
}

async fn deleted(writer: &Writer, sql: &'static str, id: Uuid) -> Result<Option<Deleted>, Error> {
    writer.transaction.one(sql, vec![writer.presence()?.tenant.uuid().into(), id.into()]).await
}

/// A deleted organization, locked.
pub(super) async fn deleted_organization(writer: &Writer, id: OrganizationId) -> Result<Option<Deleted>, Error> {
    const DELETED: &str = "
        select organization.deletion_id, organization.id, organization.owner_id from organizations organization
        where organization.tenant_id = $1 and organization.id = $2 and organization.deletion_id is not null for update";
    deleted(writer, DELETED, id.uuid()).await
}

/// A deleted membership, locked.
pub(super) async fn deleted_membership(writer: &Writer, id: OrganizationMembershipId) -> Result<Option<Deleted>, Error> {
    const DELETED: &str = "
        select seat.deletion_id, seat.organization_id, seat.user_id from organization_memberships seat
        where seat.tenant_id = $1 and seat.id = $2 and seat.deletion_id is not null for update";
    deleted(writer, DELETED, id.uuid()).await
}

/// A deleted team, locked.
pub(super) async fn deleted_team(writer: &Writer, id: TeamId) -> Result<Option<Deleted>, Error> {
    const DELETED: &str = "
        select team.deletion_id, team.organization_id, null::uuid from teams team
        where team.tenant_id = $1 and team.id = $2 and team.deletion_id is not null for update";
    deleted(writer, DELETED, id.uuid()).await
}

/// A deleted role, locked.
pub(super) async fn deleted_role(writer: &Writer, id: RoleId) -> Result<Option<Deleted>, Error> {
    const DELETED: &str = "
        select role.deletion_id, null::uuid, null::uuid from roles role
        where role.tenant_id = $1 and role.id = $2 and role.deletion_id is not null for update";
    deleted(writer, DELETED, id.uuid()).await
}

impl FromRow for Conflict {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self { kind: row.column()?, name: row.column()? })
    }
}

/// All that is in the way of bringing back what this deletion took.
pub(super) async fn conflicts(writer: &Writer, deletion: DeletionId) -> Result<Vec<Conflict>, Error> {
    const CONFLICTS: &str = "
        select 'name_taken', mine.name from organizations mine
        join organizations other on other.tenant_id = $1 and lower(other.name) = lower(mine.name) and other.deleted_at is null
        where mine.tenant_id = $1 and mine.deletion_id = $2
        union all
        select 'domain_taken', mine.domain from organizations mine
        join organizations other on other.tenant_id = $1 and lower(other.domain) = lower(mine.domain)
            and other.domain_verified_at is not null and other.deleted_at is null
        where mine.tenant_id = $1 and mine.deletion_id = $2 and mine.domain_verified_at is not null
        union all
        select 'name_taken', mine.name from teams mine
        join teams other on other.tenant_id = $1 and other.organization_id = mine.organization_id and lower(other.name) = lower(mine.name)
            and other.deleted_at is null
        where mine.tenant_id = $1 and mine.deletion_id = $2
        union all
        select 'key_taken', mine.key from roles mine
        join roles other on other.tenant_id = $1 and other.key = mine.key and other.deleted_at is null
        where mine.tenant_id = $1 and mine.deletion_id = $2
        union all
        select 'role_gone', role.name from roles role
        where role.tenant_id = $1 and role.deleted_at is not null and role.deletion_id is distinct from $2 and (
            exists (select from member_roles assignment
                where assignment.tenant_id = $1 and assignment.deletion_id = $2 and assignment.role_id = role.id
                    and assignment.revoked_at is null)
            or exists (select from resource_grants held
                where held.tenant_id = $1 and held.deletion_id = $2 and held.role_id = role.id)
            or exists (select from teams team join team_roles held on held.tenant_id = $1 and held.team_id = team.id
                where team.tenant_id = $1 and team.deletion_id = $2 and held.role_id = role.id)
            or exists (select from roles child where child.tenant_id = $1 and child.deletion_id = $2 and child.parent_role_id = role.id))
        union all
        select distinct 'team_gone', parent.name from teams mine
        join teams parent on parent.tenant_id = $1 and parent.id = mine.parent_team_id
        where mine.tenant_id = $1 and mine.deletion_id = $2 and parent.deleted_at is not null and parent.deletion_id is distinct from $2
        union all
        select 'organization_gone', place.name from organizations place
        where place.tenant_id = $1 and place.deleted_at is not null and place.deletion_id is distinct from $2 and (
            exists (select from teams mine where mine.tenant_id = $1 and mine.deletion_id = $2 and mine.organization_id = place.id)
            or exists (select from organization_memberships mine
                where mine.tenant_id = $1 and mine.deletion_id = $2 and mine.organization_id = place.id))
        union all
        select 'person_gone', person.display_name from organization_memberships mine
        join tenant_memberships member on member.tenant_id = $1 and member.user_id = mine.user_id
        join users person on person.id = mine.user_id
        where mine.tenant_id = $1 and mine.deletion_id = $2
            and (member.deleted_at is not null and member.deletion_id is distinct from $2
                or person.deleted_at is not null and person.deletion_id is distinct from $2)";
    let values = vec![writer.presence()?.tenant.uuid().into(), deletion.uuid().into()];
    writer.transaction.all(CONFLICTS, values).await
}

/// Brings a locked organization itself back. False where somebody has taken its name or domain in this moment.
pub(super) async fn revive_organization(writer: &Writer, id: OrganizationId) -> Result<bool, Error> {
    let row = organization::ActiveModel {
        tenant_id: Set(writer.presence()?.tenant),
        id: Set(id),
        deleted_at: Set(None),
        deletion_id: Set(None),
        ..Default::default()
    };
    match row.update(&writer.transaction).await {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Lists a deletion, for those who may undo it.
pub(super) async fn list(writer: &Writer, entry: Entry) -> Result<(), Error> {
    const LIST: &str = "
        insert into deletions (tenant_id, id, kind, resource_id, organization_id, name, counts, actor_type, actor_id, deleted_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let (actor_type, actor) = writer.caller.actor();
    let values = vec![
        writer.presence()?.tenant.uuid().into(),
        entry.id.uuid().into(),
        entry.kind.as_str().into(),
        entry.resource.into(),
        entry.organization.map(OrganizationId::uuid).into(),
        entry.name.into(),
        entry.counts.into(),
        actor_type.as_str().into(),
        actor.into(),
        writer.now.into(),
    ];
    writer.transaction.all::<i64>(LIST, values).await?;
    Ok(())
}

impl FromRow for Revived {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            members: row.column()?,
            roles: row.column()?,
            overrides: row.column()?,
            teams: row.column()?,
            grants: row.column()?,
            places: row.column()?,
            api_keys: row.column()?,
            subscriptions: row.column()?,
            products: row.column()?,
        })
    }
}

/// Brings back everything that bears this deletion, organizations apart. API keys come back revoked; whoever is at home elsewhere
/// by now stays so.
pub(super) async fn revive(writer: &Writer, deletion: DeletionId) -> Result<Revived, Error> {
    const REVIVE: &str = "
        with own_roles as (
            update roles role set deleted_at = null, deletion_id = null
            where (role.tenant_id, role.deletion_id) = ($1, $2)),
        members as (
            update tenant_memberships member set deleted_at = null, deletion_id = null,
                is_primary = member.is_primary and not exists (select from tenant_memberships home
                    where home.user_id = member.user_id and home.is_primary and home.deleted_at is null)
            where (member.tenant_id, member.deletion_id) = ($1, $2)),
        seats as (
            update organization_memberships seat set deleted_at = null, deletion_id = null
            where (seat.tenant_id, seat.deletion_id) = ($1, $2) returning 1),
        roles as (
            update member_roles assignment set deleted_at = null, deletion_id = null
            where (assignment.tenant_id, assignment.deletion_id) = ($1, $2) returning 1),
        overrides as (
            update member_permission_overrides special set deleted_at = null, deletion_id = null
            where (special.tenant_id, special.deletion_id) = ($1, $2) returning 1),
        teams as (
            update teams team set deleted_at = null, deletion_id = null
            where (team.tenant_id, team.deletion_id) = ($1, $2) returning 1),
        grants as (
            update resource_grants held set deleted_at = null, deletion_id = null
            where (held.tenant_id, held.deletion_id) = ($1, $2) returning 1),
        businesses as (
            update businesses business set deleted_at = null, deletion_id = null
            where (business.tenant_id, business.deletion_id) = ($1, $2)),
        kept as (
            delete from deleted_team_members place where (place.tenant_id, place.deletion_id) = ($1, $2) returning place.*),
        places as (
            insert into team_members (tenant_id, id, index_id, team_id, tenant_membership_id, is_lead, created_at)
            overriding system value
            select kept.tenant_id, kept.id, kept.index_id, kept.team_id, kept.tenant_membership_id, kept.is_lead, kept.created_at from kept
            on conflict do nothing returning 1),
        keys as (
            update api_keys key set deleted_at = null, deletion_id = null, revoked_at = coalesce(key.revoked_at, $3)
            where (key.tenant_id, key.deletion_id) = ($1, $2) returning 1),
        bought as (
            update subscriptions subscription set deleted_at = null, deletion_id = null
            where (subscription.tenant_id, subscription.deletion_id) = ($1, $2) returning 1),
        sold as (
            update products product set deleted_at = null, deletion_id = null
            where (product.tenant_id, product.deletion_id) = ($1, $2) returning 1),
        listed as (
            update deletions set restored_at = $3 where (deletions.tenant_id, deletions.id) = ($1, $2))
        select (select count(*) from seats), (select count(*) from roles), (select count(*) from overrides), (select count(*) from teams),
            (select count(*) from grants), (select count(*) from places), (select count(*) from keys), (select count(*) from bought),
            (select count(*) from sold)";
    let values = vec![writer.presence()?.tenant.uuid().into(), deletion.uuid().into(), writer.now.into()];
    Ok(writer.transaction.one(REVIVE, values).await?.unwrap_or_default())
}

/// The teams that a deletion took.
pub(super) async fn teams(writer: &Writer, deletion: DeletionId) -> Result<Vec<TeamId>, Error> {
    const TEAMS: &str = "select team.id from teams team where team.tenant_id = $1 and team.deletion_id = $2 order by team.id";
    let values = vec![writer.presence()?.tenant.uuid().into(), deletion.uuid().into()];
    Ok(writer.transaction.all::<Uuid>(TEAMS, values).await?.into_iter().map(Into::into).collect())
}
