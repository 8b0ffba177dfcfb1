//! What is said of a business: what a mutation may change, and what is written down of it.

use entity::business::{BusinessStatus, BusinessType};
use entity::id::UserId;
use serde_json::{Value, json};

use super::super::address::Address;
use crate::billing::money::Money;

/// Everything that is said of a business, its tax id apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    pub owner: UserId,
    pub legal_name: String,
    pub contact_name: Option<String>,
    pub contact_email: Option<String>,
    pub contact_phone: Option<String>,
    pub address: Option<Address>,
    pub industry: Option<String>,
    pub business_type: BusinessType,
    pub employee_count: Option<i32>,
    pub status: BusinessStatus,
    pub logo_url: Option<String>,
    pub annual_revenue: Option<Money>,
    pub fiscal_year_end: Option<String>,
}

impl Facts {
    /// Of a business of which nothing is known but its name and who answers for it.
    pub fn of(legal_name: String, owner: UserId) -> Self {
        Self {
            owner,
            legal_name,
            contact_name: None,
            contact_email: None,
            contact_phone: None,
            address: None,
            industry: None,
            business_type: BusinessType::Other,
            employee_count: None,
            status: BusinessStatus::Active,
            logo_url: None,
            annual_revenue: None,
            fiscal_year_end: None,
        }
    }

    /// As it is written down. The audit log is read by more people than tax ids and revenues are: of these it says only that they
    /// have changed ([`disclosed`]).
    pub fn said(&self) -> Value {
        json!({
            "ownerId": self.owner, "legalName": self.legal_name, "contactName": self.contact_name, "contactEmail": self.contact_email,
            "contactPhone": self.contact_phone, "address": self.address.as_ref().map(Address::to_json), "industry": self.industry,
            "type": self.business_type.as_str(), "employeeCount": self.employee_count, "status": self.status.as_str(),
            "logoUrl": self.logo_url, "fiscalYearEnd": self.fiscal_year_end,
        })
    }
}

/// What is written down of values that it does not show.
pub(super) fn disclosed(mut said: Value, tax_id_changed: bool, revenue_changed: bool) -> Value {
    for (name, changed) in [("taxIdChanged", tax_id_changed), ("annualRevenueChanged", revenue_changed)] {
        if changed {
            said[name] = json!(true);
        }
    }
    said
}
