//! Identifiers that know what they identify: a UUID inside, a `TypeID` (version 0.3, `org_01h455vb4pex5vsknk084sn02q`)
//! wherever a client or a log sees it.

use uuid::Uuid;

/// The letters of a suffix: Crockford's base 32 in lower case.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// How many letters 128 bits take.
pub(crate) const SUFFIX_LENGTH: usize = 26;

/// How much of a malformed text is repeated to whoever sent it.
const SHOWN: usize = 64;

/// Why a text is no identifier of the wanted kind. May be shown to the client that sent it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// It is no identifier at all.
    #[error("`{given}` is not an id of the form `{expected}_…`")]
    Malformed {
        /// The prefix that was expected.
        expected: &'static str,
        /// The text, shortened.
        given: String,
    },
    /// It identifies something else.
    #[error("expected an id of the form `{expected}_…`, but the one given begins with `{found}_`")]
    WrongType {
        /// The prefix that was expected.
        expected: &'static str,
        /// The prefix that was found.
        found: String,
    },
}

/// The 26 letters of a UUID; the two bits that are too many are zeros in front.
pub(crate) fn encode(uuid: Uuid) -> [u8; SUFFIX_LENGTH] {
    let mut rest = uuid.as_u128();
    let mut suffix = [0; SUFFIX_LENGTH];
    for letter in suffix.iter_mut().rev() {
        *letter = ALPHABET[(rest & 31) as usize];
        rest >>= 5;
    }
    suffix
}

/// The UUID of 26 letters; `None` where a letter is unknown, or the number does not fit into 128 bits.
pub(crate) fn decode(suffix: &str) -> Option<Uuid> {
    let letters: &[u8; SUFFIX_LENGTH] = suffix.as_bytes().try_into().ok()?;
    if letters[0] > b'7' {
        return None;
    }
    let mut bits: u128 = 0;
    for letter in letters {
        bits = bits << 5 | u128::from(value(*letter)?);
    }
    Some(Uuid::from_u128(bits))
}

/// What a letter stands for. The letters i, l, o and u are left out of the alphabet.
fn value(letter: u8) -> Option<u8> {
    match letter {
        b'0'..=b'9' => Some(letter - b'0'),
        b'a'..=b'h' => Some(letter - b'a' + 10),
        b'j' | b'k' => Some(letter - b'j' + 18),
        b'm' | b'n' => Some(letter - b'm' + 20),
        b'p'..=b't' => Some(letter - b'p' + 22),
        b'v'..=b'z' => Some(letter - b'v' + 27),
        _ => None,
    }
}

/// The UUID in a text that must carry this prefix.
pub(crate) fn parse(expected: &'static str, text: &str) -> Result<Uuid, IdError> {
    // Clients send many ids of the right kind and few of any other: that way first.
    if let Some(uuid) = text.strip_prefix(expected).and_then(|rest| rest.strip_prefix('_')).and_then(decode) {
        return Ok(uuid);
    }
    match text.rsplit_once('_') {
        Some((found, suffix)) if found != expected && is_prefix(found) && decode(suffix).is_some() => {
            Err(IdError::WrongType { expected, found: found.to_owned() })
        }
        _ => Err(IdError::Malformed { expected, given: text.chars().take(SHOWN).collect() }),
    }
}

/// The prefix and the UUID of an identifier of any kind; `None` where the text is none.
#[must_use]
pub fn split(text: &str) -> Option<(&str, Uuid)> {
    let (prefix, suffix) = text.rsplit_once('_')?;
    Some((prefix, decode(suffix).filter(|_| is_prefix(prefix))?))
}

/// The text form of an identifier of any kind.
#[must_use]
pub fn join(prefix: &str, uuid: Uuid) -> String {
    let suffix = encode(uuid);
    let mut text = String::with_capacity(prefix.len() + 1 + SUFFIX_LENGTH);
    text.push_str(prefix);
    text.push('_');
    text.extend(suffix.map(char::from));
    text
}

/// What all identifiers have in common.
pub trait TypedId: Copy + std::fmt::Display + From<Uuid> + std::str::FromStr<Err = IdError> + Send + Sync + 'static {
    /// What stands before the underscore.
    const PREFIX: &'static str;

    /// The bare UUID, as the database keeps it.
    fn uuid(self) -> Uuid;

    /// Appends the text form, without allocating for it.
    fn write_to(&self, out: &mut Vec<u8>);
}

/// Whether this may stand before the suffix: up to 63 lower-case letters and inner underscores.
fn is_prefix(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase())
        && !text.starts_with('_')
        && !text.ends_with('_')
}

