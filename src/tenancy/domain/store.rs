//! Every statement about domains.

use entity::id::{OrganizationId, OrganizationMembershipId, TenantId, TenantMembershipId, UserId};
use entity::organization;
use entity::tenant_membership::TenantRole;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ConnectionTrait, SqlErr};
use uuid::Uuid;

use crate::clock;
use crate::database::{FromRow, Row, Transaction};
use crate::error::Error;
use crate::request::Writer;

/// The domain of an organization.
pub(super) struct Domain {
    pub domain: Option<String>,
    pub is_proven: bool,
}

impl FromRow for Domain {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self { domain: row.column()?, is_proven: row.column()? })
    }
}

/// Locks a living organization until the transaction ends.
pub(super) async fn lock(writer: &Writer, id: OrganizationId) -> Result<Option<Domain>, Error> {
    const LOCK: &str = "
        select lower(organization.domain), organization.domain_verified_at is not null from organizations organization
        where organization.tenant_id = $1 and organization.id = $2 and organization.deleted_at is null for no key update";
    writer.transaction.one(LOCK, vec![writer.presence()?.tenant.uuid().into(), id.uuid().into()]).await
}

/// What is to be found under a domain.
#[derive(Clone, Debug)]
pub(super) struct Challenge {
    pub domain: String,
    pub token: String,
}

impl FromRow for Challenge {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self { domain: row.column()?, token: row.column()? })
    }
}

/// What was asked of an organization last.
pub(super) async fn challenge(writer: &Writer, id: OrganizationId) -> Result<Option<Challenge>, Error> {
    const CHALLENGE: &str = "
        select asked.domain, asked.token from domain_verifications asked where asked.tenant_id = $1 and asked.organization_id = $2";
    writer.transaction.one(CHALLENGE, vec![writer.presence()?.tenant.uuid().into(), id.uuid().into()]).await
}

/// Asks for a record. What was asked before for another domain is forgotten; how often was looked is not.
pub(super) async fn ask(writer: &Writer, id: OrganizationId, challenge: &Challenge) -> Result<(), Error> {
    const ASK: &str = "
        insert into domain_verifications as asked
            (tenant_id, organization_id, domain, token, requested_by_user_id, requested_at, lookups_since)
        values ($1, $2, $3, $4, $5, $6, $6)
        on conflict (tenant_id, organization_id) do update set domain = excluded.domain, token = excluded.token,
            requested_by_user_id = excluded.requested_by_user_id, requested_at = excluded.requested_at
        returning 1::bigint";
    let values = vec![
        writer.presence()?.tenant.uuid().into(),
        id.uuid().into(),
        challenge.domain.as_str().into(),
        challenge.token.as_str().into(),
        writer.caller.user.uuid().into(),
        writer.now.into(),
    ];
    writer.transaction.one::<i64>(ASK, values).await?;
    Ok(())
}

/// Counts one lookup. False where there were twenty in this hour.
pub(super) async fn count_lookup(writer: &Writer, id: OrganizationId) -> Result<bool, Error> {
    const COUNT: &str = "
        update domain_verifications asked set
            lookups = case when asked.lookups_since < $3::timestamptz - interval '1 hour' then 1 else asked.lookups + 1 end,
            lookups_since = case when asked.lookups_since < $3::timestamptz - interval '1 hour' then $3 else asked.lookups_since end
        where asked.tenant_id = $1 and asked.organization_id = $2
            and (asked.lookups < 20 or asked.lookups_since < $3::timestamptz - interval '1 hour')
        returning asked.lookups::bigint";
    let values = vec![writer.presence()?.tenant.uuid().into(), id.uuid().into(), writer.now.into()];
    Ok(writer.transaction.one::<i64>(COUNT, values).await?.is_some())
}

/// Notes that the domain of a locked organization is proven. False where another one of the tenant has proven it.
pub(super) async fn prove(writer: &Writer, id: OrganizationId) -> Result<bool, Error> {
    let row = organization::ActiveModel {
        tenant_id: Set(writer.presence()?.tenant),
        id: Set(id),
        domain_verified_at: Set(Some(writer.now)),
        ..Default::default()
    };
    match row.update(&writer.transaction).await {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// A place of a person in a tenant in which an organization waits for whoever has their domain.
pub(super) struct Candidate {
    pub tenant: TenantId,
    pub membership: TenantMembershipId,
    pub role: TenantRole,
}

impl FromRow for Candidate {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            tenant: row.column::<Uuid>()?.into(),
            membership: row.column::<Uuid>()?.into(),
            role: row.member(TenantRole::as_str)?,
        })
    }
}

