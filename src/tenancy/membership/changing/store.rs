//! Every statement that changes memberships.

use entity::id::{DeletionId, OrganizationId, OrganizationMembershipId, TenantMembershipId};
use entity::organization_membership::OrganizationRole;
use entity::tenant_membership::MembershipStatus;
use uuid::Uuid;

use super::target::Target;
use crate::database::{FromRow, Row};
use crate::error::Error;
use crate::request::Writer;

/// Where a membership is; it never changes.
pub(super) async fn organization(writer: &Writer, id: OrganizationMembershipId) -> Result<Option<OrganizationId>, Error> {
    const WHERE: &str = "
        select seat.organization_id from organization_memberships seat
        where seat.tenant_id = $1 and seat.id = $2 and seat.deleted_at is null";
    let values = vec![writer.presence()?.tenant.uuid().into(), id.uuid().into()];
    Ok(writer.transaction.one::<Uuid>(WHERE, values).await?.map(Into::into))
}

/// The caller's own membership in an organization.
pub(super) async fn own(writer: &Writer, organization: OrganizationId) -> Result<Option<OrganizationMembershipId>, Error> {
    const OWN: &str = "
        select seat.id from organization_memberships seat
        where seat.tenant_id = $1 and seat.organization_id = $2 and seat.user_id = $3 and seat.deleted_at is null";
    let values = vec![writer.presence()?.tenant.uuid().into(), organization.uuid().into(), writer.caller.user.uuid().into()];
    Ok(writer.transaction.one::<Uuid>(OWN, values).await?.map(Into::into))
}

impl FromRow for Target {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.column::<Uuid>()?.into(),
            organization: row.column::<Uuid>()?.into(),
            user: row.column::<Uuid>()?.into(),
            tenant_membership: row.column::<Uuid>()?.into(),
            role: row.member(OrganizationRole::as_str)?,
            status: row.member(MembershipStatus::as_str)?,
            is_owner: row.column()?,
        })
    }
}

/// Locks a living membership, whose organization is locked already.
pub(super) async fn lock(writer: &Writer, id: OrganizationMembershipId) -> Result<Option<Target>, Error> {
    const LOCK: &str = "
        select seat.id, seat.organization_id, seat.user_id, member.id, seat.role, seat.status, organization.owner_id = seat.user_id
        from organization_memberships seat
        join organizations organization on organization.tenant_id = $1 and organization.id = seat.organization_id
        join tenant_memberships member on member.tenant_id = $1 and member.user_id = seat.user_id
        where seat.tenant_id = $1 and seat.id = $2 and seat.deleted_at is null for update of seat";
    writer.transaction.one(LOCK, vec![writer.presence()?.tenant.uuid().into(), id.uuid().into()]).await
}

/// Writes role and status of a locked membership.
pub(super) async fn update(
    writer: &Writer,
    id: OrganizationMembershipId,
    role: OrganizationRole,
    status: MembershipStatus,
) -> Result<(), Error> {
    const UPDATE: &str = "
        update organization_memberships seat set role = $3, status = $4 where (seat.tenant_id, seat.id) = ($1, $2)";
    let values = vec![writer.presence()?.tenant.uuid().into(), id.uuid().into(), role.as_str().into(), status.as_str().into()];
    writer.transaction.all::<i64>(UPDATE, values).await?;
    Ok(())
}

/// What went with a membership.
#[derive(Default)]
pub(super) struct Taken {
    pub roles: i64,
    pub overrides: i64,
    pub grants: i64,
    pub teams: Vec<Uuid>,
}

impl FromRow for Taken {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self { roles: row.column()?, overrides: row.column()?, grants: row.column()?, teams: row.column()? })
    }
}

/// Ends a locked membership, and with it what the member had in the organization, as one deletion: assigned roles, overrides,
/// grants on the organization and its teams, and places in teams. What holds in the whole tenant stays.
pub(super) async fn remove(writer: &Writer, target: &Target, deletion: DeletionId) -> Result<Taken, Error> {
    const REMOVE: &str = "
        with ended as (
            update organization_memberships seat set deleted_at = $5, deletion_id = $6
            where (seat.tenant_id, seat.id) = ($1, $2)),
        roles as (
            update member_roles assignment set deleted_at = $5, deletion_id = $6
            where (assignment.tenant_id, assignment.tenant_membership_id) = ($1, $3) and assignment.organization_id = $4
                and assignment.deleted_at is null and assignment.revoked_at is null
            returning 1),
        overrides as (
            update member_permission_overrides special set deleted_at = $5, deletion_id = $6
            where (special.tenant_id, special.tenant_membership_id) = ($1, $3) and special.organization_id = $4
                and special.deleted_at is null
            returning 1),
        grants as (
            update resource_grants held set deleted_at = $5, deletion_id = $6
            where (held.tenant_id, held.tenant_membership_id) = ($1, $3) and held.deleted_at is null
                and (held.resource_type = 'organization' and held.resource_id = $4
                    or held.resource_type = 'team' and exists (select from teams team
                        where team.tenant_id = $1 and team.id = held.resource_id and team.organization_id = $4))
            returning 1),
        places as (
            delete from team_members place using teams team
            where (place.tenant_id, place.tenant_membership_id) = ($1, $3) and team.tenant_id = $1 and team.id = place.team_id
                and team.organization_id = $4
            returning place.*),
        kept as (
            insert into deleted_team_members (tenant_id, id, deletion_id, index_id, team_id, tenant_membership_id, is_lead, created_at)
            select places.tenant_id, places.id, $6, places.index_id, places.team_id, places.tenant_membership_id, places.is_lead,
                places.created_at from places)
        select (select count(*) from roles), (select count(*) from overrides), (select count(*) from grants),
            array(select places.team_id from places)";
    let membership: TenantMembershipId = target.tenant_membership;
    let values = vec![
        writer.presence()?.tenant.uuid().into(),
        target.id.uuid().into(),
        membership.uuid().into(),
        target.organization.uuid().into(),
        writer.now.into(),
        deletion.uuid().into(),
    ];
    Ok(writer.transaction.one(REMOVE, values).await?.unwrap_or_default())
}
