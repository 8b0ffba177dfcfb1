//! The invitation that a mutation is about: known to the caller, and locked together with its organization.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::id::{InvitationId, OrganizationId, UserId};
use entity::invitation::InvitationStatus;
use migration::catalog::Permission;

use super::offer::Offer;
use super::store;
use crate::access::Scope;
use crate::error::{Code, Error};
use crate::request::Writer;
use crate::tenancy::organization::require_known;
use crate::tenancy::seats;
use crate::user_error::{UserError, UserErrorCode};

/// An invitation as it is stored, locked until the transaction ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub id: InvitationId,
    pub organization: OrganizationId,
    pub email: String,
    pub status: InvitationStatus,
    pub expires_at: DateTime<Utc>,
    pub invited_by: UserId,
    pub offer: Offer,
}

impl Target {
    /// The invitation, for a caller who may invite there. What the caller may not know of is not found.
    pub async fn open(writer: &Writer, id: InvitationId) -> Result<Self, Error> {
        let organization = store::organization(writer, id).await?.ok_or_else(not_found)?;
        require_known(writer, organization).await.map_err(|error| match error.code() {
            Code::NotFound => not_found(),
            _ => error,
        })?;
        let scope = Scope::Organization(organization);
        if let Err(refused) = writer.require(Permission::MembersInvite, scope).await {
            let knows = writer.may(Permission::InvitationsRead, scope).await?;
            return Err(if knows { refused } else { not_found() });
        }
        if !seats::lock(writer, organization).await? {
            return Err(not_found());
        }
        store::lock(writer, id).await?.ok_or_else(not_found)
    }

    /// Has its time passed?
    pub fn is_late(&self, now: DateTime<Utc>) -> bool {
        self.expires_at <= now
    }

    /// What is to be said where it was answered already.
    pub fn answered(&self) -> Option<Arc<UserError>> {
        let (code, message) = match self.status {
            InvitationStatus::Pending => return None,
            InvitationStatus::Accepted => (UserErrorCode::AlreadyDone, "the invitation was accepted already"),
            InvitationStatus::Declined => (UserErrorCode::AlreadyDone, "the invitation was declined already"),
            InvitationStatus::Revoked => (UserErrorCode::Ended, "the invitation was taken back"),
        };
        Some(UserError::general(code, message))
    }
}

fn not_found() -> Error {
    Error::client(Code::NotFound, "there is no such invitation, or you may not know of it")
}
