//! Secrets that are needed again: sealed under a key of the gateway before they are stored.
//!
//! `XChaCha20-Poly1305`: its nonce is long enough to be drawn at random. What a sealed text belongs to is sealed with it, so that
//! nobody who can write to the database moves one to another row.

use std::str::FromStr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use crate::error::Error;

/// What a sealed text begins with: the form of what follows.
const VERSION: u8 = 1;
const NONCE: usize = 24;

/// The keys of the gateway: the first seals, all open, so that keys can be replaced without losing what they sealed.
#[derive(Clone)]
pub struct SecretKeys(Arc<[XChaCha20Poly1305]>);

/// Nobody's business.
impl std::fmt::Debug for SecretKeys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SecretKeys(…)")
    }
}

impl SecretKeys {
    /// The key of a gateway for development: known to everybody, because what it seals is nobody's secret.
    #[must_use]
    pub fn for_development() -> Self {
        Self([XChaCha20Poly1305::new(&(*b"tenantry development: no secret!").into())].into())
    }

    /// Seals a text that belongs to this.
    pub fn seal(&self, text: &[u8], belongs_to: &[u8]) -> Result<Vec<u8>, Error> {
        let nonce: [u8; NONCE] = rand::random();
        let key = self.0.first().ok_or_else(|| Error::internal("there is no key to seal with"))?;
        let sealed = key
            .encrypt(&XNonce::from(nonce), Payload { msg: text, aad: belongs_to })
            .map_err(|_| Error::internal("a text could not be sealed"))?;
        Ok([&[VERSION][..], &nonce, &sealed].concat())
    }

    /// Opens what was sealed for this.
    pub fn open(&self, sealed: &[u8], belongs_to: &[u8]) -> Result<Vec<u8>, Error> {
        let unreadable = || Error::internal("a sealed text cannot be opened: was `TENANTRY_SECRET_KEY` replaced?");
        let (&version, rest) = sealed.split_first().ok_or_else(unreadable)?;
        let (nonce, text) = rest.split_first_chunk::<NONCE>().ok_or_else(unreadable)?;
        if version != VERSION {
            return Err(unreadable());
        }
        let payload = || Payload { msg: text, aad: belongs_to };
        self.0.iter().find_map(|key| key.decrypt(&XNonce::from(*nonce), payload()).ok()).ok_or_else(unreadable)
    }
}

impl FromStr for SecretKeys {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let key = |text: &str| {
            let bytes = STANDARD.decode(text).or_else(|_| URL_SAFE_NO_PAD.decode(text)).ok();
            let bytes: Option<[u8; 32]> = bytes.and_then(|bytes| bytes.try_into().ok());
            bytes.map(|bytes| XChaCha20Poly1305::new(&bytes.into()))
        };
        let keys: Option<Vec<_>> = text.split(',').map(|part| key(part.trim())).collect();
        keys.map(|keys| Self(keys.into())).ok_or_else(|| "a key is 32 random bytes in base64: `openssl rand -base64 32`".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::SecretKeys;

    #[test]
    fn what_was_sealed_opens_with_its_key_and_for_what_it_belongs_to() {
        let old: SecretKeys = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".parse().unwrap();
        let both: SecretKeys =
            "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".parse().unwrap();
        let sealed = old.seal(b"secret", b"row 1").unwrap();
        assert_eq!(old.open(&sealed, b"row 1").unwrap(), b"secret");
        assert_eq!(both.open(&sealed, b"row 1").unwrap(), b"secret", "an older key still opens");
        assert!(old.open(&sealed, b"row 2").is_err());
        assert!(old.open(&both.seal(b"secret", b"row 1").unwrap(), b"row 1").is_err(), "the first one seals");
        assert!(old.open(b"", b"row 1").is_err());
        assert!("short".parse::<SecretKeys>().is_err());
    }
}
