//! What an address looks like, and how two of them are the same.

use std::str::FromStr;
use std::sync::Arc;

use email_address::EmailAddress;

use crate::user_error::{UserError, UserErrorCode};

/// An address as it is stored: without spaces around it, in lower case.
pub(in crate::people) fn normal(address: &str) -> String {
    address.trim().to_lowercase()
}

/// What is wrong with a normal address, if anything.
pub(in crate::people) fn complaint(field: &str, address: &str) -> Option<Arc<UserError>> {
    let is_one = EmailAddress::from_str(address).is_ok() && !address.chars().any(char::is_control);
    (!is_one).then(|| UserError::at(&[field], UserErrorCode::Invalid, "an e-mail address looks like `ada@example.com`"))
}
