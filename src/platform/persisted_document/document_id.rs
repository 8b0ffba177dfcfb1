//! By what a request names a document: the SHA-256 of its text, or an alias from a manifest.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// What stands before a hash, as the appendix of GraphQL over HTTP has it.
const SHA256: &str = "sha256:";
const LONGEST_ALIAS: usize = 128;

/// The id of a document, as a request sends it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DocumentId {
    /// The SHA-256 of its text, in 64 hexadecimal digits.
    Sha256(String),
    /// The id that its manifest gave it, where that is no SHA-256: an MD5 of the Relay compiler, say.
    Alias(String),
}

impl DocumentId {
    /// Reads `sha256:` and 64 digits, those digits alone, or an alias; nothing where it can be none of them.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        match text.strip_prefix(SHA256) {
            Some(digits) => hexadecimal(digits).map(Self::Sha256),
            None => hexadecimal(text).map(Self::Sha256).or_else(|| is_alias(text).then(|| Self::Alias(text.to_owned()))),
        }
    }

    /// The id of this text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self::Sha256(sha256(text))
    }

    /// Without what stands before it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Sha256(text) | Self::Alias(text) => text,
        }
    }
}

/// The SHA-256 of a text, in 64 hexadecimal digits.
pub(super) fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::with_capacity(64), |mut digits, byte| {
        // Writing to a String cannot fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// As a client sends it again.
pub(super) fn shown(sha256: &str) -> String {
    format!("{SHA256}{sha256}")
}

fn hexadecimal(text: &str) -> Option<String> {
    (text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| text.to_ascii_lowercase())
}

/// May a manifest call a document so? What fits in a URL as it is.
fn is_alias(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=LONGEST_ALIAS).contains(&text.len()) && text.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_come_with_and_without_their_name_and_all_else_is_an_alias() {
        let digits = "AB".repeat(32);
        let hash = Some(DocumentId::Sha256("ab".repeat(32)));
        assert_eq!(DocumentId::read(&digits), hash);
        assert_eq!(DocumentId::read(&format!("sha256:{digits}")), hash);
        assert_eq!(DocumentId::read("d41d8cd9"), Some(DocumentId::Alias("d41d8cd9".to_owned())));
        for text in ["", "sha256:", "sha256:ab", "md5:ab", "a/b", "a b", "ü", &"a".repeat(129)] {
            assert_eq!(DocumentId::read(text), None, "{text}");
        }
        assert_eq!(
            DocumentId::of(""),
            DocumentId::Sha256("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855".to_owned())
        );
    }
}
