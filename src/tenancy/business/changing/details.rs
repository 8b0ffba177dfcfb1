//! What a client says of a business, and what it may look like.

use std::str::FromStr;
use std::sync::Arc;

use email_address::EmailAddress;
use entity::business::{BusinessStatus, BusinessType};
use entity::id::UserId;

use super::super::address::Address;
use super::facts::Facts;
use crate::billing::money::{Money, MoneyInput};
use crate::graph::{Change, Fields, Id, InputOf};
use crate::user_error::{UserError, UserErrorCode};

const LONGEST_NAME: usize = 200;
const LONGEST_LINE: usize = 200;
const LONGEST_PHONE: usize = 40;
const LONGEST_URL: usize = 2_000;
const LONGEST_TAX_ID: usize = 40;
/// Days of each month, a leap year's.
const DAYS: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// What is said of a business besides its name. What is left out stays as it is; null takes it away.
#[derive(Clone, Debug, Default)]
pub(super) struct Details {
    pub owner: Option<UserId>,
    contact_name: Change<String>,
    contact_email: Change<String>,
    contact_phone: Change<String>,
    address: Change<InputOf<Address>>,
    industry: Change<String>,
    business_type: Option<BusinessType>,
    employee_count: Change<i32>,
    status: Option<BusinessStatus>,
    logo_url: Change<String>,
    pub tax_id: Change<String>,
    annual_revenue: Change<InputOf<MoneyInput>>,
    fiscal_year_end: Change<String>,
}

impl Details {
    /// The fields of an input.
    pub fn fields() -> Fields<Self> {
        Fields::default()
            .field(
                "ownerId",
                "Who answers for it: an active member of the organization. You, where a new business says nobody.",
                |into: &mut Self, owner: Option<Id<UserId>>| into.owner = owner.map(|Id(id)| id),
            )
            .field("type", "What it is before the law.", |into, business_type| into.business_type = business_type)
            .field("status", "Whether it does business.", |into, status| into.status = status)
            .field("industry", "What it does, in your own words.", |into, industry| into.industry = industry)
            .field("employeeCount", "How many people work there.", |into, count| into.employee_count = count)
            .field("logoUrl", "Where its logo is: an address with `https`.", |into, url| into.logo_url = url)
            .field("contactName", "Whom to ask for.", |into, name| into.contact_name = name)
            .field("contactEmail", "Where to write to.", |into, email| into.contact_email = email)
            .field("contactPhone", "Where to call.", |into, phone| into.contact_phone = phone)
            .field("address", "Where it is.", |into, address| into.address = address)
            .field(
                "taxId",
                "The number by which tax authorities know it. Another one makes it unverified. Needs the permission `businesses.financials`.",
                |into, tax_id| into.tax_id = tax_id,
            )
            .field(
                "annualRevenue",
                "What it takes in a year. Needs the permission `businesses.financials`.",
                |into, revenue| into.annual_revenue = revenue,
            )
            .field("fiscalYearEnd", "The day on which its fiscal year ends: `12-31`.", |into, day| into.fiscal_year_end = day)
    }

    /// Is something among it that not everybody may change who may change businesses?
    pub fn is_financial(&self) -> bool {
        self.tax_id != Change::Keep || !matches!(self.annual_revenue, Change::Keep)
    }

    /// Says it of a business; what is wrong with it is collected.
    pub fn apply(&self, facts: &mut Facts, errors: &mut Vec<Arc<UserError>>) {
        facts.owner = self.owner.unwrap_or(facts.owner);
        facts.business_type = self.business_type.unwrap_or(facts.business_type);
        facts.status = self.status.unwrap_or(facts.status);
        let mut check = Check(errors);
        check.text("industry", &self.industry, LONGEST_LINE, &mut facts.industry);
        check.text("contactName", &self.contact_name, LONGEST_NAME, &mut facts.contact_name);
        check.text("contactEmail", &self.contact_email, LONGEST_LINE, &mut facts.contact_email);
        check.text("contactPhone", &self.contact_phone, LONGEST_PHONE, &mut facts.contact_phone);
        check.text("logoUrl", &self.logo_url, LONGEST_URL, &mut facts.logo_url);
        check.text("fiscalYearEnd", &self.fiscal_year_end, LONGEST_LINE, &mut facts.fiscal_year_end);
        if let Change::Set(count) = self.employee_count {
            facts.employee_count = count;
        }
        if let Change::Set(address) = &self.address {
            facts.address = address.as_ref().map(|InputOf(address)| address.trimmed());
            check.address(facts.address.as_ref());
        }
        if let Change::Set(revenue) = &self.annual_revenue {
            facts.annual_revenue = revenue.as_ref().map(|InputOf(revenue)| revenue.money());
            check.revenue(facts.annual_revenue.as_ref());
        }
        check.forms(facts);
    }

