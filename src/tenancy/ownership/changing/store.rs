//! Every statement that changes who owns an organization.

use entity::id::{OrganizationId, OwnershipTransferId, UserId};
use entity::ownership_transfer::TransferStatus;
use uuid::Uuid;

use super::LIFETIME;
use super::target::Target;
use crate::database::{FromRow, Row};
use crate::error::Error;
use crate::request::Writer;

/// The owner of a locked organization.
pub(super) async fn owner(writer: &Writer, organization: OrganizationId) -> Result<Option<UserId>, Error> {
    const OWNER: &str = "
        select organization.owner_id from organizations organization
        where organization.tenant_id = $1 and organization.id = $2 and organization.deleted_at is null";
    let values = vec![writer.presence()?.tenant.uuid().into(), organization.uuid().into()];
    Ok(writer.transaction.one::<Uuid>(OWNER, values).await?.map(Into::into))
}

/// Could this person own the organization: an active member of it, with an active account and place in the tenant?
pub(super) async fn may_own(writer: &Writer, organization: OrganizationId, user: UserId) -> Result<bool, Error> {
    const MAY_OWN: &str = "
        select seat.index_id from organization_memberships seat
        join tenant_memberships member on member.tenant_id = $1 and member.user_id = seat.user_id
            and member.status = 'active' and member.deleted_at is null
        join users person on person.id = seat.user_id and person.is_active and person.deleted_at is null
        where seat.tenant_id = $1 and seat.organization_id = $2 and seat.user_id = $3
            and seat.status = 'active' and seat.deleted_at is null
        for share of seat";
    let values = vec![writer.presence()?.tenant.uuid().into(), organization.uuid().into(), user.uuid().into()];
    Ok(writer.transaction.one::<i64>(MAY_OWN, values).await?.is_some())
}

/// What is known of an offer before it is made.
pub(super) struct NewOffer {
    pub id: OwnershipTransferId,
    pub organization: OrganizationId,
    pub from: UserId,
    pub to: UserId,
    /// Why the platform's staff offers it; else the owner does.
    pub rescue: Option<String>,
}

/// Makes an offer of a locked organization. False where another one waits for an answer; one whose time has passed, or that
/// an earlier owner made, makes room.
pub(super) async fn insert(writer: &Writer, new: &NewOffer) -> Result<bool, Error> {
    const MAKE_ROOM: &str = "
        update ownership_transfers offer set status = 'expired', answered_at = least(offer.expires_at, $3)
        where (offer.tenant_id, offer.organization_id) = ($1, $2) and offer.status = 'offered'
            and (offer.expires_at <= $3 or offer.from_user_id <> $4)";
    const INSERT: &str = "
        insert into ownership_transfers
            (tenant_id, id, organization_id, from_user_id, to_user_id, offered_by_user_id, is_rescue, reason, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7::text is not null, $7, $8)
        on conflict do nothing returning index_id";
    let tenant = writer.presence()?.tenant.uuid();
    let room = vec![tenant.into(), new.organization.uuid().into(), writer.now.into(), new.from.uuid().into()];
    writer.transaction.all::<i64>(MAKE_ROOM, room).await?;
    let values = vec![
        tenant.into(),
        new.id.uuid().into(),
        new.organization.uuid().into(),
        new.from.uuid().into(),
        new.to.uuid().into(),
        writer.caller.user.uuid().into(),
        new.rescue.clone().into(),
        (writer.now + LIFETIME).into(),
    ];
    Ok(writer.transaction.one::<i64>(INSERT, values).await?.is_some())
}

/// Withdraws whatever offer of a locked organization waits for an answer.
pub(super) async fn withdraw_all(writer: &Writer, organization: OrganizationId) -> Result<(), Error> {
    const WITHDRAW: &str = "
        update ownership_transfers offer set status = 'withdrawn', answered_at = $3
        where (offer.tenant_id, offer.organization_id) = ($1, $2) and offer.status = 'offered'";
    let values = vec![writer.presence()?.tenant.uuid().into(), organization.uuid().into(), writer.now.into()];
    writer.transaction.all::<i64>(WITHDRAW, values).await?;
    Ok(())
}

