//! Joining: how somebody becomes a member of an organization, and of its tenant where they are not.

mod store;

use std::sync::Arc;

use entity::id::{OrganizationId, OrganizationMembershipId, TenantMembershipId, UserId};
use entity::organization_membership::OrganizationRole;
use entity::tenant_quota::QuotaMetric;

use crate::error::Error;
use crate::request::Writer;
use crate::tenancy::quota;
use crate::user_error::{UserError, UserErrorCode};

/// Who joins, and as what.
pub struct Newcomer {
    /// Who.
    pub user: UserId,
    /// Where.
    pub organization: OrganizationId,
    /// As what.
    pub role: OrganizationRole,
    /// Who invited them.
    pub invited_by: Option<UserId>,
}

/// The memberships of somebody who has joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Joined {
    /// In the tenant.
    pub tenant_membership: TenantMembershipId,
    /// In the organization.
    pub membership: OrganizationMembershipId,
}

/// Makes somebody a member, or revives the row of somebody who was one. In the tenant they become a plain member. The
/// transaction must have taken the tenant's turn, and settles the seats itself.
pub async fn join(writer: &Writer, newcomer: &Newcomer) -> Result<Result<Joined, Arc<UserError>>, Error> {
    let suspended = |place: &str| {
        let message = format!("your membership in the {place} is suspended: ask somebody who runs it");
        UserError::general(UserErrorCode::Immutable, message)
    };
    let there = store::find(writer, newcomer).await?;
    let tenant_membership = match there.tenant_membership {
        Some((_, store::State::Suspended)) => return Ok(Err(suspended("tenant"))),
        Some((id, store::State::Active)) => id,
        found => {
            if let Some(exceeded) = quota::take(writer, QuotaMetric::Members).await? {
                return Ok(Err(exceeded.told()));
            }
            match found {
                Some((id, _)) => store::revive_in_tenant(writer, id, newcomer).await?,
                None => store::insert_into_tenant(writer, newcomer).await?,
            }
        }
    };
    let membership = match there.membership {
        Some((_, store::State::Suspended)) => return Ok(Err(suspended("organization"))),
        Some((_, store::State::Active)) => {
            let message = "you are a member of the organization already";
            return Ok(Err(UserError::general(UserErrorCode::AlreadyDone, message)));
        }
        Some((id, store::State::Gone)) => store::revive(writer, id, newcomer).await?,
        None => store::insert(writer, newcomer).await?,
    };
    Ok(Ok(Joined { tenant_membership, membership }))
}
