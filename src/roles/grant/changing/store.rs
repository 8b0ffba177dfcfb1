//! Every statement that changes grants.

use chrono::{DateTime, Utc};
use entity::id::{OrganizationId, OrganizationMembershipId, ResourceGrantId, RoleId, TeamId, TenantMembershipId, UserId};
use entity::resource_grant;
use entity::role_permission::Effect;
use migration::catalog::Permission;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, EntityTrait};
use serde_json::Value;
use uuid::Uuid;

use super::grantee::Grantee;
use crate::access::Resource;
use crate::database::{FromRow, Row};
use crate::error::Error;
use crate::request::Writer;

/// Where the things of ours are. Of other kinds, which are the customer's own, nothing is stored here.
const PLACES: [(&str, &str); 9] = [
    ("tenant", "select null::uuid from tenants thing where thing.id = $1 and thing.id = $2 and thing.deleted_at is null"),
    (
        "organization",
        "select thing.id from organizations thing where thing.tenant_id = $1 and thing.id = $2 and thing.deleted_at is null for share",
    ),
    (
        "team",
        "select thing.organization_id from teams thing
        join organizations place on place.tenant_id = $1 and place.id = thing.organization_id and place.deleted_at is null
        where thing.tenant_id = $1 and thing.id = $2 and thing.deleted_at is null for share",
    ),
    (
        "organization_membership",
        "select thing.organization_id from organization_memberships thing
        join organizations place on place.tenant_id = $1 and place.id = thing.organization_id and place.deleted_at is null
        where thing.tenant_id = $1 and thing.id = $2 and thing.deleted_at is null",
    ),
    (
        "subscription",
        "select thing.organization_id from subscriptions thing
        join organizations place on place.tenant_id = $1 and place.id = thing.organization_id and place.deleted_at is null
        where thing.tenant_id = $1 and thing.id = $2 and thing.deleted_at is null",
    ),
    ("role", "select null::uuid from roles thing where thing.tenant_id = $1 and thing.id = $2 and thing.deleted_at is null"),
    ("product", "select null::uuid from products thing where thing.tenant_id = $1 and thing.id = $2 and thing.deleted_at is null"),
    (
        "tenant_membership",
        "select null::uuid from tenant_memberships thing where thing.tenant_id = $1 and thing.id = $2 and thing.deleted_at is null",
    ),
    (
        "user",
        "select null::uuid from tenant_memberships thing
        where thing.tenant_id = $1 and thing.user_id = $2 and thing.deleted_at is null",
    ),
];

/// Where a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whereabouts {
    /// It is of a kind of the customer's own.
    Unknown,
    /// It should be here, and is not.
    Missing,
    /// In the tenant as a whole.
    Tenant,
    /// In an organization.
    Organization(OrganizationId),
}

impl Whereabouts {
    /// The organization, where it is in one.
    pub fn organization(self) -> Option<OrganizationId> {
        match self {
            Self::Organization(organization) => Some(organization),
            Self::Unknown | Self::Missing | Self::Tenant => None,
        }
    }
}

impl FromRow for Whereabouts {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(row.column::<Option<Uuid>>()?.map_or(Self::Tenant, |organization| Self::Organization(organization.into())))
    }
}

/// Where a resource is.
pub(super) async fn whereabouts(writer: &Writer, resource: &Resource) -> Result<Whereabouts, Error> {
    let Some((_, sql)) = PLACES.iter().find(|(kind, _)| *kind == resource.kind) else { return Ok(Whereabouts::Unknown) };
    let values = vec![writer.presence()?.tenant.uuid().into(), resource.id.into()];
    Ok(writer.transaction.one(*sql, values).await?.unwrap_or(Whereabouts::Missing))
}

struct Member(TenantMembershipId, UserId);

impl FromRow for Member {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self(row.column::<Uuid>()?.into(), row.column::<Uuid>()?.into()))
    }
}

/// A member of the tenant by an id of the person, of its membership in the tenant or of one in an organization; where an
/// organization is named, only if the person is a member there.
pub(super) async fn member(
    writer: &Writer,
    prefix: &str,
    id: Uuid,
    within: Option<OrganizationId>,
) -> Result<Option<(TenantMembershipId, UserId)>, Error> {
    let named = match prefix {
        TenantMembershipId::PREFIX => "member.id = $2",
        OrganizationMembershipId::PREFIX => {
            "member.user_id = (select seat.user_id from organization_memberships seat
                where seat.tenant_id = $1 and seat.id = $2 and seat.deleted_at is null)"
        }
        _ => "member.user_id = $2",
    };
    let sql = format!(
        "select member.id, member.user_id from tenant_memberships member
        where member.tenant_id = $1 and {named} and member.deleted_at is null
            and ($3::uuid is null or exists (select from organization_memberships seat where seat.tenant_id = $1
                and seat.organization_id = $3 and seat.user_id = member.user_id and seat.deleted_at is null))
        for share"
    );
    let within = within.map(OrganizationId::uuid);
    let values = vec![writer.presence()?.tenant.uuid().into(), id.into(), within.into()];
    Ok(writer.transaction.one::<Member>(sql, values).await?.map(|Member(membership, user)| (membership, user)))
}