/// What an offer is about; it never changes.
pub(super) async fn organization(writer: &Writer, id: OwnershipTransferId) -> Result<Option<OrganizationId>, Error> {
    const WHERE: &str = "
        select offer.organization_id from ownership_transfers offer where offer.tenant_id = $1 and offer.id = $2";
    let values = vec![writer.presence()?.tenant.uuid().into(), id.uuid().into()];
    Ok(writer.transaction.one::<Uuid>(WHERE, values).await?.map(Into::into))
}

impl FromRow for Target {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.column::<Uuid>()?.into(),
            organization: row.column::<Uuid>()?.into(),
            owner: row.column::<Uuid>()?.into(),
            from: row.column::<Uuid>()?.into(),
            to: row.column::<Uuid>()?.into(),
            offered_by: row.column::<Uuid>()?.into(),
            is_rescue: row.column()?,
            status: row.member(TransferStatus::as_str)?,
            expires_at: row.column()?,
        })
    }
}

/// Locks an offer, whose organization is locked already.
pub(super) async fn lock(writer: &Writer, id: OwnershipTransferId) -> Result<Option<Target>, Error> {
    const LOCK: &str = "
        select offer.id, offer.organization_id, organization.owner_id, offer.from_user_id, offer.to_user_id, offer.offered_by_user_id,
            offer.is_rescue, offer.status, offer.expires_at
        from ownership_transfers offer
        join organizations organization on organization.tenant_id = $1 and organization.id = offer.organization_id
        where offer.tenant_id = $1 and offer.id = $2 for update of offer";
    writer.transaction.one(LOCK, vec![writer.presence()?.tenant.uuid().into(), id.uuid().into()]).await
}

/// Ends a locked offer.
pub(super) async fn answer(writer: &Writer, id: OwnershipTransferId, status: TransferStatus) -> Result<(), Error> {
    const ANSWER: &str = "
        update ownership_transfers offer set status = $3, answered_at = $4
        where (offer.tenant_id, offer.id) = ($1, $2) and offer.status = 'offered'";
    let values = vec![writer.presence()?.tenant.uuid().into(), id.uuid().into(), status.as_str().into(), writer.now.into()];
    writer.transaction.all::<i64>(ANSWER, values).await?;
    Ok(())
}

/// Makes somebody the owner of a locked organization, and the former owner an admin of it. The database lets ownership change
/// only in a transaction that says so, and holds the new owner to being an active member when it commits.
pub(super) async fn hand_over(writer: &Writer, target: &Target) -> Result<(), Error> {
    const SAY: &str = "select length(set_config('app.ownership_transfer', $1, true))::bigint";
    const HAND_OVER: &str = "
        update organizations organization set owner_id = $3
        where (organization.tenant_id, organization.id) = ($1, $2) and organization.owner_id = $4";
    const DEMOTE: &str = "
        update organization_memberships seat set role = 'admin'
        where (seat.tenant_id, seat.organization_id) = ($1, $2) and seat.user_id = $3 and seat.deleted_at is null";
    let (tenant, organization) = (writer.presence()?.tenant.uuid(), target.organization.uuid());
    writer.transaction.all::<i64>(SAY, vec!["on".into()]).await?;
    let values = vec![tenant.into(), organization.into(), target.to.uuid().into(), target.from.uuid().into()];
    writer.transaction.all::<i64>(HAND_OVER, values).await?;
    writer.transaction.all::<i64>(SAY, vec!["off".into()]).await?;
    writer.transaction.all::<i64>(DEMOTE, vec![tenant.into(), organization.into(), target.from.uuid().into()]).await?;
    Ok(())
}
