//! Every statement about notices.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::id::{OrganizationId, UserId};
use entity::subscription::SubscriptionStatus;
use migration::catalog::Permission;
use uuid::Uuid;

use super::Notice;
use super::object::NoticeKind;
use crate::access::{BillingAccount, Scope};
use crate::database::{Binds, FromRow, Row};
use crate::error::Error;
use crate::request::Request;

/// An organization of the caller that has trouble with its bills.
struct Troubled {
    organization: OrganizationId,
    name: String,
    owner: UserId,
    owner_name: String,
    status: SubscriptionStatus,
    past_due_since: Option<DateTime<Utc>>,
    grace_until: Option<DateTime<Utc>>,
}

impl FromRow for Troubled {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            organization: row.column::<Uuid>()?.into(),
            name: row.column()?,
            owner: row.column::<Uuid>()?.into(),
            owner_name: row.column()?,
            status: row.member(SubscriptionStatus::as_str)?,
            past_due_since: row.column()?,
            grace_until: row.column()?,
        })
    }
}

/// What the caller must be told about the organizations it is a member of, the oldest first; for each parent the same.
pub async fn notices_of_caller(request: Request, parents: Vec<()>, _: Arc<()>) -> Result<Vec<Vec<Arc<Notice>>>, Error> {
    const TROUBLED: &str = "
        select organization.id, organization.name, organization.owner_id, owner.display_name,
            plan.status, plan.past_due_since, plan.grace_until
        from organization_memberships seat
        join organizations organization
            on organization.tenant_id = $1 and organization.id = seat.organization_id and organization.deleted_at is null
        join subscriptions plan on plan.tenant_id = $1 and plan.organization_id = organization.id and plan.product_type = 'plan'
            and plan.status in ('past_due', 'unpaid', 'paused') and plan.deleted_at is null
        join users owner on owner.id = organization.owner_id
        where seat.tenant_id = $1 and seat.user_id = $2 and seat.status = 'active' and seat.deleted_at is null
        order by organization.index_id";
    let reader = request.reader().await?;
    let Some(me) = reader.caller.person() else { return Ok(vec![Vec::new(); parents.len()]) };
    let troubled: Vec<Troubled> = reader.all(TROUBLED, Binds::of([me.uuid().into()])).await?;
    let scopes: Vec<Scope> = troubled.iter().map(|row| Scope::Organization(row.organization)).collect();
    let may_pay = if scopes.is_empty() { Vec::new() } else { reader.may_each(Permission::BillingManage, &scopes).await? };
    let notice = |(row, may_pay): (Troubled, bool)| {
        let Troubled { organization, name, owner, owner_name, status, past_due_since, grace_until } = row;
        let account = BillingAccount { plan: String::new(), status, past_due_since, grace_until, now: request.now() };
        let kind = NoticeKind::of(account.state())?;
        let notice = Notice { kind, organization, organization_name: name, owner_name, may_pay };
        Notice::concerns(me, owner, may_pay, kind).then(|| Arc::new(notice))
    };
    let notices: Vec<_> = troubled.into_iter().zip(may_pay).filter_map(notice).collect();
    Ok(vec![notices; parents.len()])
}
