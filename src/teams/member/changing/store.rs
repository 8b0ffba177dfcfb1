//! Every statement that changes who is in a team.

use entity::id::{OrganizationId, TeamId, TeamMemberId, TenantMembershipId, UserId};
use entity::team_member;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, EntityTrait, SqlErr};

use crate::database::{FromRow, Row};
use crate::error::Error;
use crate::request::Writer;
use uuid::Uuid;

/// Somebody's place in a team.
pub(super) struct Place {
    pub user: UserId,
    pub is_lead: bool,
}

impl FromRow for Place {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self { user: row.column::<Uuid>()?.into(), is_lead: row.column()? })
    }
}

/// The place with this id.
pub(super) async fn find(writer: &Writer, id: TeamMemberId) -> Result<Option<Place>, Error> {
    const FIND: &str = "
        select member.user_id, place.is_lead from team_members place
        join tenant_memberships member on member.tenant_id = $1 and member.id = place.tenant_membership_id
        where place.tenant_id = $1 and place.id = $2 for update of place";
    writer.transaction.one(FIND, vec![writer.presence()?.tenant.uuid().into(), id.uuid().into()]).await
}

/// The membership in the tenant of somebody who is a living member of the organization.
pub(super) async fn membership(
    writer: &Writer,
    organization: OrganizationId,
    user: UserId,
) -> Result<Option<TenantMembershipId>, Error> {
    const MEMBERSHIP: &str = "
        select member.id from tenant_memberships member
        join organization_memberships seat on seat.tenant_id = $1 and seat.organization_id = $2 and seat.user_id = member.user_id
            and seat.deleted_at is null
        where member.tenant_id = $1 and member.user_id = $3 and member.deleted_at is null for share";
    let values = vec![writer.presence()?.tenant.uuid().into(), organization.uuid().into(), user.uuid().into()];
    Ok(writer.transaction.one::<Found>(MEMBERSHIP, values).await?.map(|Found(id)| id))
}

struct Found(TenantMembershipId);

impl FromRow for Found {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self(row.column::<Uuid>()?.into()))
    }
}

/// What is known of a place before it is taken.
pub(super) struct NewPlace {
    pub id: TeamMemberId,
    pub team: TeamId,
    pub membership: TenantMembershipId,
    pub is_lead: bool,
}

/// Puts a member into a team. False where it is in there already.
pub(super) async fn insert(writer: &Writer, new: &NewPlace) -> Result<bool, Error> {
    let row = team_member::ActiveModel {
        tenant_id: Set(writer.presence()?.tenant),
        id: Set(new.id),
        team_id: Set(new.team),
        tenant_membership_id: Set(new.membership),
        is_lead: Set(new.is_lead),
        ..Default::default()
    };
    match team_member::Entity::insert(row).exec_without_returning(&writer.transaction).await {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Makes a member a lead, or one no longer.
pub(super) async fn set_lead(writer: &Writer, id: TeamMemberId, is_lead: bool) -> Result<(), Error> {
    let row = team_member::ActiveModel {
        tenant_id: Set(writer.presence()?.tenant),
        id: Set(id),
        is_lead: Set(is_lead),
        ..Default::default()
    };
    row.update(&writer.transaction).await?;
    Ok(())
}

/// Takes a member out of a team.
pub(super) async fn delete(writer: &Writer, id: TeamMemberId) -> Result<(), Error> {
    team_member::Entity::delete_by_id((writer.presence()?.tenant, id)).exec(&writer.transaction).await?;
    Ok(())
}
