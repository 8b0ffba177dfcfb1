//! Every statement about subscriptions.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::id::{OrganizationId, SubscriptionId};
use entity::subscription::SubscriptionStatus;
use migration::catalog::Permission;
use uuid::Uuid;

use super::Subscription;
use crate::access::{BillingAccount, Scope};
use crate::billing::product::{Product, products_by_id};
use crate::database::{Binds, COLUMNS, FromRow, Row, Wanted};
use crate::error::Error;
use crate::request::{Along, Request};

impl FromRow for Subscription {
    const WANTED: &'static [Wanted] = &[
        Wanted("subscription.id", &[]),
        Wanted("subscription.organization_id", &[]),
        Wanted("subscription.product_id", &["product"]),
        Wanted("subscription.status", &["status"]),
        Wanted("subscription.current_period_start", &["currentPeriodStart"]),
        Wanted("subscription.current_period_end", &["currentPeriodEnd"]),
        Wanted("subscription.trial_end", &["trialEnd"]),
        Wanted("subscription.cancel_at", &["cancelAt"]),
        Wanted("subscription.canceled_at", &["canceledAt"]),
        Wanted("subscription.seat_quantity", &["seatQuantity"]),
        Wanted("subscription.seat_price_minor", &["seatPrice"]),
        Wanted("subscription.currency", &["seatPrice"]),
        Wanted("subscription.auto_scale_seats", &["autoScaleSeats"]),
    ];

    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.column::<Uuid>()?.into(),
            organization: row.column::<Uuid>()?.into(),
            product: row.column::<Uuid>()?.into(),
            status: row.member(SubscriptionStatus::as_str)?,
            current_period_start: row.column()?,
            current_period_end: row.column()?,
            trial_end: row.column()?,
            cancel_at: row.column()?,
            canceled_at: row.column()?,
            seat_quantity: row.column()?,
            seat_price_minor: row.column()?,
            currency: row.column()?,
            auto_scale_seats: row.column()?,
        })
    }
}

/// The living plan subscription of each organization; a unique index promises at most one. That the caller may see it, the
/// guard of the field has decided.
pub async fn plan_subscriptions(
    request: Request,
    organizations: Vec<OrganizationId>,
) -> Result<HashMap<OrganizationId, Arc<Subscription>>, Error> {
    let organizations: Vec<Uuid> = organizations.into_iter().map(OrganizationId::uuid).collect();
    let sql = format!(
        "select {COLUMNS} from subscriptions subscription
        where subscription.tenant_id = $1 and subscription.organization_id = any($2) and subscription.product_type = 'plan'
            and subscription.status not in ('canceled', 'incomplete_expired') and subscription.deleted_at is null"
    );
    let product = Along { field: "product", column: "subscription.product_id", key: |product: &Product| product.id };
    let binds = Binds::of([organizations.into()]);
    let rows: Vec<Subscription> = request.reader().await?.objects_along(sql, binds, product, &products_by_id).await?;
    Ok(rows.into_iter().map(|row| (row.organization, Arc::new(row))).collect())
}

/// The subscriptions among these ids that the caller may know of.
pub async fn subscriptions_by_id(
    request: Request,
    ids: Vec<SubscriptionId>,
) -> Result<HashMap<SubscriptionId, Arc<Subscription>>, Error> {
    let reader = request.reader().await?;
    let ids: Vec<Uuid> = ids.into_iter().map(SubscriptionId::uuid).collect();
    let sql = format!(
        "select {COLUMNS} from subscriptions subscription
        join organizations organization on organization.tenant_id = $1 and organization.id = subscription.organization_id
            and organization.deleted_at is null
        where subscription.tenant_id = $1 and subscription.id = any($2) and subscription.deleted_at is null"
    );
    let rows: Vec<Subscription> = reader.objects(sql, Binds::of([ids.into()])).await?;
    let scopes: Vec<Scope> = rows.iter().map(|row| Scope::Organization(row.organization)).collect();
    let visible = reader.may_each(Permission::SubscriptionsRead, &scopes).await?;
    let rows = rows.into_iter().zip(visible).filter(|(_, visible)| *visible);
    Ok(rows.map(|(row, _)| (row.id, Arc::new(row))).collect())
}

/// What decides each organization's plan: the living plan subscription, or the one that ended last.
const ACCOUNTS: &str = "
    select distinct on (subscription.organization_id) subscription.organization_id, product.key, subscription.status,
        subscription.past_due_since, subscription.grace_until
    from subscriptions subscription
    join products product on product.tenant_id = subscription.tenant_id and product.id = subscription.product_id
    where subscription.tenant_id = $1 and subscription.organization_id = any($2) and subscription.product_type = 'plan'
        and subscription.deleted_at is null
    order by subscription.organization_id, subscription.status in ('canceled', 'incomplete_expired'), subscription.index_id desc";

struct Account {
    organization: OrganizationId,
    plan: String,
    status: SubscriptionStatus,
    past_due_since: Option<DateTime<Utc>>,
    grace_until: Option<DateTime<Utc>>,
}

impl FromRow for Account {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            organization: row.column::<Uuid>()?.into(),
            plan: row.column()?,
            status: row.member(SubscriptionStatus::as_str)?,
            past_due_since: row.column()?,
            grace_until: row.column()?,
        })
    }
}

/// What decides the plan of each organization. Absent: it has never bought one.
pub async fn billing_accounts(
    request: Request,
    organizations: Vec<OrganizationId>,
) -> Result<HashMap<OrganizationId, Arc<BillingAccount>>, Error> {
    let organizations: Vec<Uuid> = organizations.into_iter().map(OrganizationId::uuid).collect();
    let rows: Vec<Account> = request.reader().await?.all(ACCOUNTS, Binds::of([organizations.into()])).await?;
    let now = request.now();
    let account = |row: Account| {
        let Account { organization, plan, status, past_due_since, grace_until } = row;
        (organization, Arc::new(BillingAccount { plan, status, past_due_since, grace_until, now }))
    };
    Ok(rows.into_iter().map(account).collect())
}
