//! Businesses of an organization: a supplier, a customer, a branch.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use uuid::Uuid;

use super::{
    copy::{Line, Record},
    generator::Generator,
    record::Organization,
};

/// A row of `businesses`. Nobody has asked for verification of one whose `verification` says so, and whoever owns the organization
/// has asked for that of the others, and decided.
pub(super) struct Business {
    tenant_id: Uuid,
    id: Uuid,
    organization_id: Uuid,
    owner_user_id: Uuid,
    legal_name: String,
    industry: &'static str,
    kind: &'static str,
    employee_count: i64,
    revenue_minor: i64,
    verification: &'static str,
    asked_at: DateTime<Utc>,
    created_at: DateTime<Utc>,
}

const KINDS: [(&str, &str, &str, &str); 3] = [
    ("Holding B.V.", "limited_company", "Holding", "verified"),
    ("Wholesale Cooperative", "cooperative", "Wholesale", "pending"),
    ("& Daughters", "partnership", "Retail", "unverified"),
];

impl Business {
    /// So many businesses of an organization, of at most three kinds.
    pub(super) fn of(generator: &mut Generator, organization: &Organization, number: usize, now: DateTime<Utc>) -> Vec<Self> {
        let kinds = KINDS.iter().take(number);
        kinds
            .map(|(name, kind, industry, verification)| Self {
                tenant_id: organization.tenant_id,
                id: generator.id(),
                organization_id: organization.id,
                owner_user_id: organization.owner_id,
                legal_name: format!("{} {name}", organization.name),
                industry,
                kind,
                employee_count: i64::try_from(2 + generator.below(240)).unwrap_or_default(),
                revenue_minor: i64::try_from(generator.below(900_000)).unwrap_or_default() * 1_000,
                verification,
                asked_at: now - TimeDelta::days(20),
                created_at: organization.created_at,
            })
            .collect()
    }
}

impl Record for Business {
    const TABLE: &'static str = "businesses";
    const COLUMNS: &'static str = "tenant_id, id, organization_id, owner_user_id, legal_name, industry, type, employee_count, \
                                   annual_revenue_minor, revenue_currency, fiscal_year_end, verification, verification_documents, \
                                   verification_requested_at, verification_requested_by, verified_at, verified_by, created_at, updated_at";

    fn fill(&self, line: &mut Line<'_>) {
        let was_asked = self.verification != "unverified";
        let is_verified = self.verification == "verified";
        let reference = format!("storage/{}.pdf", self.id);
        let documents = json!([{ "name": "Extract of the commercial register", "reference": reference }]).to_string();
        line.add(self.tenant_id)
            .add(self.id)
            .add(self.organization_id)
            .add(self.owner_user_id)
            .add(&*self.legal_name)
            .add(self.industry)
            .add(self.kind)
            .add(self.employee_count)
            .add(self.revenue_minor)
            .add("EUR")
            .add("12-31")
            .add(self.verification)
            .add(if was_asked { &*documents } else { "[]" })
            .add(was_asked.then_some(self.asked_at))
            .add(was_asked.then_some(self.owner_user_id))
            .add(is_verified.then_some(self.asked_at))
            .add(is_verified.then_some(self.owner_user_id))
            .add(self.created_at)
            .add(self.created_at);
    }
}
