//! How much comes back with a restoration, as it is written down.

use serde_json::{Value, json};

/// What came back, in numbers.
#[derive(Default)]
pub(super) struct Revived {
    pub members: i64,
    pub roles: i64,
    pub overrides: i64,
    pub teams: i64,
    pub grants: i64,
    pub places: i64,
    pub api_keys: i64,
    pub subscriptions: i64,
    pub products: i64,
}

impl Revived {
    /// As the audit log says it.
    pub fn counts(&self) -> Value {
        json!({
            "members": self.members, "roles": self.roles, "overrides": self.overrides, "teams": self.teams, "grants": self.grants,
            "places": self.places, "apiKeys": self.api_keys, "subscriptions": self.subscriptions, "products": self.products,
        })
    }
}
