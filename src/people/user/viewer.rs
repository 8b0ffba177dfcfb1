//! The type `Viewer`: who is asking.

use std::sync::Arc;

use entity::id::{ApiKeyId, TenantId, UserId};

use super::store::callers;
use crate::access::{Caller, Impersonator};
use crate::api_keys::own_api_key;
use crate::billing::notice::notices_of_caller;
use crate::graph::{Object, ObjectType};
use crate::people::conversation::conversations_of_caller;
use crate::people::event::events_of_caller;
use crate::people::second_factor::second_factors;
use crate::people::session::sessions_of_caller;
use crate::tenancy::invitation::received_invitations;
use crate::tenancy::membership::memberships_of_caller;
use crate::tenancy::ownership::offers_to_caller;
use crate::tenancy::tenant::{primary_tenants, tenants_by_id, tenants_of_caller};

/// Who is asking.
#[derive(Debug)]
pub struct Viewer {
    user: Option<UserId>,
    api_key: Option<ApiKeyId>,
    tenant: Option<TenantId>,
    impersonator: Option<Arc<Impersonator>>,
}

impl Viewer {
    /// The viewer that a caller is.
    #[must_use]
    pub fn new(caller: &Caller) -> Self {
        Self {
            user: caller.person(),
            api_key: caller.api_key.as_ref().map(|key| key.id),
            tenant: caller.presence.as_ref().map(|presence| presence.tenant),
            impersonator: caller.impersonator.clone().map(Arc::new),
        }
    }
}

impl Object for Viewer {
    fn name() -> &'static str {
        "Viewer"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("You: who is asking, and where.")
            .one("user", "The person that you are; null where an API key asks.", callers, |viewer: &Self| viewer.user)
            .one("apiKey", "The API key that asks; null where a person does.", own_api_key, |viewer| viewer.api_key)
            .one(
                "tenant",
                "The tenant that you are in; null where your session has none. `switchTenant` changes it.",
                tenants_by_id,
                |viewer| viewer.tenant,
            )
            .one(
                "primaryTenant",
                "The tenant where signing in goes; null where you have none. `setPrimaryTenant` changes it.",
                primary_tenants,
                |viewer| viewer.user,
            )
            .inline_one(
                "impersonator",
                "The one of the platform's staff who acts as you in this session; null where you are yourself.",
                |viewer| viewer.impersonator.clone(),
            )
            .many("tenants", "The tenants that you belong to.", tenants_of_caller, |_| ())
            .supposes(5)
            .many(
                "invitations",
                "The invitations to your address that wait for an answer, in every tenant. Of an address that is not proven there are none.",
                received_invitations,
                |_| (),
            )
            .many(
                "notices",
                "What you should know about the bills of your organizations, in the tenant that you are in: show it as banners.",
                notices_of_caller,
                |_| (),
            )
            .many(
                "ownershipOffers",
                "The organizations of the tenant that you are in that were offered to you, and wait for your answer.",
                offers_to_caller,
                |_| (),
            )
            .connection(
                "memberships",
                "Your memberships in organizations of the tenant that you are in. An API key has none.",
                memberships_of_caller,
                |viewer| viewer.user,
            )
            .one("secondFactor", "How your second factor stands. Not for API keys.", second_factors, |_| ())
            .connection("sessions", "Where you are signed in, the newest first. Not for API keys.", sessions_of_caller, |_| ())
            .connection(
                "conversations",
                "Your conversations in the tenant that you are in, the newest first. Nobody else reads them; an API key has none.",
                conversations_of_caller,
                |_| (),
            )
            .connection(
                "events",
                "What has happened to your account, the newest first: sign-ins, good and bad, and changes of how you sign in. Not for API keys.",
                events_of_caller,
                |_| (),
            )
    }
}
