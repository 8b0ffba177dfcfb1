//! The type `Business`.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::business::{BusinessStatus, BusinessType, BusinessVerification};
use entity::id::{BusinessId, OrganizationId, UserId};
use migration::catalog::Permission;
use serde_json::Value;

use super::address::Address;
use super::store::visible_businesses;
use super::tax_id::{TaxId, tax_ids};
use crate::access::Scope;
use crate::billing::money::Money;
use crate::graph::{Enumeration, Object, ObjectType};
use crate::people::user::users_by_id;
use crate::tenancy::organization::organizations_by_id;

/// A business that the caller may know of.
#[derive(Debug)]
pub struct Business {
    /// Its id.
    pub id: BusinessId,
    /// Its place in time.
    pub index_id: i64,
    /// Who serves it.
    pub organization: OrganizationId,
    /// Who answers for it.
    pub owner: UserId,
    /// Its name before the law.
    pub legal_name: String,
    /// Whom to ask for.
    pub contact_name: Option<String>,
    /// Where to write to.
    pub contact_email: Option<String>,
    /// Where to call.
    pub contact_phone: Option<String>,
    /// Where it is.
    pub address: Option<Arc<Address>>,
    /// What it does.
    pub industry: Option<String>,
    /// What it is before the law.
    pub business_type: BusinessType,
    /// How many people work there.
    pub employee_count: Option<i32>,
    /// Whether it does business.
    pub status: BusinessStatus,
    /// Where its logo is.
    pub logo_url: Option<String>,
    /// What it takes in a year.
    pub annual_revenue: Option<Arc<Money>>,
    /// When its fiscal year ends.
    pub fiscal_year_end: Option<String>,
    /// How far it is proven.
    pub verification: BusinessVerification,
    /// What proves it.
    pub verification_documents: Vec<Arc<VerificationDocument>>,
    /// When somebody last asked for verification.
    pub verification_requested_at: Option<DateTime<Utc>>,
    /// Who did.
    pub verification_requested_by: Option<UserId>,
    /// When it was verified.
    pub verified_at: Option<DateTime<Utc>>,
    /// By whom.
    pub verified_by: Option<UserId>,
    /// Why it was rejected.
    pub rejection_reason: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// What proves what a business is: a reference to a document that is kept elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerificationDocument {
    /// What it is.
    pub name: String,
    /// Where it is kept.
    pub reference: String,
}

impl VerificationDocument {
    /// Those that were stored.
    pub(super) fn stored(value: &Value) -> Vec<Self> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
        items.iter().map(|item| Self { name: text(&item["name"]), reference: text(&item["reference"]) }).collect()
    }
}

impl Object for VerificationDocument {
    fn name() -> &'static str {
        "VerificationDocument"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("What proves what a business is: a reference to a document that is kept elsewhere.")
            .field("name", "What it is, such as `Extract of the commercial register`.", |document: &Self| &document.name)
            .field(
                "reference",
                "Where it is kept: an address or an id of your storage. Nobody has looked at it here.",
                |document| &document.reference,
            )
    }
}

impl Object for Business {
    fn name() -> &'static str {
        "Business"
    }

    fn table() -> ObjectType<Self> {
        verification(details(
            ObjectType::<Self>::new("A company that an organization serves: its customer, its branch, its supplier.")
                .scope(|business| Scope::Organization(business.organization))
                .node(|business| business.id, visible_businesses),
        ))
        .field("createdAt", "When it was made.", |business| &business.created_at)
        .field("updatedAt", "When it was last changed.", |business| &business.updated_at)
    }
}

