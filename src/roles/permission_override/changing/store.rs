//! Every statement that changes overrides.

use chrono::{DateTime, Utc};
use entity::id::{OrganizationId, PermissionOverrideId, TenantMembershipId, UserId};
use entity::permission_override;
use entity::role_permission::Effect;
use migration::catalog::Permission;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, EntityTrait};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::database::{FromRow, Row};
use crate::error::Error;
use crate::request::Writer;

/// What tells overrides from each other: there is one of each.
pub(super) struct Key {
    pub membership: TenantMembershipId,
    pub organization: Option<OrganizationId>,
    pub permission: Permission,
    pub priority: i32,
}

/// What an override says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Terms {
    pub effect: Effect,
    pub conditions: Option<Value>,
    pub reason: Option<String>,
    pub expires_at: Option<DateTime<Utc>>,
}

impl Terms {
    /// May the member have more by this than by what was there?
    pub fn gives_more_than(&self, before: Option<&Self>) -> bool {
        let same = |before: &Self| {
            before.effect == self.effect && before.conditions == self.conditions && before.expires_at == self.expires_at
        };
        if before.is_some_and(same) {
            return false;
        }
        self.effect == Effect::Allow || before.is_some_and(|before| before.effect == Effect::Deny)
    }

    /// As the audit log has it.
    pub fn written(&self) -> Value {
        json!({
            "effect": self.effect.as_str(), "conditions": self.conditions, "reason": self.reason, "expiresAt": self.expires_at,
        })
    }
}

impl FromRow for Terms {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            effect: row.member(Effect::as_str)?,
            conditions: row.column()?,
            reason: row.column()?,
            expires_at: row.column()?,
        })
    }
}

struct Stored(PermissionOverrideId, Terms);

impl FromRow for Stored {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self(row.column::<Uuid>()?.into(), Terms::from_row(row)?))
    }
}

/// The membership of somebody in the tenant; where an organization is named, only if the person is a member there, too.
pub(super) async fn membership(
    writer: &Writer,
    user: UserId,
    within: Option<OrganizationId>,
) -> Result<Option<TenantMembershipId>, Error> {
    const MEMBERSHIP: &str = "
        select member.id from tenant_memberships member
        where member.tenant_id = $1 and member.user_id = $2 and member.deleted_at is null
            and ($3::uuid is null or exists (select from organization_memberships seat where seat.tenant_id = $1
                and seat.organization_id = $3 and seat.user_id = $2 and seat.deleted_at is null))
        for share";
    let within = within.map(OrganizationId::uuid);
    let values = vec![writer.presence()?.tenant.uuid().into(), user.uuid().into(), within.into()];
    Ok(writer.transaction.one::<Found>(MEMBERSHIP, values).await?.map(|Found(id)| id))
}

struct Found(TenantMembershipId);

impl FromRow for Found {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self(row.column::<Uuid>()?.into()))
    }
}

/// The living override of this key, locked.
pub(super) async fn lock(writer: &Writer, key: &Key) -> Result<Option<(PermissionOverrideId, Terms)>, Error> {
    const LOCK: &str = "
        select override.id, override.effect, override.conditions, override.reason, override.expires_at
        from member_permission_overrides override
        where override.tenant_id = $1 and override.tenant_membership_id = $2 and override.organization_id is not distinct from $3
            and override.permission_id = $4 and override.priority = $5 and override.deleted_at is null
        order by override.index_id limit 1 for update";
    let values = vec![
        writer.presence()?.tenant.uuid().into(),
        key.membership.uuid().into(),
        key.organization.map(OrganizationId::uuid).into(),
        Uuid::from_u128(key.permission.id()).into(),
        key.priority.into(),
    ];
    Ok(writer.transaction.one::<Stored>(LOCK, values).await?.map(|Stored(id, terms)| (id, terms)))
}

/// The living override with this id, locked.
pub(super) async fn find(writer: &Writer, id: PermissionOverrideId) -> Result<Option<Terms>, Error> {
    const FIND: &str = "
        select override.effect, override.conditions, override.reason, override.expires_at
        from member_permission_overrides override
        where override.tenant_id = $1 and override.id = $2 and override.deleted_at is null for update";
    writer.transaction.one(FIND, vec![writer.presence()?.tenant.uuid().into(), id.uuid().into()]).await
}

/// Makes an override, or changes the one that is there.
pub(super) async fn write(
    writer: &Writer,
    id: PermissionOverrideId,
    key: &Key,
    terms: &Terms,
    is_there: bool,
) -> Result<(), Error> {
    let mut row = permission_override::ActiveModel {
        tenant_id: Set(writer.presence()?.tenant),
        id: Set(id),
        effect: Set(terms.effect),
        conditions: Set(terms.conditions.clone()),
        reason: Set(terms.reason.clone()),
        expires_at: Set(terms.expires_at),
        created_by: Set(Some(writer.caller.user)),
        ..Default::default()
    };
    if is_there {
        row.update(&writer.transaction).await?;
        return Ok(());
    }
    row.tenant_membership_id = Set(key.membership);
    row.organization_id = Set(key.organization);
    row.permission_id = Set(Uuid::from_u128(key.permission.id()).into());
    row.priority = Set(key.priority);
    permission_override::Entity::insert(row).exec_without_returning(&writer.transaction).await?;
    Ok(())
}

/// Takes an override away.
pub(super) async fn delete(writer: &Writer, id: PermissionOverrideId) -> Result<(), Error> {
    let row = permission_override::ActiveModel {
        tenant_id: Set(writer.presence()?.tenant),
        id: Set(id),
        deleted_at: Set(Some(writer.now)),
        ..Default::default()
    };
    row.update(&writer.transaction).await?;
    Ok(())
}
