//! Unpaid bills at the door: whoever would find nothing but locked organizations is told whom to ask, and gets no session. Whoever owns
//! one gets in and sees what to do, and so does everybody who has something else to do here.

use entity::id::UserId;
use migration::catalog::Permission;
use serde_json::json;

use super::store;
use crate::access::{BillingAccount, BillingState};
use crate::error::{Denial, Detail, Error, Reason};
use crate::people::event::Happened;
use crate::request::Stranger;

/// Why somebody who has proven to be this person does not get in; `None`: they do.
pub(super) async fn lockout(stranger: &Stranger, user: UserId) -> Result<Option<Denial>, Error> {
    let places = store::places(stranger, user).await?;
    let is_locked = |place: &store::Place| {
        let store::Place { status, past_due_since, grace_until, .. } = *place;
        let account = BillingAccount { plan: String::new(), status, past_due_since, grace_until, now: stranger.now };
        account.state() == BillingState::Locked
    };
    if !places.iter().all(is_locked) {
        return Ok(None);
    }
    let Some(store::Place { organization, owner, owner_name, .. }) = places.into_iter().next() else { return Ok(None) };
    // Who they are was proven: no attempt has failed.
    stranger.become_user(user).await?;
    store::forget_attempts(stranger).await?;
    Happened::SignInFailed.with(json!({ "reason": "billing_locked" }), user, &stranger.transaction, stranger.request()).await?;
    Ok(Some(Denial {
        permission: Permission::OrganizationRead,
        organization: Some(organization),
        reason: Reason::BillingLocked,
        detail: Some(Detail::Owner { id: owner, name: owner_name.into() }),
    }))
}