/// What it is.
fn details(business: ObjectType<Business>) -> ObjectType<Business> {
    business
        .field("legalName", "Its name before the law: unique in the organization, upper and lower case alike.", |business| {
            &business.legal_name
        })
        .one("organization", "The organization that serves it.", organizations_by_id, |business| business.organization)
        .one("owner", "Who answers for it.", users_by_id, |business| business.owner)
        .requires(Permission::MembersRead)
        .field("type", "What it is before the law.", |business| &business.business_type)
        .field("status", "Whether it does business.", |business| &business.status)
        .field("industry", "What it does, in your own words.", |business| &business.industry)
        .field("employeeCount", "How many people work there.", |business| &business.employee_count)
        .field("logoUrl", "Where its logo is.", |business| &business.logo_url)
        .field("contactName", "Whom to ask for.", |business| &business.contact_name)
        .field("contactEmail", "Where to write to.", |business| &business.contact_email)
        .field("contactPhone", "Where to call.", |business| &business.contact_phone)
        .inline_one("address", "Where it is.", |business| business.address.clone())
        .derived(
            "taxId",
            "The number by which tax authorities know it. Stored encrypted.",
            tax_ids,
            |business: &Business| business.id,
            |tax_id: Option<&TaxId>| tax_id.map(|TaxId(text)| text.clone()),
        )
        .requires(Permission::BusinessesFinancials)
        .inline_one("annualRevenue", "What it takes in a year.", |business| business.annual_revenue.clone())
        .requires(Permission::BusinessesFinancials)
        .field("fiscalYearEnd", "The day on which its fiscal year ends: `12-31`.", |business| &business.fiscal_year_end)
}

/// How far it is proven.
fn verification(business: ObjectType<Business>) -> ObjectType<Business> {
    business
        .field("verification", "How far it is proven that it is what it says.", |business| &business.verification)
        .computed("isVerified", "Is it proven? Short for `verification` being `VERIFIED`.", |business| {
            business.verification == BusinessVerification::Verified
        })
        .field("verifiedAt", "When it was verified; null where it is not.", |business| &business.verified_at)
        .one("verifiedBy", "Who verified it; null where it is not.", users_by_id, |business| business.verified_by)
        .requires(Permission::MembersRead)
        .field("verificationRequestedAt", "When somebody last asked for its verification.", |business| {
            &business.verification_requested_at
        })
        .one("verificationRequestedBy", "Who did.", users_by_id, |business| business.verification_requested_by)
        .requires(Permission::MembersRead)
        .field("rejectionReason", "Why it was rejected; null where it is not.", |business| &business.rejection_reason)
        .inline_many("verificationDocuments", "What proves it.", |business| business.verification_documents.clone())
        .requires(Permission::BusinessesUpdate)
}

impl Enumeration for BusinessType {
    const NAME: &'static str = "BusinessType";
    const DESCRIPTION: &'static str = "What a business is before the law.";
    const VALUES: &'static [(Self, &'static str, &'static str)] = &[
        (Self::SoleProprietorship, "SOLE_PROPRIETORSHIP", "One person."),
        (Self::Partnership, "PARTNERSHIP", "Several people together."),
        (Self::LimitedCompany, "LIMITED_COMPANY", "A company whose owners are liable for what they put in."),
        (Self::Corporation, "CORPORATION", "A company with shares."),
        (Self::Cooperative, "COOPERATIVE", "A company of its members."),
        (Self::Nonprofit, "NONPROFIT", "It does not earn for its owners."),
        (Self::PublicBody, "PUBLIC_BODY", "It belongs to the state."),
        (Self::Other, "OTHER", "Something else, or nobody has said what."),
    ];
}

impl Enumeration for BusinessStatus {
    const NAME: &'static str = "BusinessStatus";
    const DESCRIPTION: &'static str = "Whether a business does business.";
    const VALUES: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Active, "ACTIVE", "It does."),
        (Self::Inactive, "INACTIVE", "It does not at the moment."),
        (Self::Closed, "CLOSED", "It does not any more."),
    ];
}

impl Enumeration for BusinessVerification {
    const NAME: &'static str = "BusinessVerification";
    const DESCRIPTION: &'static str = "How far it is proven that a business is what it says.";
    const VALUES: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Unverified, "UNVERIFIED", "Nobody has asked for it, or its name or tax id has changed since."),
        (Self::Pending, "PENDING", "Somebody has asked, and nobody has decided."),
        (Self::Verified, "VERIFIED", "It is proven."),
        (Self::Rejected, "REJECTED", "It was refused, or taken back: `rejectionReason` says why."),
    ];
}
