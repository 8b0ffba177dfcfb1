//! What a password must be, as NIST has it (SP 800-63B): long enough, and none of those that everybody tries first. No signs are
//! demanded and nothing runs out, because either makes people choose worse ones.

use std::sync::Arc;

use super::commonest::COMMONEST;
use crate::user_error::{UserError, UserErrorCode};

const SHORTEST: usize = 8;
const LONGEST: usize = 128;

/// What is wrong with a password that somebody of this address chooses, if anything.
pub(in crate::people) fn complaint(field: &str, password: &str, address: Option<&str>) -> Option<Arc<UserError>> {
    let length = password.chars().count();
    let invalid = |message: &'static str| Some(UserError::at(&[field], UserErrorCode::Invalid, message));
    if length < SHORTEST {
        return Some(UserError::at(&[field], UserErrorCode::Invalid, format!("a password has at least {SHORTEST} characters")));
    }
    if length > LONGEST {
        return Some(UserError::at(&[field], UserErrorCode::TooLong, format!("a password has at most {LONGEST} characters")));
    }
    let lower = password.to_lowercase();
    if COMMONEST.binary_search(&lower.as_str()).is_ok() || is_monotonous(&lower) {
        return invalid("this is one of the passwords that are tried first: choose another one");
    }
    let name = address.and_then(|address| address.split('@').next());
    if address.is_some_and(|address| lower == address) || name.is_some_and(|name| lower == name) {
        return invalid("your address is no password: choose another one");
    }
    None
}

/// One sign over and over, or a row of signs that follow each other, up or down.
fn is_monotonous(text: &str) -> bool {
    let codes: Vec<i64> = text.chars().map(|character| i64::from(u32::from(character))).collect();
    let mut steps = codes.windows(2).map(|pair| pair[1] - pair[0]);
    match steps.next() {
        Some(first @ -1..=1) => steps.all(|step| step == first),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{COMMONEST, complaint};

    #[test]
    fn long_ones_pass_and_the_commonest_do_not() {
        assert!(COMMONEST.is_sorted(), "they are searched");
        let refused = |password: &str| complaint("password", password, Some("ada.lovelace@example.com")).is_some();
        for password in ["short", "Password1", "QWERTYUIOP", "aaaaaaaaaa", "abcdefghij", "87654321", "ada.lovelace"] {
            assert!(refused(password), "{password}");
        }
        assert!(refused(&"x1".repeat(65)));
        for password in ["correct horse battery", "zwölf große", "tr0ub4dor&3"] {
            assert!(!refused(password), "{password}");
        }
    }
}
