//! Who is asking: the one place that looks at credentials.

mod webhook;

use axum::http::{HeaderMap, header};

use crate::api_keys::ApiKeySecret;
use crate::database::{Credential, TokenHash};
use crate::error::Error;
use crate::issuer::Issuer;

pub use crate::database::{IMPERSONATION_PREFIX, SESSION_PREFIX};
pub use webhook::{WebhookMessage, WebhookSecret};

/// Tokens longer than this are none of ours.
const LONGEST_TOKEN: usize = 512;

/// Those of identity providers say much.
const LONGEST_PROVIDERS_TOKEN: usize = 8_192;

/// The credential of a request; none where it comes without. Whether it holds shows when the request enters its tenant, in
/// the round trip that opens its transaction, so nothing is looked up here and nothing is ever stale.
pub fn credential(headers: &HeaderMap) -> Result<Option<Credential>, Error> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let malformed = || Error::unauthenticated("the `Authorization` header must be `Bearer` and a token");
    let (scheme, token) = value.to_str().map_err(|_| malformed())?.trim().split_once(' ').ok_or_else(malformed)?;
    let token = token.trim();
    let is_of_provider = Issuer::may_have_issued(token);
    let longest = if is_of_provider { LONGEST_PROVIDERS_TOKEN } else { LONGEST_TOKEN };
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() || token.len() > longest {
        return Err(malformed());
    }
    if is_of_provider {
        return Ok(Some(Credential::Token(token.into())));
    }
    if ApiKeySecret::is_meant_by(token) {
        // One that was cut off or mistyped needs no look-up.
        let key = ApiKeySecret::read(token);
        let key = key.ok_or_else(|| Error::unauthenticated("this is no API key: was it copied as a whole?"))?;
        return Ok(Some(Credential::ApiKey(key.hash())));
    }
    let hash = TokenHash::of(token);
    Ok(Some(if token.starts_with(IMPERSONATION_PREFIX) { Credential::Impersonation(hash) } else { Credential::Session(hash) }))
}
