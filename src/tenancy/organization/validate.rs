//! What the name, the domain and the billing address of an organization may look like.

use std::str::FromStr;
use std::sync::Arc;

use email_address::EmailAddress;
use serde_json::Value;

use crate::graph::{Change, Json};
use crate::user_error::{UserError, UserErrorCode, checked_name, checked_patch};

const LONGEST_NAME: usize = 200;
/// The description of the field `metadata` of an input.
pub(super) const METADATA: &str = "What is kept with it, as a JSON merge patch (RFC 7396): an object whose members replace those of the same names; null takes one \
    away. All of it has at most 16 KiB. Conditions of rules can speak of it.";

const LONGEST_DOMAIN: usize = 253;

/// Collects what is wrong with an input while its values are put into their normal form.
#[derive(Default)]
pub(super) struct Validation {
    pub errors: Vec<Arc<UserError>>,
}

impl Validation {
    /// A name without spaces around it.
    pub fn name(&mut self, name: &str) -> String {
        checked_name(name, LONGEST_NAME, &mut self.errors)
    }

    /// A domain in lower case.
    pub fn domain(&mut self, domain: &str) -> String {
        let domain = domain.trim().trim_end_matches('.').to_lowercase();
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|character| character.is_alphanumeric() || character == '-')
        };
        if domain.len() > LONGEST_DOMAIN {
            self.refuse("domain", UserErrorCode::TooLong, format!("a domain has at most {LONGEST_DOMAIN} characters"));
        } else if !domain.contains('.') || !domain.split('.').all(label) {
            self.refuse("domain", UserErrorCode::Invalid, "a domain looks like `example.com`".to_owned());
        }
        domain
    }

    /// An e-mail address.
    pub fn billing_email(&mut self, email: &str) -> String {
        let email = email.trim();
        if EmailAddress::from_str(email).is_err() {
            self.refuse("billingEmail", UserErrorCode::Invalid, "an e-mail address looks like `billing@example.com`".to_owned());
        }
        email.to_owned()
    }

    /// What is kept with an organization, after a patch; nothing where none was sent.
    pub fn metadata(&mut self, patch: Option<&Json>, current: &Value) -> Option<Value> {
        patch.map(|patch| checked_patch("metadata", patch, current, &mut self.errors))
    }

    /// Applies a check to a value that may be left out or taken away.
    pub fn change(&mut self, change: &Change<String>, check: fn(&mut Self, &str) -> String) -> Change<String> {
        match change {
            Change::Keep => Change::Keep,
            Change::Set(value) => Change::Set(value.as_deref().map(|value| check(self, value))),
        }
    }

    fn refuse(&mut self, field: &str, code: UserErrorCode, message: String) {
        self.errors.push(UserError::at(&[field], code, message));
    }
}

/// What is said where the name is another organization's.
pub(super) fn name_taken() -> Arc<UserError> {
    UserError::at(&["name"], UserErrorCode::Taken, "another organization of the tenant has this name")
}
