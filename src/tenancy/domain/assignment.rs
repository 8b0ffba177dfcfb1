//! Assignment by domain: whoever belongs to a tenant, and has a proven address of a domain that one of its organizations has
//! proven, becomes a member there. A removal is never undone by it, and an organization without a seat assigns nobody.

use entity::id::{OrganizationId, TenantId, UserId};
use migration::catalog::BaseRole;
use serde_json::json;

use super::store::{self, Candidate};
use crate::access::Member;
use crate::audit::Record;
use crate::error::Error;
use crate::request::{Request, Writer};
use crate::tenancy::seats;

/// Assigns somebody who has just entered a tenant. It follows what was asked for in a transaction of its own: where that fails, the
/// next entering makes up for it, and what was asked for stands.
pub async fn assign(request: &Request, user: UserId, tenant: TenantId) {
    note(within(request, user, Some(tenant)).await);
}

/// Assigns somebody whose address was proven, in all the tenants that they belong to.
pub async fn assign_everywhere(request: &Request, user: UserId) {
    note(within(request, user, None).await);
}

fn note(outcome: Result<(), Error>) {
    if let Err(error) = outcome {
        tracing::warn!(%error, "somebody was not assigned by the domain of their address");
    }
}

/// Looks first, in one transaction and with as few statements as there can be: mostly nobody waits for anybody.
async fn within(request: &Request, user: UserId, tenant: Option<TenantId>) -> Result<(), Error> {
    let stranger = request.stranger().await?;
    stranger.become_user(user).await?;
    let mut awaited = Vec::new();
    for place in store::memberships(&stranger.transaction, user).await? {
        if tenant.is_some_and(|tenant| tenant != place.tenant) {
            continue;
        }
        stranger.transaction.enter_as(user, Some(place.tenant)).await?;
        if !store::waiting(&stranger.transaction, place.tenant, user).await?.is_empty() {
            awaited.push(place);
        }
    }
    stranger.commit().await?;
    for place in awaited {
        assign_in(request, user, &place).await?;
    }
    Ok(())
}

async fn assign_in(request: &Request, user: UserId, place: &Candidate) -> Result<(), Error> {
    let role = BaseRole::from_key(place.role.as_str()).unwrap_or(BaseRole::Readonly);
    let member = Member { id: place.membership, role, is_active: true };
    let writer = request.stranger().await?.become_newcomer(user, place.tenant, member).await?;
    store::take_turn(&writer).await?;
    // What has changed while others had their turn counts.
    let still = store::memberships(&writer.transaction, user).await?;
    if !still.iter().any(|there| there.tenant == place.tenant) {
        return Ok(());
    }
    for organization in store::waiting(&writer.transaction, place.tenant, user).await? {
        join(&writer, organization).await?;
    }
    writer.commit().await
}

async fn join(writer: &Writer, organization: OrganizationId) -> Result<(), Error> {
    if !seats::lock(writer, organization).await? {
        return Ok(());
    }
    store::mark_place(writer).await?;
    let Some(membership) = store::insert(writer, organization).await? else { return Ok(()) };
    if seats::settle(writer, organization).await?.is_none() {
        let after = json!({ "userId": writer.caller.user, "role": "member", "by": "domain" });
        return writer.audit(Record::of("member.assign", membership).within(organization).after(after)).await;
    }
    store::back_to_place(writer).await?;
    if store::is_noted(writer, organization).await? {
        return Ok(());
    }
    let after = json!({ "userId": writer.caller.user, "why": "no seat is free" });
    writer.audit(Record::of("organization.assign_refused", organization).within(organization).after(after)).await
}
