//! What the key, the name and the description of a role may look like.

use std::sync::Arc;

use crate::user_error::{UserError, UserErrorCode, checked_description, checked_name};

const LONGEST_KEY: usize = 63;
const LONGEST_NAME: usize = 200;

/// Collects what is wrong with an input while its values are put into their normal form.
#[derive(Default)]
pub(super) struct Validation {
    pub errors: Vec<Arc<UserError>>,
}

impl Validation {
    /// A key for programs.
    pub fn key(&mut self, key: &str) -> String {
        let mut letters = key.bytes();
        let begins = letters.next().is_some_and(|first| first.is_ascii_lowercase());
        let goes_on = letters.all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'_');
        if key.len() > LONGEST_KEY {
            self.refuse("key", UserErrorCode::TooLong, format!("a key has at most {LONGEST_KEY} letters"));
        } else if !begins || !goes_on {
            let message = "a key is made of lower-case letters, digits and underscores, and begins with a letter: `billing_admin`";
            self.refuse("key", UserErrorCode::Invalid, message.to_owned());
        }
        key.to_owned()
    }

    /// A name without spaces around it.
    pub fn name(&mut self, name: &str) -> String {
        checked_name(name, LONGEST_NAME, &mut self.errors)
    }

    /// A description without spaces around it.
    pub fn description(&mut self, description: &str) -> String {
        checked_description(description, &mut self.errors)
    }

    fn refuse(&mut self, field: &str, code: UserErrorCode, message: String) {
        self.errors.push(UserError::at(&[field], code, message));
    }
}
