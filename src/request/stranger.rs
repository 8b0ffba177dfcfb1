//! A transaction of somebody who has not signed in.

use chrono::{DateTime, Utc};
use entity::id::{TenantId, UserId};
use entity::tenant::TenantStatus;

use super::{Request, Writer};
use crate::access::{Caller, Member, PermissionSet, Presence};
use crate::database::Transaction;
use crate::error::Error;

/// A transaction that has entered no tenant, and is nobody's. What it may find are the one account, or the one token, that its
/// caller names: by functions of the database that answer about nothing else.
pub struct Stranger {
    /// Where statements run.
    pub transaction: Transaction,
    /// When.
    pub now: DateTime<Utc>,
    pub(super) request: Request,
}

impl Stranger {
    /// The request that asks.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// From here on the transaction is this person's, who has proven it.
    pub async fn become_user(&self, user: UserId) -> Result<(), Error> {
        self.transaction.enter_as(user, None).await
    }

    /// From here on the transaction is that of somebody who has just joined a tenant, made within it.
    pub async fn become_newcomer(self, user: UserId, tenant: TenantId, member: Member) -> Result<Writer, Error> {
        self.transaction.enter_as(user, Some(tenant)).await?;
        let presence = Presence {
            tenant,
            status: TenantStatus::Trial,
            member: Some(member),
            // Nothing is cached of a transaction that writes.
            access_version: 0,
            developer: PermissionSet::default(),
        };
        let request = self.request;
        request.write_as(self.transaction, Caller::newcomer(user, presence)).await
    }

    /// Makes everything that was written last.
    pub async fn commit(self) -> Result<(), Error> {
        let cost = self.transaction.commit().await?;
        self.request.spend(cost);
        Ok(())
    }
}
