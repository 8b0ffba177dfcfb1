//! What an API key may be: the checks that need no database.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use migration::catalog::Permission;

use crate::access::PermissionSet;
use crate::user_error::{UserError, UserErrorCode, checked_name};

const LONGEST_NAME: usize = 100;
const LONGEST_CLIENT: usize = 63;

/// What was found wrong so far.
#[derive(Default)]
pub(super) struct Validation {
    pub errors: Vec<Arc<UserError>>,
}

impl Validation {
    pub fn name(&mut self, name: &str) -> String {
        checked_name(name, LONGEST_NAME, &mut self.errors)
    }

    /// A word that stands on command lines and in file names.
    pub fn client(&mut self, client: &str) -> String {
        let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let is_word = client.bytes().all(|byte| is_letter(byte) || matches!(byte, b'-' | b'_'))
            && client.bytes().next().is_some_and(is_letter)
            && client.bytes().last().is_some_and(is_letter);
        if !is_word || client.len() > LONGEST_CLIENT {
            let message = "a client is named by 1 to 63 lower-case letters, digits and inner `-` or `_`, such as `acme`";
            self.at("client", message.to_owned());
        }
        client.to_owned()
    }

    /// Keys of permissions: at least one, each of them once.
    pub fn scopes(&mut self, keys: &[String]) -> PermissionSet {
        let mut scopes = PermissionSet::NONE;
        for (place, key) in keys.iter().enumerate() {
            let message = match Permission::from_key(key) {
                None => "there is no such permission: `permissions` lists all of them",
                Some(permission) if scopes.contains(permission) => "the permission is named twice",
                Some(permission) => {
                    scopes.insert(permission);
                    continue;
                }
            };
            self.errors.push(UserError::at(&["scopes", &place.to_string()], UserErrorCode::Invalid, message));
            // A longer list of mistakes helps nobody.
            if self.errors.len() > 10 {
                break;
            }
        }
        if keys.is_empty() {
            self.at("scopes", "a key without scopes may do nothing: name at least one permission".to_owned());
        }
        scopes
    }

    pub fn rate_limit(&mut self, limit: Option<i32>) -> Option<i32> {
        if limit.is_some_and(|limit| limit <= 0) {
            self.at("rateLimit", "the limit must be positive; leave it out for that of everybody".to_owned());
        }
        limit
    }

    pub fn expires_at(&mut self, expires_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if expires_at.is_some_and(|at| at <= now) {
            self.at("expiresAt", "the time is past: choose a later one".to_owned());
        }
        expires_at
    }

    fn at(&mut self, field: &str, message: String) {
        self.errors.push(UserError::at(&[field], UserErrorCode::Invalid, message));
    }
}
