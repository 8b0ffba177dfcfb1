//! Every statement about joining.

use entity::id::{OrganizationMembershipId, TenantMembershipId};
use uuid::Uuid;

use super::Newcomer;
use crate::clock;
use crate::database::{FromRow, Row};
use crate::error::Error;
use crate::request::Writer;

/// How a membership stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Active,
    Suspended,
    /// It has ended; its row is kept.
    Gone,
}

/// What somebody is already.
#[derive(Default)]
pub(super) struct Found {
    pub tenant_membership: Option<(TenantMembershipId, State)>,
    pub membership: Option<(OrganizationMembershipId, State)>,
}

fn state(row: &mut Row<'_>) -> Result<State, Error> {
    let (is_active, is_gone): (Option<bool>, Option<bool>) = (row.column()?, row.column()?);
    Ok(match (is_gone, is_active) {
        (Some(true), _) => State::Gone,
        (_, Some(true)) => State::Active,
        _ => State::Suspended,
    })
}

impl FromRow for Found {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        let (tenant_membership, its_state) = (row.column::<Option<Uuid>>()?, state(row)?);
        let (membership, state) = (row.column::<Option<Uuid>>()?, state(row)?);
        Ok(Self {
            tenant_membership: tenant_membership.map(|id| (id.into(), its_state)),
            membership: membership.map(|id| (id.into(), state)),
        })
    }
}

/// What the newcomer is already. The tenant's turn keeps it so.
pub(super) async fn find(writer: &Writer, newcomer: &Newcomer) -> Result<Found, Error> {
    const FIND: &str = "
        select member.id, member.status = 'active', member.deleted_at is not null, seat.id, seat.status = 'active', seat.deleted_at is not null
        from (select $2::uuid as user_id) person
        left join tenant_memberships member on member.tenant_id = $1 and member.user_id = person.user_id
        left join organization_memberships seat
            on seat.tenant_id = $1 and seat.organization_id = $3 and seat.user_id = person.user_id";
    let tenant = writer.presence()?.tenant.uuid();
    let values = vec![tenant.into(), newcomer.user.uuid().into(), newcomer.organization.uuid().into()];
    Ok(writer.transaction.one(FIND, values).await?.unwrap_or_default())
}

/// Whoever has no primary tenant yet starts in this one.
const IS_FIRST: &str = "not exists (select from tenant_memberships other
    where other.user_id = $3 and other.is_primary and other.deleted_at is null)";

pub(super) async fn insert_into_tenant(writer: &Writer, newcomer: &Newcomer) -> Result<TenantMembershipId, Error> {
    let sql = format!(
        "insert into tenant_memberships (tenant_id, id, user_id, role, invited_by, is_primary, last_active_at)
        values ($1, $2, $3, 'member', $4, {IS_FIRST}, $5)"
    );
    let id: TenantMembershipId = clock::new_id();
    write_in_tenant(writer, sql, id, newcomer).await?;
    Ok(id)
}

pub(super) async fn revive_in_tenant(
    writer: &Writer,
    id: TenantMembershipId,
    newcomer: &Newcomer,
) -> Result<TenantMembershipId, Error> {
    let sql = format!(
        "update tenant_memberships member set deleted_at = null, deletion_id = null, status = 'active', role = 'member',
            invited_by = $4, is_primary = {IS_FIRST}, last_active_at = $5
        where (member.tenant_id, member.id) = ($1, $2)"
    );
    write_in_tenant(writer, sql, id, newcomer).await?;
    Ok(id)
}

async fn write_in_tenant(writer: &Writer, sql: String, id: TenantMembershipId, newcomer: &Newcomer) -> Result<(), Error> {
    let values = vec![
        writer.presence()?.tenant.uuid().into(),
        id.uuid().into(),
        newcomer.user.uuid().into(),
        newcomer.invited_by.map(entity::id::UserId::uuid).into(),
        writer.now.into(),
    ];
    writer.transaction.all::<i64>(sql, values).await?;
    Ok(())
}

pub(super) async fn insert(writer: &Writer, newcomer: &Newcomer) -> Result<OrganizationMembershipId, Error> {
    const INSERT: &str = "
        insert into organization_memberships (tenant_id, id, organization_id, user_id, role, invited_by_user_id, last_active_at)
        values ($1, $2, $3, $4, $5, $6, $7)";
    let id = clock::new_id();
    write(writer, INSERT, id, newcomer).await?;
    Ok(id)
}

pub(super) async fn revive(
    writer: &Writer,
    id: OrganizationMembershipId,
    newcomer: &Newcomer,
) -> Result<OrganizationMembershipId, Error> {
    const REVIVE: &str = "
        update organization_memberships seat set deleted_at = null, deletion_id = null, status = 'active', role = $5,
            invited_by_user_id = $6, last_active_at = $7
        where (seat.tenant_id, seat.id) = ($1, $2) and seat.organization_id = $3 and seat.user_id = $4";
    write(writer, REVIVE, id, newcomer).await?;
    Ok(id)
}

async fn write(writer: &Writer, sql: &'static str, id: OrganizationMembershipId, newcomer: &Newcomer) -> Result<(), Error> {
    let values = vec![
        writer.presence()?.tenant.uuid().into(),
        id.uuid().into(),
        newcomer.organization.uuid().into(),
        newcomer.user.uuid().into(),
        newcomer.role.as_str().into(),
        newcomer.invited_by.map(entity::id::UserId::uuid).into(),
        writer.now.into(),
    ];
    writer.transaction.all::<i64>(sql, values).await?;
    Ok(())
}
