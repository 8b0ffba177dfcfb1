//! What a tenant sells: five plans, the same in every tenant, and a service.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::copy::{Line, Record};

/// Something on offer, as every tenant has it.
pub(super) struct Offer {
    pub(super) key: &'static str,
    name: &'static str,
    description: &'static str,
    kind: &'static str,
    version: i64,
    is_current: bool,
    category: &'static str,
    features: &'static [&'static str],
    limits: &'static [(&'static str, i64)],
    price_monthly_minor: Option<i64>,
    price_yearly_minor: Option<i64>,
    price_fixed_minor: Option<i64>,
    trial_period_days: i64,
}

/// A row of `products`.
pub(super) struct Product {
    tenant_id: Uuid,
    pub(super) id: Uuid,
    pub(super) offer: &'static Offer,
    created_at: DateTime<Utc>,
}

/// What the offers have in common: a plan on sale, without a price.
const PLAN: Offer = Offer {
    key: "",
    name: "",
    description: "",
    kind: "plan",
    version: 1,
    is_current: true,
    category: "plans",
    features: &[],
    limits: &[],
    price_monthly_minor: None,
    price_yearly_minor: None,
    price_fixed_minor: None,
    trial_period_days: 0,
};

/// The plans on sale, the smallest first.
pub(super) static PLANS: [Offer; 5] = [
    Offer {
        key: "free",
        name: "Free",
        description: "For trying things out with a few colleagues.",
        limits: &[("members", 10), ("teams", 1), ("api_keys", 0)],
        price_monthly_minor: Some(0),
        price_yearly_minor: Some(0),
        ..PLAN
    },
    Offer {
        key: "starter",
        name: "Starter",
        description: "For small teams that ship together.",
        version: 2,
        features: &["webhooks"],
        limits: &[("members", 25), ("teams", 5), ("api_keys", 2)],
        price_monthly_minor: Some(1_200),
        price_yearly_minor: Some(12_000),
        trial_period_days: 14,
        ..PLAN
    },
    Offer {
        key: "growth",
        name: "Growth",
        description: "For companies that connect their own systems.",
        features: &["webhooks", "api_access"],
        limits: &[("members", 100), ("teams", 25), ("api_keys", 10)],
        price_monthly_minor: Some(2_400),
        price_yearly_minor: Some(24_000),
        trial_period_days: 14,
        ..PLAN
    },
    Offer {
        key: "pro",
        name: "Pro",
        description: "For companies that are audited.",
        features: &["webhooks", "api_access", "audit_export"],
        limits: &[("members", 500), ("teams", 100), ("api_keys", 50)],
        price_monthly_minor: Some(4_900),
        price_yearly_minor: Some(49_000),
        trial_period_days: 30,
        ..PLAN
    },
    Offer {
        key: "enterprise",
        name: "Enterprise",
        description: "For groups of companies, with single sign-on and their own terms.",
        features: &["webhooks", "api_access", "audit_export", "single_sign_on", "custom_roles"],
        limits: &[("members", 10_000), ("teams", 1_000), ("api_keys", 500)],
        price_monthly_minor: Some(9_900),
        price_yearly_minor: Some(99_000),
        ..PLAN
    },
];

/// Beside the plans: a version that is sold no longer but still held, and a service that is paid once.
pub(super) static EXTRAS: [Offer; 2] = [
    Offer {
        key: "starter",
        name: "Starter",
        description: "For small teams.",
        is_current: false,
        limits: &[("members", 15), ("teams", 3), ("api_keys", 0)],
        price_monthly_minor: Some(900),
        price_yearly_minor: Some(9_000),
        trial_period_days: 14,
        ..PLAN
    },
    Offer {
        key: "onboarding",
        name: "Guided onboarding",
        description: "Two days with one of our people, remotely or on site.",
        kind: "service",
        category: "services",
        price_fixed_minor: Some(180_000),
        ..PLAN
    },
];

// === impl Product ===

impl Product {
    /// An offer as a tenant's product.
    pub(super) fn new(tenant_id: Uuid, id: Uuid, offer: &'static Offer, created_at: DateTime<Utc>) -> Self {
        Self { tenant_id, id, offer, created_at }
    }

    /// Its type, which a subscription repeats.
    pub(super) fn kind(&self) -> &'static str {
        self.offer.kind
    }

    /// Whether it is sold no longer.
    pub(super) fn is_old(&self) -> bool {
        !self.offer.is_current
    }

    /// What a seat costs a month.
    pub(super) fn seat_price_minor(&self) -> Option<i64> {
        self.offer.price_monthly_minor
    }
}

impl Record for Product {
    const TABLE: &'static str = "products";
    const COLUMNS: &'static str = "tenant_id, id, key, name, description, type, version, is_current, \
                                   is_public, category, features, limits, price_monthly_minor, \
                                   price_yearly_minor, price_fixed_minor, currency, trial_period_days, \
                                   created_at, updated_at";

    fn fill(&self, line: &mut Line<'_>) {
        let offer = self.offer;
        line.add(self.tenant_id)
            .add(self.id)
            .add(offer.key)
            .add(offer.name)
            .add(offer.description)
            .add(offer.kind)
            .add(offer.version)
            .add(offer.is_current)
            .add(offer.is_current)
            .add(offer.category)
            .add(&*features(offer.features))
            .add(&*limits(offer.limits))
            .add(offer.price_monthly_minor)
            .add(offer.price_yearly_minor)
            .add(offer.price_fixed_minor)
            .add("EUR")
            .add(offer.trial_period_days)
            .add(self.created_at)
            .add(self.created_at);
    }
}

/// The column holds an object: a feature is a key that is true.
fn features(keys: &[&str]) -> String {
    object(keys.iter().map(|key| (*key, Value::Bool(true))))
}

fn limits(limits: &[(&str, i64)]) -> String {
    object(limits.iter().map(|(key, limit)| (*key, (*limit).into())))
}

fn object<'a>(entries: impl Iterator<Item = (&'a str, Value)>) -> String {
    let entries: Map<_, _> = entries.map(|(key, value)| (key.to_owned(), value)).collect();
    Value::Object(entries).to_string()
}

#[cfg(test)]
mod tests {
    use super::PLANS;
    use migration::catalog::PERMISSIONS;

    #[test]
    fn every_feature_that_a_permission_asks_for_is_in_some_plan() {
        for feature in PERMISSIONS.iter().filter_map(|definition| definition.required_feature) {
            assert!(PLANS.iter().any(|plan| plan.features.contains(&feature)), "{feature}");
        }
    }

    #[test]
    fn a_larger_plan_has_all_that_a_smaller_one_has() {
        for pair in PLANS.windows(2) {
            let (smaller, larger) = (pair[0].features, pair[1].features);
            assert!(smaller.iter().all(|feature| larger.contains(feature)));
        }
    }
}
