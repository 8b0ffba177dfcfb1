//! The transaction of one mutation, and what its caller may do in it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use entity::id::{OrganizationId, TenantId, UserId};
use migration::catalog::Permission;

use super::{Request, tenant_of};
use crate::access::{
    Access, AccessProfile, Caller, Context, Decision, Gift, Holding, Known, Presence, Question, RoleBook, RoleSheet, Scope, View,
    Whose,
};
use crate::database::Transaction;
use crate::error::{Code, Denial, Error};

/// A transaction of one mutation, entered by the caller.
pub struct Writer {
    /// Where statements run.
    pub transaction: Transaction,
    /// Who asks.
    pub caller: Caller,
    /// When.
    pub now: DateTime<Utc>,
    pub(super) profile: Arc<AccessProfile>,
    pub(super) context: Context,
    pub(super) request: Request,
    /// Was there a permission that the caller needed, and has?
    pub(super) permitted: AtomicBool,
}

impl Writer {
    /// The tenant to write in, for callers that are in one.
    pub fn presence(&self) -> Result<&Presence, Error> {
        tenant_of(&self.caller)
    }

    /// Goes on in another tenant: for what is about one person in all the tenants that it is in. What the caller may is not asked
    /// there, but before: it may be nobody in that tenant.
    pub async fn visit(&mut self, tenant: TenantId) -> Result<(), Error> {
        self.transaction.enter_as(self.caller.user, Some(tenant)).await?;
        let presence = self.caller.presence.as_mut().ok_or_else(|| Error::internal("nobody visits from nowhere"))?;
        presence.tenant = tenant;
        presence.member = None;
        Ok(())
    }

    /// The request that writes.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Refuses what the caller may not do here, with the rights that it had when the transaction began.
    pub async fn require(&self, permission: Permission, scope: Scope) -> Result<(), Error> {
        if let Some(denial) = self.denial(permission, scope).await? {
            return Err(denial.into());
        }
        self.permitted.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Refuses everybody but the platform's staff whose own roles permit this: what they are in the tenant besides does not count.
    pub fn require_staff(&self, permission: Permission) -> Result<(), Error> {
        let staff = self.caller.api_key.is_none() && self.caller.is_developer && self.caller.is_active;
        let permitted = self.caller.presence.as_ref().is_some_and(|presence| presence.developer.contains(permission));
        if staff && permitted {
            self.permitted.store(true, Ordering::Relaxed);
            return Ok(());
        }
        Err(Error::client(Code::Forbidden, format!("this is for the platform's staff with the permission `{}`", permission.key())))
    }

    /// Refuses to give what the caller does not hold itself.
    pub fn require_held(&self, gift: &Gift) -> Result<(), Error> {
        gift.require_held(&self.holding())
    }

    /// What the caller holds, place by place.
    #[must_use]
    pub fn holding(&self) -> Holding {
        self.profile.holding()
    }

    /// What these people hold at this moment, what this transaction has written included.
    pub async fn holdings(&self, users: &[UserId]) -> Result<HashMap<UserId, Holding>, Error> {
        self.request.0.services.access.holdings(&self.transaction, self.presence()?, users, self.now).await
    }

    /// What the roles of the tenant say, as this transaction sees them.
    pub async fn role_sheet(&self) -> Result<RoleSheet, Error> {
        RoleSheet::read(&self.transaction, self.presence()?.tenant).await
    }

    /// May the caller do this here?
    pub async fn may(&self, permission: Permission, scope: Scope) -> Result<bool, Error> {
        Ok(self.denial(permission, scope).await?.is_none())
    }

    /// Does this organization concern the caller: as a member, as its owner, or as one of those who run the tenant?
    #[must_use]
    pub fn belongs_to(&self, organization: OrganizationId) -> bool {
        self.profile.belongs_to(organization)
    }

    /// Why the caller may not do this here; `None` where it may.
    pub async fn denial(&self, permission: Permission, scope: Scope) -> Result<Option<Denial>, Error> {
        let presence = self.caller.presence.as_ref();
        let view = presence.map(|presence| View { transaction: &self.transaction, presence, context: &self.context });
        // What is known in a transaction that writes may change with the next statement: it is not kept.
        let denials = self.access().guard(view, &self.profile, permission, &[scope], &mut Known::default()).await?;
        Ok(denials.and_then(|denials| denials.into_iter().flatten().next()))
    }

    /// Answers questions about anyone in the caller's tenant, as the transaction sees it now: what it has written counts.
    pub async fn decide_many(&self, questions: &[(Whose, Question)]) -> Result<Vec<Decision>, Error> {
        let questions = questions.iter().map(|(whose, question)| (*whose, question, &self.context));
        self.access().decide_each(&self.transaction, self.presence()?, &self.caller, questions).await
    }

    /// The rights of anyone in the caller's tenant, as the transaction sees them now.
    pub async fn profiles(&self, users: &[UserId]) -> Result<HashMap<UserId, Arc<AccessProfile>>, Error> {
        self.access().profiles(&self.transaction, self.presence()?, users, self.now).await
    }

    /// The roles of the caller's tenant, as the transaction sees them now.
    pub async fn roles(&self) -> Result<Arc<RoleBook>, Error> {
        self.access().roles(&self.transaction, self.presence()?).await
    }

    fn access(&self) -> &Access {
        &self.request.0.services.access
    }

    /// Undoes everything that was written.
    pub async fn roll_back(self) -> Result<(), Error> {
        let cost = self.transaction.roll_back().await?;
        self.request.spend(cost);
        Ok(())
    }

    /// Leaves to the caller what needs no permission, and yet is not for the person alone: to end what somebody began as them.
    pub fn permit(&self) {
        self.permitted.store(true, Ordering::Relaxed);
    }

    /// Makes everything that was written last. Of an API key, and of staff who act as somebody else, only what needs a permission that
    /// they have: what people may change without any, because it is their own, is for nobody in their place.
    pub async fn commit(self) -> Result<(), Error> {
        if !self.permitted.load(Ordering::Relaxed) {
            self.caller.require_themselves()?;
        }
        let cost = self.transaction.commit().await?;
        self.request.spend(cost);
        Ok(())
    }
}
