//! Every statement about seats.

use std::collections::HashMap;
use std::sync::Arc;

use entity::id::{OrganizationId, SubscriptionId};
use uuid::Uuid;

use super::Seats;
use crate::database::{Binds, FromRow, Row};
use crate::error::Error;
use crate::request::{Request, Writer};

/// The seats of organizations. The plan is that of the living subscription in effect, else the tenant's plan `free`.
const SEATS: &str = "
    select parent.id,
        (select count(*) from organization_memberships seat
            where seat.tenant_id = $1 and seat.organization_id = parent.id and seat.status = 'active' and seat.deleted_at is null),
        (select count(*) from invitations invitation
            where invitation.tenant_id = $1 and invitation.organization_id = parent.id
                and invitation.status = 'pending' and invitation.expires_at > $3
                and not exists (select from users person
                    join organization_memberships seat on seat.tenant_id = $1 and seat.organization_id = parent.id
                        and seat.user_id = person.id and seat.status = 'active' and seat.deleted_at is null
                    where person.email = invitation.email and person.deleted_at is null)),
        plan.id, plan.seat_quantity::bigint, coalesce(plan.auto_scale_seats, false),
        case when plan.id is null then free.most else plan.most end
    from unnest($2::uuid[]) parent(id)
    left join lateral (
        select subscription.id, subscription.seat_quantity, subscription.auto_scale_seats,
            case when jsonb_typeof(product.limits -> 'members') = 'number'
                then floor((product.limits ->> 'members')::numeric)::bigint end as most
        from subscriptions subscription
        join products product on product.tenant_id = $1 and product.id = subscription.product_id
        where subscription.tenant_id = $1 and subscription.organization_id = parent.id and subscription.product_type = 'plan'
            and subscription.status in ('trialing', 'active', 'past_due', 'unpaid') and subscription.deleted_at is null
        limit 1) plan on true
    left join lateral (
        select case when jsonb_typeof(product.limits -> 'members') = 'number'
                then floor((product.limits ->> 'members')::numeric)::bigint end as most
        from products product
        where product.tenant_id = $1 and product.key = 'free' and product.type = 'plan' and product.organization_id is null
            and product.is_current and product.deleted_at is null
        limit 1) free on true";

impl FromRow for Seats {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            organization: row.column::<Uuid>()?.into(),
            active: row.column()?,
            pending: row.column()?,
            subscription: row.column::<Option<Uuid>>()?.map(SubscriptionId::from),
            bought: row.column()?,
            grows: row.column()?,
            most: row.column()?,
        })
    }
}

/// The seats of organizations, for relations that have been decided already.
pub async fn seats_of_organizations(
    request: Request,
    organizations: Vec<OrganizationId>,
) -> Result<HashMap<OrganizationId, Arc<Seats>>, Error> {
    let ids: Vec<Uuid> = organizations.into_iter().map(OrganizationId::uuid).collect();
    let rows: Vec<Seats> = request.reader().await?.all(SEATS, Binds::of([ids.into(), request.now().into()])).await?;
    Ok(rows.into_iter().map(|seats| (seats.organization, Arc::new(seats))).collect())
}

/// Locks a living organization until the transaction ends, so that nobody else takes a seat of it. False where there is none.
pub async fn lock(writer: &Writer, organization: OrganizationId) -> Result<bool, Error> {
    const LOCK: &str = "
        select organization.index_id from organizations organization
        where organization.tenant_id = $1 and organization.id = $2 and organization.deleted_at is null for no key update";
    let values = vec![writer.presence()?.tenant.uuid().into(), organization.uuid().into()];
    Ok(writer.transaction.one::<i64>(LOCK, values).await?.is_some())
}

/// The seats of a locked organization, as the transaction sees them now.
pub(super) async fn count(writer: &Writer, organization: OrganizationId) -> Result<Option<Seats>, Error> {
    let values = vec![writer.presence()?.tenant.uuid().into(), vec![organization.uuid()].into(), writer.now.into()];
    writer.transaction.one(SEATS, values).await
}

/// Buys so many seats in all.
pub(super) async fn grow(writer: &Writer, subscription: SubscriptionId, seats: i64) -> Result<(), Error> {
    const GROW: &str = "
        update subscriptions subscription set seat_quantity = $3
        where (subscription.tenant_id, subscription.id) = ($1, $2)";
    let values = vec![writer.presence()?.tenant.uuid().into(), subscription.uuid().into(), seats.into()];
    writer.transaction.all::<i64>(GROW, values).await?;
    Ok(())
}
