//! The membership that a mutation is about: known to the caller, and locked together with its organization.

use std::sync::Arc;

use entity::id::{OrganizationId, OrganizationMembershipId, TenantMembershipId, UserId};
use entity::organization_membership::OrganizationRole;
use entity::tenant_membership::MembershipStatus;
use migration::catalog::Permission;
use serde_json::{Value, json};

use super::store;
use crate::access::{Gift, Holding, Place, Scope};
use crate::access_change::{Attempt, Call, Subjects};
use crate::error::{Code, Error};
use crate::request::{Request, Writer};
use crate::tenancy::organization::require_known;
use crate::tenancy::seats;
use crate::user_error::{UserError, UserErrorCode};

/// A living membership as it is stored, locked until the transaction ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub id: OrganizationMembershipId,
    pub organization: OrganizationId,
    pub user: UserId,
    pub tenant_membership: TenantMembershipId,
    pub role: OrganizationRole,
    pub status: MembershipStatus,
    pub is_owner: bool,
}

impl Target {
    /// Opens the transaction of a mutation about this membership, for which the caller needs a permission in the organization.
    /// What the caller may not know of is not found.
    pub async fn open(
        request: &Request,
        call: &Call,
        payload: &str,
        id: OrganizationMembershipId,
        permission: Permission,
    ) -> Result<(Attempt, Self), Error> {
        let mut attempt = Attempt::begin(request, call, payload, Scope::Tenant).await?;
        let writer = &attempt.writer;
        let organization = store::organization(writer, id).await?.ok_or_else(not_found)?;
        require_known(writer, organization).await.map_err(|error| match error.code() {
            Code::NotFound => not_found(),
            _ => error,
        })?;
        let scope = Scope::Organization(organization);
        if let Err(refused) = writer.require(permission, scope).await {
            let knows = writer.may(Permission::MembersRead, scope).await?;
            return Err(if knows { refused } else { not_found() });
        }
        let target = Self::locked(writer, organization, id).await?.ok_or_else(not_found)?;
        attempt.within(scope);
        Ok((attempt, target))
    }

    /// The membership, where it lives, locked together with its organization.
    pub async fn locked(
        writer: &Writer,
        organization: OrganizationId,
        id: OrganizationMembershipId,
    ) -> Result<Option<Self>, Error> {
        if !seats::lock(writer, organization).await? {
            return Ok(None);
        }
        store::lock(writer, id).await
    }

    /// What is to be said where it is the owner's.
    pub fn owner_stays(&self, what: &str) -> Option<Arc<UserError>> {
        self.is_owner.then(|| {
            let message = format!("the owner cannot {what}: hand the organization over first (`offerOwnership`)");
            UserError::at(&["membershipId"], UserErrorCode::IsOwner, message)
        })
    }

    /// As it is written down.
    pub fn said(&self) -> Value {
        json!({ "userId": self.user, "role": self.role.as_str(), "status": self.status.as_str() })
    }
}

/// What somebody held before a change.
pub(super) struct Before(Holding);

impl Before {
    /// What the person of a membership holds now; and whoever asks will be told the differences.
    pub async fn of(attempt: &mut Attempt, target: &Target) -> Result<Self, Error> {
        attempt.watch(Subjects::Users(vec![target.user])).await?;
        Ok(Self(attempt.writer.holdings(&[target.user]).await?.remove(&target.user).unwrap_or_default()))
    }

    /// Refuses a change that has given more than its caller holds. A denial that goes away gives, too.
    pub async fn require_gain_held(&self, attempt: &Attempt, target: &Target) -> Result<(), Error> {
        let after = attempt.writer.holdings(&[target.user]).await?.remove(&target.user).unwrap_or_default();
        let gain = self.0.gain_within(&after, target.organization);
        attempt.writer.require_held(&Gift::of(Place::Organization(target.organization), gain))
    }
}

pub(super) fn not_found() -> Error {
    Error::client(Code::NotFound, "there is no such membership, or you may not know of it")
}