/// Declares an identifier: its type, and the prefix by which everyone else tells it from others.
macro_rules! typed_id {
    ($(#[$attribute:meta])* $name:ident, $prefix:literal) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, sea_orm::DeriveValueType)]
        #[sea_orm(try_getable_array)]
        pub struct $name(uuid::Uuid);

        impl $name {
            /// What stands before the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// The bare UUID, as the database keeps it.
            #[must_use]
            pub const fn uuid(self) -> uuid::Uuid {
                self.0
            }

            /// Appends the text form, without allocating for it.
            pub fn write_to(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(concat!($prefix, "_").as_bytes());
                out.extend_from_slice(&$crate::typed_id::encode(self.0));
            }
        }

        impl $crate::TypedId for $name {
            const PREFIX: &'static str = $prefix;

            fn uuid(self) -> uuid::Uuid {
                self.0
            }

            fn write_to(&self, out: &mut Vec<u8>) {
                self.write_to(out);
            }
        }

        impl From<uuid::Uuid> for $name {
            fn from(uuid: uuid::Uuid) -> Self {
                Self(uuid)
            }
        }

        impl From<$name> for uuid::Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(concat!($prefix, "_"))?;
                let suffix = $crate::typed_id::encode(self.0);
                formatter.write_str(std::str::from_utf8(&suffix).map_err(|_| std::fmt::Error)?)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, formatter)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::typed_id::IdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::typed_id::parse($prefix, text).map(Self)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        // A primary key must have this; no database counts UUIDs up.
        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                Err(sea_orm::DbErr::ConvertFromU64(stringify!($name)))
            }
        }
    };
}
pub(crate) use typed_id;

#[cfg(test)]
mod tests {
    use super::{IdError, decode, encode};
    use crate::id::{OrganizationId, OrganizationMembershipId, UserId};
    use uuid::Uuid;

    /// The valid cases of the specification.
    const VECTORS: [(&str, &str); 5] = [
        ("00000000-0000-0000-0000-000000000000", "00000000000000000000000000"),
        ("00000000-0000-0000-0000-000000000001", "00000000000000000000000001"),
        ("00000000-0000-0000-0000-00000000000a", "0000000000000000000000000a"),
        ("ffffffff-ffff-ffff-ffff-ffffffffffff", "7zzzzzzzzzzzzzzzzzzzzzzzzz"),
        ("0110c853-1d09-52d8-d73e-1194e95b5f19", "0123456789abcdefghjkmnpqrs"),
    ];

    #[test]
    fn the_vectors_of_the_specification_hold() -> Result<(), uuid::Error> {
        for (uuid, suffix) in VECTORS {
            let uuid: Uuid = uuid.parse()?;
            assert_eq!(encode(uuid), suffix.as_bytes());
            assert_eq!(decode(suffix), Some(uuid));
        }
        let uuid: Uuid = "01890a5d-ac96-774b-bcce-b302099a8057".parse()?;
        assert_eq!(UserId::from(uuid).to_string(), "user_01h455vb4pex5vsknk084sn02q");
        Ok(())
    }

    #[test]
    fn every_uuid_leads_back_and_keeps_its_order() {
        let mut bits: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
        let mut last = OrganizationId::from(Uuid::nil());
        for _ in 0..2_000 {
            // A linear congruence: any bits do, as long as they differ.
            bits = bits.wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645).wrapping_add(1);
            let id = OrganizationId::from(Uuid::from_u128(bits));
            let text = id.to_string();
            assert_eq!(text.parse(), Ok(id));
            assert_eq!(text.cmp(&last.to_string()), id.cmp(&last));
            let mut out = b"x".to_vec();
            id.write_to(&mut out);
            assert_eq!(out[1..], *text.as_bytes());
            last = id;
        }
    }

    #[test]
    fn what_is_no_identifier_is_malformed() {
        for text in [
            "",
            "org",
            "org_",
            "_00000000000000000000000000",
            "00000000000000000000000000",
            "org_0000000000000000000000000",
            "org_000000000000000000000000000",
            "org_8zzzzzzzzzzzzzzzzzzzzzzzzz",
            "org_0000000000000000000000000A",
            "org_0000000000000000000000000i",
            "org_0000000000000000000000000l",
            "org_0000000000000000000000000o",
            "org_0000000000000000000000000u",
            "org_000000000000000000000000é",
            "ORG_00000000000000000000000000",
            "org__00000000000000000000000000",
            "1234567890-abcdefghijklmnopqrst",
        ] {
            let parsed = text.parse::<OrganizationId>();
            assert!(matches!(parsed, Err(IdError::Malformed { .. })), "{text}: {parsed:?}");
        }
    }

    #[test]
    fn an_identifier_of_something_else_says_so() {
        let parsed = "user_01h455vb4pex5vsknk084sn02q".parse::<OrganizationId>();
        assert_eq!(
            parsed.map_err(|error| error.to_string()),
            Err("expected an id of the form `org_…`, but the one given begins with `user_`".to_owned())
        );
    }

    #[test]
    fn a_long_text_is_not_repeated_whole() {
        let parsed = "x".repeat(1_000).parse::<OrganizationId>();
        assert!(parsed.is_err_and(|error| error.to_string().len() < 120));
    }

    #[test]
    fn json_holds_the_text() -> Result<(), Box<dyn std::error::Error>> {
        let id: OrganizationMembershipId = "mem_01h455vb4pex5vsknk084sn02q".parse()?;
        let json = serde_json::to_string(&id)?;
        assert_eq!(json, "\"mem_01h455vb4pex5vsknk084sn02q\"");
        assert_eq!(serde_json::from_str::<OrganizationMembershipId>(&json)?, id);
        assert!(serde_json::from_str::<OrganizationId>(&json).is_err());
        Ok(())
    }
}
