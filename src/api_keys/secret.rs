//! The text of an API key: `tk_`, 256 random bits, and a checksum, by which scanners of source code know a key from a word.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::clock;
use crate::database::TokenHash;

/// What every API key begins with.
pub const API_KEY_PREFIX: &str = "tk_";

/// 256 bits in letters of six bits each.
const RANDOM_LETTERS: usize = 43;
/// So many letters of checksum: one in 69 billion random words has the right ones.
const CHECKSUM_LETTERS: usize = 6;
/// So much of a key is shown, so that people can tell keys apart: 48 of its 256 bits.
const SHOWN_LETTERS: usize = 8;

/// An API key as its holder has it. It is shown once, and kept nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKeySecret(String);

impl ApiKeySecret {
    /// A new one.
    #[must_use]
    pub fn new() -> Self {
        let random = clock::secret(API_KEY_PREFIX);
        let checksum = checksum(&random);
        Self(random + &checksum)
    }

    /// Does a token look as if it were meant to be one?
    #[must_use]
    pub fn is_meant_by(token: &str) -> bool {
        token.starts_with(API_KEY_PREFIX)
    }

    /// The key that a token is; `None` where its form or its checksum is wrong.
    #[must_use]
    pub fn read(token: &str) -> Option<Self> {
        let (random, its_checksum) = token.split_at_checked(API_KEY_PREFIX.len() + RANDOM_LETTERS)?;
        (Self::is_meant_by(token) && checksum(random) == its_checksum).then(|| Self(token.to_owned()))
    }

    /// What is stored of it.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash::of(&self.0)
    }

    /// How it begins.
    #[must_use]
    pub fn shown(&self) -> &str {
        self.0.get(..API_KEY_PREFIX.len() + SHOWN_LETTERS).unwrap_or(API_KEY_PREFIX)
    }

    /// The whole of it, for its holder.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl Default for ApiKeySecret {
    fn default() -> Self {
        Self::new()
    }
}

/// It must not come into a log.
impl std::fmt::Debug for ApiKeySecret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "ApiKeySecret({}…)", self.shown())
    }
}

/// The first letters of the SHA-256 of what stands before it.
fn checksum(text: &str) -> String {
    let mut letters = URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()));
    letters.truncate(CHECKSUM_LETTERS);
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_by_its_form_and_its_checksum() {
        let key = ApiKeySecret::new();
        let text = key.reveal();
        assert_eq!(text.len(), API_KEY_PREFIX.len() + RANDOM_LETTERS + CHECKSUM_LETTERS);
        assert_eq!(ApiKeySecret::read(text), Some(key.clone()));
        assert_ne!(ApiKeySecret::new(), key);
        assert!(!format!("{key:?}").contains(text));
        for place in API_KEY_PREFIX.len()..text.len() {
            let other = if text.as_bytes()[place] == b'x' { "y" } else { "x" };
            let mistyped = format!("{}{other}{}", &text[..place], &text[place + 1..]);
            assert_eq!(ApiKeySecret::read(&mistyped), None, "{place}");
            assert_eq!(ApiKeySecret::read(&text[..place]), None, "{place}");
        }
        assert_eq!(ApiKeySecret::read(&format!("{text}x")), None);
        assert_eq!(ApiKeySecret::read("tk_ä"), None);
        assert_eq!(ApiKeySecret::read("ts_"), None);
    }
}
