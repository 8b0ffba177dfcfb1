//! Identifiers in their text form. Written here anew, so that these programs owe nothing to the gateway.

use serde::{Serialize, Serializer, ser::Error};
use uuid::Uuid;

/// The letters of a suffix.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// How many letters 128 bits take.
const SUFFIX_LENGTH: usize = 26;

/// The longest prefix that is used here, and the underscore.
const PREFIX_LENGTH: usize = 5;

/// A UUID with the prefix that tells what it identifies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TypeId(pub(crate) &'static str, pub(crate) Uuid);

impl Serialize for TypeId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = [b'_'; PREFIX_LENGTH + SUFFIX_LENGTH];
        let start = self.0.len() + 1;
        text[..start - 1].copy_from_slice(self.0.as_bytes());
        let mut rest = self.1.as_u128();
        for letter in text[start..start + SUFFIX_LENGTH].iter_mut().rev() {
            *letter = ALPHABET[(rest & 31) as usize];
            rest >>= 5;
        }
        let text = str::from_utf8(&text[..start + SUFFIX_LENGTH]).map_err(S::Error::custom)?;
        serializer.serialize_str(text)
    }
}

/// The UUID in a text with this prefix.
pub(crate) fn parse(prefix: &str, text: &str) -> Option<Uuid> {
    let suffix = text.strip_prefix(prefix)?.strip_prefix('_')?;
    if suffix.len() != SUFFIX_LENGTH {
        return None;
    }
    let bits = suffix.bytes().try_fold(0_u128, |bits, letter| {
        let value = ALPHABET.iter().position(|known| *known == letter)?;
        Some(bits << 5 | u128::try_from(value).ok()?)
    })?;
    Some(Uuid::from_u128(bits))
}

#[cfg(test)]
mod tests {
    use super::{TypeId, parse};

    #[test]
    fn the_text_form_leads_there_and_back() {
        let text = "user_01h455vb4pex5vsknk084sn02q";
        let uuid = parse("user", text);
        assert_eq!(uuid.map(|uuid| uuid.to_string()).as_deref(), Some("01890a5d-ac96-774b-bcce-b302099a8057"));
        let written = uuid.map(|uuid| serde_json::json!(TypeId("user", uuid)));
        assert_eq!(written, Some(text.into()));
        assert_eq!(parse("org", text), None);
        assert_eq!(parse("user", "user_01h455vb4pex5vsknk084sn02"), None);
    }
}
