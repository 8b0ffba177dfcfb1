//! The type `Viewer`: who is asking.

use entity::id::{TenantId, UserId};

use super::store::callers;
use crate::access::Caller;
use crate::graph::{Object, ObjectType};
use crate::people::event::events_of_caller;
use crate::people::second_factor::second_factors;
use crate::people::session::sessions_of_caller;
use crate::tenancy::membership::memberships_of_caller;
use crate::tenancy::tenant::{tenants_by_id, tenants_of_caller};

/// Who is asking.
#[derive(Debug)]
pub struct Viewer {
    user: UserId,
    tenant: Option<TenantId>,
}

impl Viewer {
    /// The viewer that a caller is.
    #[must_use]
    pub fn new(caller: &Caller) -> Self {
        Self { user: caller.user, tenant: caller.presence.as_ref().map(|presence| presence.tenant) }
    }
}

impl Object for Viewer {
    fn name() -> &'static str {
        "Viewer"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("You: who is asking, and where.")
            .one("user", "The person that you are.", callers, |viewer: &Self| viewer.user)
            .one(
                "tenant",
                "The tenant that you are in; null where your session has none. `switchTenant` changes it.",
                tenants_by_id,
                |viewer| viewer.tenant,
            )
            .many("tenants", "The tenants that you belong to.", tenants_of_caller, |_| ())
            .connection(
                "memberships",
                "Your memberships in organizations of the tenant that you are in.",
                memberships_of_caller,
                |viewer| viewer.user,
            )
            .one("secondFactor", "How your second factor stands. Not for API keys.", second_factors, |_| ())
            .connection("sessions", "Where you are signed in, the newest first. Not for API keys.", sessions_of_caller, |_| ())
            .connection(
                "events",
                "What has happened to your account, the newest first: sign-ins, good and bad, and changes of how you sign in. Not for API keys.",
                events_of_caller,
                |_| (),
            )
    }
}
