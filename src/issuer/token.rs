//! A token as it comes: a JWT in the compact form of JWS (RFC 7515, 7519).
//!
//! Which key and which algorithm verify it is decided by the provider's published keys. What the token's own header says of that
//! is never believed further than the name of a key: keys, or places of keys, that it brings along are not even read.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::key::{Algorithm, Key};
use crate::error::Error;

/// A token of which nothing is believed yet.
#[derive(Debug)]
pub(super) struct Token<'a> {
    /// The name of the key that is said to have signed it.
    pub key_id: Option<String>,
    /// How it is said to be signed.
    pub algorithm: Algorithm,
    signed: &'a str,
    payload: &'a str,
    signature: Vec<u8>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    /// What must be understood; nothing that could stand here is.
    crit: Option<serde_json::Value>,
}

/// What a token says, once it has been verified.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    #[serde(rename = "iss")]
    pub issuer: String,
    #[serde(rename = "sub")]
    pub subject: String,
    #[serde(rename = "aud", default, deserialize_with = "one_or_several")]
    pub audience: Option<Vec<String>>,
    #[serde(rename = "azp")]
    pub authorized_party: Option<String>,
    #[serde(rename = "exp", deserialize_with = "seconds")]
    pub expires_at: i64,
    #[serde(rename = "nbf", default, deserialize_with = "seconds_or_none")]
    pub not_before: Option<i64>,
    #[serde(rename = "iat", default, deserialize_with = "seconds_or_none")]
    pub issued_at: Option<i64>,
    org_id: Option<String>,
    /// The same in the newer tokens of Clerk.
    o: Option<Organization>,
}

#[derive(Debug, Deserialize)]
struct Organization {
    id: Option<String>,
}

impl Claims {
    /// What the provider calls the company in which the person is.
    pub fn organization(&self) -> Option<&str> {
        self.org_id.as_deref().or_else(|| self.o.as_ref()?.id.as_deref()).filter(|id| !id.is_empty() && !id.contains('\0'))
    }
}

/// A moment as JWT has it: whole seconds, or parts of them, which do not matter here.
fn seconds<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let number = serde_json::Number::deserialize(deserializer)?.to_string();
    let whole = number.split('.').next().and_then(|whole| whole.parse().ok());
    whole.ok_or_else(|| serde::de::Error::custom("no moment"))
}

fn seconds_or_none<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    #[derive(Deserialize)]
    struct Moment(#[serde(deserialize_with = "seconds")] i64);
    Ok(Option::<Moment>::deserialize(deserializer)?.map(|Moment(seconds)| seconds))
}

fn one_or_several<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Audience {
        One(String),
        Several(Vec<String>),
    }
    Ok(Option::<Audience>::deserialize(deserializer)?.map(|audience| match audience {
        Audience::One(one) => vec![one],
        Audience::Several(several) => several,
    }))
}

fn malformed() -> Error {
    Error::unauthenticated("this is no token that this gateway can read: sign in again")
}

impl<'a> Token<'a> {
    /// Takes a token apart.
    pub fn read(text: &'a str) -> Result<Self, Error> {
        let (signed, signature) = text.rsplit_once('.').ok_or_else(malformed)?;
        let (header, payload) = signed.split_once('.').ok_or_else(malformed)?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| malformed());
        let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| malformed())?;
        let is_jwt = header.typ.is_none_or(|typ| {
            let typ = typ.to_ascii_lowercase();
            matches!(typ.trim_start_matches("application/"), "jwt" | "at+jwt")
        });
        // `none`, and all that is signed with a secret that both sides know, have no name here.
        let algorithm = Algorithm::from_name(&header.alg).filter(|_| is_jwt && header.crit.is_none()).ok_or_else(malformed)?;
        Ok(Self { key_id: header.kid, algorithm, signed, payload, signature: decode(signature)? })
    }

    /// What it says, where this key has signed it.
    pub fn verified_by(&self, key: &Key) -> Result<Claims, Error> {
        if !key.verifies(self.algorithm, self.signed.as_bytes(), &self.signature) {
            return Err(Error::unauthenticated("the signature of the token does not hold"));
        }
        let payload = URL_SAFE_NO_PAD.decode(self.payload).map_err(|_| malformed())?;
        serde_json::from_slice(&payload).map_err(|_| malformed())
    }
}