/// The active memberships of the person that was entered, in tenants that are open.
pub(super) async fn memberships(transaction: &Transaction, user: UserId) -> Result<Vec<Candidate>, Error> {
    const MEMBERSHIPS: &str = "
        select member.tenant_id, member.id, member.role from tenant_memberships member
        join tenants tenant on tenant.id = member.tenant_id and tenant.deleted_at is null and tenant.status in ('trial', 'active')
        where member.user_id = $1 and member.status = 'active' and member.deleted_at is null order by member.index_id";
    transaction.all(MEMBERSHIPS, vec![user.uuid().into()]).await
}

/// The living organizations of the tenant that assign whoever has the proven address of this person, and of which it never was a
/// member: one that was removed stays removed.
pub(super) async fn waiting(transaction: &Transaction, tenant: TenantId, user: UserId) -> Result<Vec<OrganizationId>, Error> {
    const WAITING: &str = "
        select organization.id from users person
        join organizations organization on organization.tenant_id = $1
            and lower(organization.domain) = split_part(person.email, '@', 2)
            and organization.domain_verified_at is not null and organization.assigns_by_domain and organization.deleted_at is null
        where person.id = $2 and person.email_verified_at is not null and person.deleted_at is null and person.is_active
            and not exists (select from organization_memberships seat
                where seat.tenant_id = $1 and seat.organization_id = organization.id and seat.user_id = person.id)";
    let found: Vec<Uuid> = transaction.all(WAITING, vec![tenant.uuid().into(), user.uuid().into()]).await?;
    Ok(found.into_iter().map(OrganizationId::from).collect())
}

/// Waits for the changes of access of the tenant that are under way.
pub(super) async fn take_turn(writer: &Writer) -> Result<(), Error> {
    const TURN: &str = "select 1::bigint from pg_advisory_xact_lock(hashtextextended('access:' || $1::uuid::text, 0))";
    writer.transaction.one::<i64>(TURN, vec![writer.presence()?.tenant.uuid().into()]).await?;
    Ok(())
}

/// Makes the caller a plain member of an organization, unless it is one meanwhile.
pub(super) async fn insert(writer: &Writer, id: OrganizationId) -> Result<Option<OrganizationMembershipId>, Error> {
    const INSERT: &str = "
        insert into organization_memberships (tenant_id, id, organization_id, user_id, role, last_active_at)
        values ($1, $2, $3, $4, 'member', $5) on conflict do nothing returning id";
    let membership: OrganizationMembershipId = clock::new_id();
    let values = vec![
        writer.presence()?.tenant.uuid().into(),
        membership.uuid().into(),
        id.uuid().into(),
        writer.caller.user.uuid().into(),
        writer.now.into(),
    ];
    Ok(writer.transaction.one::<Uuid>(INSERT, values).await?.map(OrganizationMembershipId::from))
}

/// Marks the place to which [`back_to_place`] undoes.
pub(super) async fn mark_place(writer: &Writer) -> Result<(), Error> {
    writer.transaction.execute_unprepared("savepoint assigning").await?;
    Ok(())
}

/// Undoes what was written since the place was marked.
pub(super) async fn back_to_place(writer: &Writer) -> Result<(), Error> {
    writer.transaction.execute_unprepared("rollback to savepoint assigning").await?;
    Ok(())
}

/// Was it noted within a day that the organization had no seat for the caller?
pub(super) async fn is_noted(writer: &Writer, id: OrganizationId) -> Result<bool, Error> {
    const NOTED: &str = "
        select entry.index_id from audit_logs entry
        where entry.tenant_id = $1 and entry.resource_id = $2 and entry.action = 'organization.assign_refused' and entry.actor_id = $3
            and entry.created_at > $4::timestamptz - interval '1 day' limit 1";
    let values =
        vec![writer.presence()?.tenant.uuid().into(), id.uuid().into(), writer.caller.user.uuid().into(), writer.now.into()];
    Ok(writer.transaction.one::<i64>(NOTED, values).await?.is_some())
}
