//! The address of somebody who is invited, in its normal form.

use std::str::FromStr;

use email_address::EmailAddress;

/// The longest that mail servers take.
const LONGEST: usize = 254;

/// The address as it is stored; `None` where it is none.
pub(super) fn normalised(email: &str) -> Option<String> {
    let email = email.trim().to_lowercase();
    (email.len() <= LONGEST && EmailAddress::from_str(&email).is_ok()).then_some(email)
}

#[cfg(test)]
mod tests {
    use super::normalised;

    #[test]
    fn addresses_are_compared_without_case_and_spaces() {
        assert_eq!(normalised(" Ada@Example.COM ").as_deref(), Some("ada@example.com"));
        assert_eq!(normalised("ada"), None);
        assert_eq!(normalised(&format!("{}@example.com", "a".repeat(300))), None);
    }
}
