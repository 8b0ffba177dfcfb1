//! Codes: those of authenticator apps, and those for emergencies.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use totp_rs::{Builder, Totp};

use crate::database::TokenHash;
use crate::error::Error;

/// So many codes for emergencies there are at a time.
const RECOVERY_CODES: usize = 10;
/// Letters and digits that nobody takes for others: a code is sixteen of them, 80 random bits.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz123456789";
/// What authenticator apps show beside the address.
const ISSUER: &str = "Tenantry";

/// A new secret: 160 bits, as RFC 4226 wants them.
pub(super) fn new_secret() -> Vec<u8> {
    rand::random::<[u8; 20]>().to_vec()
}

/// The codes of a secret: six digits, thirty seconds each, one of them early or late.
pub(super) fn totp(secret: &[u8], email: &str) -> Result<Totp, Error> {
    // A colon would end the name.
    let account = email.replace(':', "");
    let builder = Builder::new().with_secret(secret.to_vec()).with_account_name(account).with_issuer(Some(ISSUER));
    builder.build().map_err(Error::internal)
}

/// The step in time that a code belongs to, where it is one of this moment.
pub(super) fn step(totp: &Totp, code: &str, now: DateTime<Utc>) -> Option<i64> {
    let digits: String = code.chars().filter(|character| !character.is_whitespace()).collect();
    let is_code = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let time = u64::try_from(now.timestamp()).ok()?;
    totp.check(&digits, time).filter(|_| is_code).and_then(|step| i64::try_from(step).ok())
}

/// New codes for emergencies, as they are shown.
pub(super) fn recovery_codes() -> Vec<String> {
    let code = |_| {
        let letters: Vec<char> =
            rand::random::<[u8; 16]>().iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
        letters.chunks(4).map(|part| part.iter().collect::<String>()).collect::<Vec<_>>().join("-")
    };
    (0..RECOVERY_CODES).map(code).collect()
}

/// What is stored of one, however it was typed.
pub(super) fn recovery_hash(code: &str) -> TokenHash {
    let typed: String = code.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
    TokenHash::of(&typed)
}

/// A hash as a text that goes into a statement.
pub(super) fn text_of(hash: &TokenHash) -> String {
    URL_SAFE_NO_PAD.encode(hash.bytes())
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::{recovery_codes, recovery_hash, step, totp};

    #[test]
    fn codes_are_those_of_the_rfc_and_hold_for_their_time() {
        // The secret of RFC 6238's appendix B; its codes have eight digits, of which these are the last six.
        let totp = totp(b"12345678901234567890", "ada:lovelace@example.com").unwrap();
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        assert_eq!(step(&totp, "287082", at(59)), Some(1));
        assert_eq!(step(&totp, "081 804", at(1_111_111_109)), Some(37_037_036));
        assert_eq!(step(&totp, "081804", at(1_111_111_109 + 30)), Some(37_037_036), "one step late");
        assert_eq!(step(&totp, "081804", at(1_111_111_109 + 90)), None);
        for rubbish in ["", "28708", "2870822", "abcdef", "28708２"] {
            assert_eq!(step(&totp, rubbish, at(59)), None, "{rubbish}");
        }
        assert!(totp.to_url().unwrap().contains("issuer=Tenantry"));
    }

    #[test]
    fn codes_for_emergencies_are_different_and_read_however_they_are_typed() {
        let codes = recovery_codes();
        let mut distinct = codes.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!((codes.len(), distinct.len(), codes[0].len()), (10, 10, 19));
        assert_eq!(recovery_hash(&codes[0]), recovery_hash(&format!(" {} ", codes[0].to_uppercase().replace('-', " "))));
    }
}
