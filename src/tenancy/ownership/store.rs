//! Every statement that reads offers of ownership.

use std::collections::HashMap;
use std::sync::Arc;

use entity::id::{OrganizationId, OwnershipTransferId};
use entity::ownership_transfer::TransferStatus;
use uuid::Uuid;

use super::OwnershipOffer;
use crate::database::{Binds, COLUMNS, FromRow, Row, Wanted};
use crate::error::Error;
use crate::request::Request;

/// Offers of living organizations.
const OFFERS: &str = "
    ownership_transfers offer
    join organizations organization
        on organization.tenant_id = $1 and organization.id = offer.organization_id and organization.deleted_at is null
    where offer.tenant_id = $1";

/// Those that wait for an answer, and can still be accepted.
const OPEN: &str = "offer.status = 'offered' and offer.expires_at > now() and offer.from_user_id = organization.owner_id";

impl FromRow for OwnershipOffer {
    const WANTED: &'static [Wanted] = &[
        Wanted("offer.id", &[]),
        Wanted("offer.organization_id", &[]),
        Wanted("organization.name", &["organizationName"]),
        Wanted("offer.from_user_id", &["from"]),
        Wanted("offer.to_user_id", &["to"]),
        Wanted("offer.offered_by_user_id", &["offeredBy"]),
        Wanted("offer.status", &["status"]),
        Wanted("offer.is_rescue", &["isRescue", "offeredBy"]),
        Wanted("offer.expires_at", &["expiresAt"]),
        Wanted("offer.answered_at", &["answeredAt"]),
        Wanted("offer.created_at", &["createdAt"]),
    ];

    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.column::<Uuid>()?.into(),
            organization: row.column::<Uuid>()?.into(),
            organization_name: row.column()?,
            from: row.column::<Uuid>()?.into(),
            to: row.column::<Uuid>()?.into(),
            offered_by: row.column::<Uuid>()?.into(),
            status: row.member(TransferStatus::as_str)?,
            is_rescue: row.column()?,
            expires_at: row.column()?,
            answered_at: row.column()?,
            created_at: row.column()?,
        })
    }
}

/// Offers that the caller has just written.
pub(super) async fn written_offer(request: Request, id: OwnershipTransferId) -> Result<Option<Arc<OwnershipOffer>>, Error> {
    let sql = format!("select {COLUMNS} from {OFFERS} and offer.id = $2");
    let rows: Vec<OwnershipOffer> = request.reader().await?.objects(sql, Binds::of([id.uuid().into()])).await?;
    Ok(rows.into_iter().next().map(Arc::new))
}

/// The offer of each organization that waits for an answer. That the caller may see it, the guard of the field has decided.
pub async fn offers_of_organizations(
    request: Request,
    organizations: Vec<OrganizationId>,
) -> Result<HashMap<OrganizationId, Arc<OwnershipOffer>>, Error> {
    let ids: Vec<Uuid> = organizations.into_iter().map(OrganizationId::uuid).collect();
    let sql = format!("select {COLUMNS} from {OFFERS} and offer.organization_id = any($2) and {OPEN}");
    let rows: Vec<OwnershipOffer> = request.reader().await?.objects(sql, Binds::of([ids.into()])).await?;
    Ok(rows.into_iter().map(|offer| (offer.organization, Arc::new(offer))).collect())
}

/// The offers to the caller that wait for an answer, in the tenant that was entered; for each parent the same.
pub async fn offers_to_caller(request: Request, parents: Vec<()>, _: Arc<()>) -> Result<Vec<Vec<Arc<OwnershipOffer>>>, Error> {
    let reader = request.reader().await?;
    let Some(me) = reader.caller.person() else { return Ok(vec![Vec::new(); parents.len()]) };
    let sql = format!("select {COLUMNS} from {OFFERS} and offer.to_user_id = $2 and {OPEN} order by offer.index_id");
    let rows: Vec<OwnershipOffer> = reader.objects(sql, Binds::of([me.uuid().into()])).await?;
    let rows: Vec<_> = rows.into_iter().map(Arc::new).collect();
    Ok(vec![rows; parents.len()])
}
