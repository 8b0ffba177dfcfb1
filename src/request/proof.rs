//! Who asks: what the request came with is verified, and who that turned out to be is noted.

use std::sync::Arc;

use super::Request;
use crate::access::Caller;
use crate::database::{Credential, Entered};
use crate::error::Error;

impl Request {
    /// What the caller proves itself with; a token of an identity provider is verified once, and before anything is opened.
    pub(super) async fn credential(&self) -> Result<&Credential, Error> {
        let Some(credential) = &self.0.credential else { return Err(Error::unauthenticated("sign in first: send a bearer token")) };
        let Credential::Token(token) = credential else { return Ok(credential) };
        let verify = async || match &self.0.services.issuer {
            Some(issuer) => Ok(Credential::Identity(Arc::new(issuer.verify(token, self.0.now).await?))),
            None => Err(Error::unauthenticated("this gateway trusts no identity provider: sign in by `signIn`")),
        };
        self.0.proven.get_or_try_init(verify).await
    }

    /// Who a credential turned out to be.
    pub(super) fn caller(&self, entered: Option<Entered>) -> Result<Caller, Error> {
        let caller = Caller::new(entered)?;
        if let (Some(key), Some(presence)) = (&caller.api_key, &caller.presence) {
            self.0.api_key.get_or_init(|| (presence.tenant, key.id));
        }
        self.note(&caller);
        Ok(caller)
    }

    /// Notes that a person is there.
    fn note(&self, caller: &Caller) {
        // Whoever acts as somebody else does not make it look as if that person were there.
        if let (Some(session), None) = (caller.session, &caller.impersonator) {
            let tenant = caller.presence.as_ref().map(|presence| presence.tenant);
            self.0.services.database.seen(session, caller.user, tenant, self.0.now);
        }
    }
}
