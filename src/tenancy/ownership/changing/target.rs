//! The organization, and the offer of it, that a mutation is about: both locked until the transaction ends.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::id::{OrganizationId, OwnershipTransferId, UserId};
use entity::ownership_transfer::TransferStatus;

use super::store;
use crate::access::Scope;
use crate::access_change::{Attempt, Call};
use crate::error::{Code, Error};
use crate::request::Request;
use crate::tenancy::seats;
use crate::user_error::{UserError, UserErrorCode};

/// An offer as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub id: OwnershipTransferId,
    pub organization: OrganizationId,
    /// Who owns the organization now.
    pub owner: UserId,
    pub from: UserId,
    pub to: UserId,
    pub offered_by: UserId,
    pub is_rescue: bool,
    pub status: TransferStatus,
    pub expires_at: DateTime<Utc>,
}

impl Target {
    /// Opens the transaction of an answer to an offer. Who may answer is decided by whoever asks for it: bills do not matter.
    pub async fn open(request: &Request, call: &Call, payload: &str, id: OwnershipTransferId) -> Result<(Attempt, Self), Error> {
        let mut attempt = Attempt::begin(request, call, payload, Scope::Tenant).await?;
        if attempt.writer.caller.standing().is_err() {
            return Err(Error::client(Code::Forbidden, "your account, your membership or the tenant is not active"));
        }
        let organization = store::organization(&attempt.writer, id).await?.ok_or_else(not_found)?;
        if !seats::lock(&attempt.writer, organization).await? {
            return Err(not_found());
        }
        let target = store::lock(&attempt.writer, id).await?.ok_or_else(not_found)?;
        attempt.within(Scope::Organization(organization));
        Ok((attempt, target))
    }

    /// What is to be said where it does not wait for an answer any more.
    pub fn over(&self, now: DateTime<Utc>) -> Option<Arc<UserError>> {
        let (code, message) = match self.status {
            TransferStatus::Accepted => (UserErrorCode::AlreadyDone, "the offer was accepted already"),
            TransferStatus::Declined => (UserErrorCode::AlreadyDone, "the offer was declined already"),
            TransferStatus::Withdrawn => (UserErrorCode::Ended, "the offer was withdrawn"),
            TransferStatus::Expired => (UserErrorCode::Ended, "the time of the offer has passed"),
            TransferStatus::Offered if self.expires_at <= now => (UserErrorCode::Ended, "the time of the offer has passed"),
            TransferStatus::Offered if self.owner != self.from => {
                (UserErrorCode::Ended, "the organization has another owner by now")
            }
            TransferStatus::Offered => return None,
        };
        Some(UserError::at(&["offerId"], code, message))
    }
}

pub(super) fn not_found() -> Error {
    Error::client(Code::NotFound, "there is no such offer, or you may not know of it")
}
