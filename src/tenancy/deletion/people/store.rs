//! Every statement about people who leave tenants, and come back.

use entity::id::{DeletionId, OrganizationId, TenantId, TenantMembershipId, UserId};
use entity::tenant_membership::TenantRole;
use serde_json::Value;
use uuid::Uuid;

use crate::database::{FromRow, Row};
use crate::error::Error;
use crate::request::Writer;

/// A living membership of the tenant. The tenant's turn keeps it so.
pub(super) struct Member {
    pub user: UserId,
    pub role: TenantRole,
    /// The organizations that the member owns.
    pub owns: Vec<String>,
    /// Is there no other owner of the tenant?
    pub is_last_owner: bool,
}

impl FromRow for Member {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            user: row.column::<Uuid>()?.into(),
            role: row.member(TenantRole::as_str)?,
            owns: row.column()?,
            is_last_owner: row.column()?,
        })
    }
}

/// A living membership of the tenant.
pub(super) async fn member(writer: &Writer, id: TenantMembershipId) -> Result<Option<Member>, Error> {
    const MEMBER: &str = "
        select member.user_id, member.role, array(
                select organization.name from organizations organization
                where organization.tenant_id = $1 and organization.owner_id = member.user_id and organization.deleted_at is null
                order by organization.name),
            member.role = 'owner' and not exists (select from tenant_memberships other
                where other.tenant_id = $1 and other.role = 'owner' and other.status = 'active' and other.deleted_at is null
                    and other.id <> member.id)
        from tenant_memberships member
        where member.tenant_id = $1 and member.id = $2 and member.deleted_at is null for update of member";
    writer.transaction.one(MEMBER, vec![writer.presence()?.tenant.uuid().into(), id.uuid().into()]).await
}

struct Counts(Option<Value>);

impl FromRow for Counts {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self(row.column()?))
    }
}

/// Ends a membership of the tenant with all that hangs on it; says how much that was.
pub(super) async fn end(writer: &Writer, user: UserId, deletion: DeletionId) -> Result<Option<Value>, Error> {
    const END: &str = "select tenantry_end_tenant_membership($1, $2, $3, $4)";
    let tenant = writer.presence()?.tenant.uuid();
    let values = vec![tenant.into(), user.uuid().into(), deletion.uuid().into(), writer.now.into()];
    Ok(writer.transaction.one(END, values).await?.and_then(|Counts(counts)| counts))
}

/// A membership of the tenant that has ended by a deletion of its own, locked: which deletion, and whose.
pub(super) struct Ended {
    pub deletion: DeletionId,
    pub user: UserId,
}

impl FromRow for Ended {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self { deletion: row.column::<Uuid>()?.into(), user: row.column::<Uuid>()?.into() })
    }
}

/// A membership of the tenant that has ended, of somebody whose account is not deleted.
pub(super) async fn ended(writer: &Writer, id: TenantMembershipId) -> Result<Option<Ended>, Error> {
    const ENDED: &str = "
        select member.deletion_id, member.user_id from tenant_memberships member
        where member.tenant_id = $1 and member.id = $2 and member.deletion_id is not null
            and exists (select from users person where person.id = member.user_id and person.deleted_at is null)
        for update of member";
    writer.transaction.one(ENDED, vec![writer.presence()?.tenant.uuid().into(), id.uuid().into()]).await
}

/// The organizations in which a deletion took a seat, in the order in which they are locked.
pub(super) async fn organizations(writer: &Writer, deletion: DeletionId) -> Result<Vec<OrganizationId>, Error> {
    const ORGANIZATIONS: &str = "
        select seat.organization_id from organization_memberships seat
        where seat.tenant_id = $1 and seat.deletion_id = $2 order by seat.organization_id";
    let values = vec![writer.presence()?.tenant.uuid().into(), deletion.uuid().into()];
    Ok(writer.transaction.all::<Uuid>(ORGANIZATIONS, values).await?.into_iter().map(Into::into).collect())
}

/// A deleted account, locked.
pub(super) struct DeletedUser {
    pub deletion: DeletionId,
    /// Has somebody else the address by now?
    pub is_address_taken: bool,
    /// Is it too late to restore it?
    pub is_over: bool,
    /// The living tenants that the deletion took it from.
    pub tenants: Vec<TenantId>,
}

struct Found(Option<Vec<String>>);

impl FromRow for Found {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self(row.column()?))
    }
}

/// A deleted account, locked, and the turns of its tenants taken.
pub(super) async fn deleted_user(writer: &Writer, user: UserId) -> Result<Option<DeletedUser>, Error> {
    const DELETED: &str = "select tenantry_deleted_user($1)";
    let found = writer.transaction.one(DELETED, vec![user.uuid().into()]).await?;
    let Some(Found(Some(said))) = found else { return Ok(None) };
    let strange = || Error::internal("a deleted account is told in another way");
    let [deletion, taken, over, tenants @ ..] = said.as_slice() else { return Err(strange()) };
    let id = |text: &String| text.parse::<Uuid>().map_err(|_| strange());
    Ok(Some(DeletedUser {
        deletion: id(deletion)?.into(),
        is_address_taken: taken == "true",
        is_over: over == "true",
        tenants: tenants.iter().map(|tenant| id(tenant).map(TenantId::from)).collect::<Result<_, _>>()?,
    }))
}

/// Brings the account itself back, locked before.
pub(super) async fn revive_user(writer: &Writer, user: UserId) -> Result<bool, Error> {
    const REVIVE: &str = "select tenantry_revive_user($1, $2, $3, $4)";
    let origin = writer.request().origin();
    let values = vec![
        user.uuid().into(),
        origin.ip.map(|ip| ip.to_string()).into(),
        origin.user_agent.clone().into(),
        writer.request().id().into(),
    ];
    Ok(writer.transaction.one::<bool>(REVIVE, values).await?.unwrap_or_default())
}