    /// The tax id without spaces around it, where one is said.
    pub fn checked_tax_id(&self, errors: &mut Vec<Arc<UserError>>) -> Change<String> {
        let mut tax_id = None;
        Check(errors).text("taxId", &self.tax_id, LONGEST_TAX_ID, &mut tax_id);
        let is_known = |character: char| character.is_ascii_alphanumeric() || " -./".contains(character);
        if tax_id.as_deref().is_some_and(|text| !text.chars().all(is_known)) {
            let message = "a tax id has letters, digits, and between them spaces, dashes, dots or slashes";
            errors.push(UserError::at(&["taxId"], UserErrorCode::Invalid, message));
        }
        if self.tax_id == Change::Keep { Change::Keep } else { Change::Set(tax_id) }
    }
}

/// A legal name without spaces around it.
pub(super) fn legal_name(name: &str, errors: &mut Vec<Arc<UserError>>) -> String {
    let name = name.trim();
    if name.is_empty() {
        errors.push(UserError::at(&["legalName"], UserErrorCode::Invalid, "the legal name must not be blank"));
    } else if name.chars().count() > LONGEST_NAME {
        let message = format!("the legal name must have at most {LONGEST_NAME} characters");
        errors.push(UserError::at(&["legalName"], UserErrorCode::TooLong, message));
    }
    name.to_owned()
}

/// Collects what is wrong.
struct Check<'a>(&'a mut Vec<Arc<UserError>>);

impl Check<'_> {
    fn refuse(&mut self, path: &[&str], message: impl Into<String>) {
        self.0.push(UserError::at(path, UserErrorCode::Invalid, message.into()));
    }

    /// A text of at most so many characters, without spaces around it. A blank one is none.
    fn text(&mut self, field: &str, change: &Change<String>, longest: usize, into: &mut Option<String>) {
        let Change::Set(text) = change else { return };
        *into = text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        if into.as_ref().is_some_and(|text| text.chars().count() > longest) {
            let message = format!("it must have at most {longest} characters");
            self.0.push(UserError::at(&[field], UserErrorCode::TooLong, message));
        }
    }

    fn address(&mut self, address: Option<&Address>) {
        for (name, line) in address.iter().flat_map(|address| address.lines()) {
            let Some(line) = line else { continue };
            if line.is_empty() {
                self.refuse(&["address", name], "it must not be blank");
            } else if line.chars().count() > LONGEST_LINE {
                let message = format!("it must have at most {LONGEST_LINE} characters");
                self.0.push(UserError::at(&["address", name], UserErrorCode::TooLong, message));
            } else if name == "country" && !(line.len() == 2 && line.chars().all(|letter| letter.is_ascii_uppercase())) {
                self.refuse(&["address", name], "a country is two letters, such as `NL`");
            }
        }
    }

    fn revenue(&mut self, revenue: Option<&Money>) {
        let Some(revenue) = revenue else { return };
        if revenue.amount_minor < 0 {
            self.refuse(&["annualRevenue", "amountMinor"], "a revenue is not negative");
        }
        if !(revenue.currency.len() == 3 && revenue.currency.chars().all(|letter| letter.is_ascii_uppercase())) {
            self.refuse(&["annualRevenue", "currency"], "a currency is three letters, such as `EUR`");
        }
    }

    /// What single values must look like.
    fn forms(&mut self, facts: &Facts) {
        if facts.employee_count.is_some_and(|count| count < 0) {
            self.refuse(&["employeeCount"], "a number of people is not negative");
        }
        if facts.contact_email.as_deref().is_some_and(|email| EmailAddress::from_str(email).is_err()) {
            self.refuse(&["contactEmail"], "an e-mail address looks like `sales@example.com`");
        }
        let dialled = |character: char| character.is_ascii_digit() || "+ ()-./".contains(character);
        if facts.contact_phone.as_deref().is_some_and(|phone| !phone.chars().all(dialled)) {
            self.refuse(&["contactPhone"], "a telephone number looks like `+31 20 123 4567`");
        }
        if facts.logo_url.as_deref().is_some_and(|url| !url.starts_with("https://") || url.chars().any(char::is_whitespace)) {
            self.refuse(&["logoUrl"], "an address of a logo looks like `https://example.com/logo.svg`");
        }
        if facts.fiscal_year_end.as_deref().is_some_and(|day| !is_day(day)) {
            self.refuse(&["fiscalYearEnd"], "a day of the year is month and day: `12-31`");
        }
    }
}

/// Is it `MM-DD`, a day that some year has?
fn is_day(text: &str) -> bool {
    let is_two_digits = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    let two = |text: &str| is_two_digits(text).then(|| text.parse::<u32>().ok()).flatten();
    let Some((month, day)) = text.split_once('-').and_then(|(month, day)| Some((two(month)?, two(day)?))) else { return false };
    let days = usize::try_from(month).ok().and_then(|month| DAYS.get(month.checked_sub(1)?));
    days.is_some_and(|days| (1..=*days).contains(&day))
}

#[cfg(test)]
mod tests {
    use super::is_day;

    #[test]
    fn a_fiscal_year_ends_on_a_day_that_there_is() {
        assert!(["12-31", "02-29", "06-30", "01-01"].into_iter().all(is_day));
        assert!(!["13-01", "00-10", "02-30", "04-31", "1-1", "12-00", "12/31", "+1-01", ""].into_iter().any(is_day));
    }
}