/// What is known of a grant before it is given.
pub(super) struct NewGrant {
    pub id: ResourceGrantId,
    pub resource: Resource,
    pub grantee: Grantee,
    pub permission: Permission,
    pub effect: Effect,
    pub conditions: Option<Value>,
    pub expires_at: Option<DateTime<Utc>>,
}

/// Is the same in force already, on whatever conditions?
pub(super) async fn is_given(writer: &Writer, new: &NewGrant) -> Result<bool, Error> {
    const GIVEN: &str = "
        select given.index_id from resource_grants given
        where given.tenant_id = $1 and given.resource_type = $2 and given.resource_id = $3
            and given.tenant_membership_id is not distinct from $4 and given.team_id is not distinct from $5
            and given.role_id is not distinct from $6 and given.permission_id = $7 and given.effect = $8
            and given.deleted_at is null and (given.expires_at is null or given.expires_at > $9) limit 1";
    let (membership, team, role) = columns(new.grantee);
    let values = vec![
        writer.presence()?.tenant.uuid().into(),
        new.resource.kind.to_string().into(),
        new.resource.id.into(),
        membership.map(TenantMembershipId::uuid).into(),
        team.map(TeamId::uuid).into(),
        role.map(RoleId::uuid).into(),
        Uuid::from_u128(new.permission.id()).into(),
        new.effect.as_str().into(),
        writer.now.into(),
    ];
    Ok(writer.transaction.one::<i64>(GIVEN, values).await?.is_some())
}

fn columns(grantee: Grantee) -> (Option<TenantMembershipId>, Option<TeamId>, Option<RoleId>) {
    match grantee {
        Grantee::Member(membership, _) => (Some(membership), None, None),
        Grantee::Team(team, _) => (None, Some(team), None),
        Grantee::Role(role) => (None, None, Some(role)),
    }
}

/// Gives it.
pub(super) async fn insert(writer: &Writer, new: &NewGrant) -> Result<(), Error> {
    let (membership, team, role) = columns(new.grantee);
    let row = resource_grant::ActiveModel {
        tenant_id: Set(writer.presence()?.tenant),
        id: Set(new.id),
        resource_type: Set(new.resource.kind.to_string()),
        resource_id: Set(new.resource.id),
        tenant_membership_id: Set(membership),
        team_id: Set(team),
        role_id: Set(role),
        permission_id: Set(Uuid::from_u128(new.permission.id()).into()),
        effect: Set(new.effect),
        conditions: Set(new.conditions.clone()),
        expires_at: Set(new.expires_at),
        granted_by: Set(Some(writer.caller.user)),
        ..Default::default()
    };
    resource_grant::Entity::insert(row).exec_without_returning(&writer.transaction).await?;
    Ok(())
}

/// What a grant says.
pub(super) struct Terms {
    pub effect: Effect,
    pub conditions: Option<Value>,
    pub expires_at: Option<DateTime<Utc>>,
}

impl FromRow for Terms {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self { effect: row.member(Effect::as_str)?, conditions: row.column()?, expires_at: row.column()? })
    }
}

/// The terms of a living grant, which is locked.
pub(super) async fn lock(writer: &Writer, id: ResourceGrantId) -> Result<Option<Terms>, Error> {
    const LOCK: &str = "
        select given.effect, given.conditions, given.expires_at from resource_grants given
        where given.tenant_id = $1 and given.id = $2 and given.deleted_at is null for update";
    writer.transaction.one(LOCK, vec![writer.presence()?.tenant.uuid().into(), id.uuid().into()]).await
}

/// Takes a grant back.
pub(super) async fn delete(writer: &Writer, id: ResourceGrantId) -> Result<(), Error> {
    let row = resource_grant::ActiveModel {
        tenant_id: Set(writer.presence()?.tenant),
        id: Set(id),
        deleted_at: Set(Some(writer.now)),
        ..Default::default()
    };
    row.update(&writer.transaction).await?;
    Ok(())
}
