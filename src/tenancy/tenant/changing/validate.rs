//! What name, slug, brand and logo of a tenant may look like.

use std::sync::Arc;

use serde_json::Value;

use crate::graph::Change;
use crate::user_error::{UserError, UserErrorCode, checked_name};

const LONGEST_NAME: usize = 200;
const LONGEST_SLUG: usize = 63;
const LONGEST_URL: usize = 2_000;
/// Days that history is kept, at least and at most.
const RETENTION: std::ops::RangeInclusive<i32> = 30..=36_500;

/// The setting that lets people sign up for a tenant by themselves.
const SELF_SERVICE_SIGN_UP: &str = "selfServiceSignUp";

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

    /// A name in addresses: what may stand in a host name.
    pub fn slug(&mut self, slug: &str) -> String {
        let slug = slug.trim().to_ascii_lowercase();
        let fits = slug.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if slug.len() > LONGEST_SLUG {
            self.refuse("slug", UserErrorCode::TooLong, format!("a slug has at most {LONGEST_SLUG} characters"));
        } else if slug.is_empty() || !fits || slug.starts_with('-') || slug.ends_with('-') {
            let message = "a slug has letters from a to z, digits, and dashes between them, such as `acme-tools`".to_owned();
            self.refuse("slug", UserErrorCode::Invalid, message);
        }
        slug
    }

    /// The name of a brand.
    pub fn brand(&mut self, brand: &str) -> String {
        let brand = brand.trim().to_owned();
        if brand.is_empty() {
            self.refuse("brand", UserErrorCode::Invalid, "the brand must not be blank: null takes it away".to_owned());
        } else if brand.chars().count() > LONGEST_NAME {
            self.refuse("brand", UserErrorCode::TooLong, format!("the brand must have at most {LONGEST_NAME} characters"));
        }
        brand
    }

    /// Where a picture is that browsers load.
    pub fn logo_url(&mut self, url: &str) -> String {
        let url = url.trim().to_owned();
        let host = url.strip_prefix("https://").and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
        if url.len() > LONGEST_URL {
            self.refuse("logoUrl", UserErrorCode::TooLong, format!("the URL must have at most {LONGEST_URL} bytes"));
        } else if host.is_empty() || host.contains('@') || !url.bytes().all(|byte| byte.is_ascii_graphic()) {
            self.refuse("logoUrl", UserErrorCode::Invalid, "a URL looks like `https://example.com/logo.svg`".to_owned());
        }
        url
    }

    /// For how many days history is kept.
    pub fn retention(&mut self, days: i32) -> i32 {
        if !RETENTION.contains(&days) {
            let message = format!("history is kept for {} to {} days", RETENTION.start(), RETENTION.end());
            self.refuse("dataRetentionDays", UserErrorCode::Invalid, message);
        }
        days
    }

    /// Settings whose meaning we know have values that we understand.
    pub fn settings(&mut self, settings: &Value) {
        if settings.get(SELF_SERVICE_SIGN_UP).is_some_and(|value| !value.is_boolean()) {
            let message = format!("`{SELF_SERVICE_SIGN_UP}` is true or false");
            self.refuse("settings", UserErrorCode::Invalid, message);
        }
    }

    /// Features are switched on or off.
    pub fn features(&mut self, features: &Value) {
        let odd = features.as_object().into_iter().flatten().find(|(_, value)| !value.is_boolean());
        if let Some((name, _)) = odd {
            self.refuse("features", UserErrorCode::Invalid, format!("`{name}` is true or false; null takes it away"));
        }
    }

    /// Applies a check to a value that may be left out or taken away.
    pub fn change(
        &mut self,
        change: &Change<String>,
        check: fn(&mut Self, &str) -> String,
        current: Option<String>,
    ) -> Option<String> {
        match change {
            Change::Keep => current,
            Change::Set(value) => value.as_deref().map(|value| check(self, value)),
        }
    }

    fn refuse(&mut self, field: &str, code: UserErrorCode, message: String) {
        self.errors.push(UserError::at(&[field], code, message));
    }
}

/// What is said where the slug is another tenant's.
pub(super) fn slug_taken() -> Arc<UserError> {
    UserError::at(&["slug"], UserErrorCode::Taken, "another tenant has this slug")
}
