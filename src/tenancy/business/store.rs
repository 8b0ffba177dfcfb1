//! Every statement that reads businesses.

use std::collections::HashMap;
use std::sync::Arc;

use entity::business::{BusinessStatus, BusinessType, BusinessVerification};
use entity::id::{BusinessId, OrganizationId, UserId};
use migration::catalog::Permission;
use serde_json::Value;
use uuid::Uuid;

use super::address::Address;
use super::list::BusinessArguments;
use super::{Business, VerificationDocument};
use crate::access::Scope;
use crate::billing::money::Money;
use crate::database::{Binds, COLUMNS, CURSOR, FromRow, Row, Wanted, contains};
use crate::error::Error;
use crate::graph::Connection;
use crate::page::{Listed, ListsBelow, Page};
use crate::request::Request;

impl FromRow for Business {
    const WANTED: &'static [Wanted] = &[
        Wanted("business.id", &[]),
        Wanted("business.index_id", &[CURSOR]),
        Wanted("business.organization_id", &[]),
        Wanted("business.owner_user_id", &["owner"]),
        // The key of the order by name, too.
        Wanted("business.legal_name", &["legalName", CURSOR]),
        Wanted("business.contact_name", &["contactName"]),
        Wanted("business.contact_email", &["contactEmail"]),
        Wanted("business.contact_phone", &["contactPhone"]),
        Wanted("business.address", &["address"]),
        Wanted("business.industry", &["industry"]),
        Wanted("business.type", &["type"]),
        Wanted("business.employee_count", &["employeeCount"]),
        Wanted("business.status", &["status"]),
        Wanted("business.logo_url", &["logoUrl"]),
        Wanted("business.annual_revenue_minor", &["annualRevenue"]),
        Wanted("business.revenue_currency", &["annualRevenue"]),
        Wanted("business.fiscal_year_end", &["fiscalYearEnd"]),
        Wanted("business.verification", &["verification", "isVerified"]),
        Wanted("business.verification_documents", &["verificationDocuments"]),
        Wanted("business.verification_requested_at", &["verificationRequestedAt"]),
        Wanted("business.verification_requested_by", &["verificationRequestedBy"]),
        Wanted("business.verified_at", &["verifiedAt"]),
        Wanted("business.verified_by", &["verifiedBy"]),
        Wanted("business.rejection_reason", &["rejectionReason"]),
        Wanted("business.created_at", &["createdAt"]),
        Wanted("business.updated_at", &["updatedAt"]),
    ];

    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        let (id, index_id) = (row.column::<Uuid>()?.into(), row.column()?);
        let (organization, owner) = (row.column::<Uuid>()?.into(), row.column::<Uuid>()?.into());
        let (legal_name, contact_name) = (row.column()?, row.column()?);
        let (contact_email, contact_phone) = (row.column()?, row.column()?);
        let address = row.column::<Option<Value>>()?.as_ref().and_then(Address::stored).map(Arc::new);
        let (industry, business_type) = (row.column()?, row.member(BusinessType::as_str)?);
        let (employee_count, status) = (row.column()?, row.member(BusinessStatus::as_str)?);
        let logo_url = row.column()?;
        let (revenue, currency): (Option<i64>, Option<String>) = (row.column()?, row.column()?);
        Ok(Self {
            id,
            index_id,
            organization,
            owner,
            legal_name,
            contact_name,
            contact_email,
            contact_phone,
            address,
            industry,
            business_type,
            employee_count,
            status,
            logo_url,
            annual_revenue: Money::of(revenue, &currency.unwrap_or_default()),
            fiscal_year_end: row.column()?,
            verification: row.member(BusinessVerification::as_str)?,
            verification_documents: VerificationDocument::stored(&row.column()?).into_iter().map(Arc::new).collect(),
            verification_requested_at: row.column()?,
            verification_requested_by: row.column::<Option<Uuid>>()?.map(UserId::from),
            verified_at: row.column()?,
            verified_by: row.column::<Option<Uuid>>()?.map(UserId::from),
            rejection_reason: row.column()?,
            created_at: row.column()?,
            updated_at: row.column()?,
        })
    }
}

impl Listed for Business {
    fn index_id(&self) -> i64 {
        self.index_id
    }

    fn sort_key(&self) -> Option<&str> {
        Some(&self.legal_name)
    }
}

/// The businesses among these that the caller may know of. A business lives while its organization does.
pub(super) async fn visible_businesses(
    request: Request,
    ids: Vec<BusinessId>,
) -> Result<HashMap<BusinessId, Arc<Business>>, Error> {
    let reader = request.reader().await?;
    let ids: Vec<Uuid> = ids.into_iter().map(BusinessId::uuid).collect();
    let sql = format!(
        "select {COLUMNS} from businesses business
        join organizations organization
            on organization.tenant_id = $1 and organization.id = business.organization_id and organization.deleted_at is null
        where business.tenant_id = $1 and business.id = any($2) and business.deleted_at is null"
    );
    let rows: Vec<Business> = reader.objects(sql, Binds::of([ids.into()])).await?;
    let scopes: Vec<Scope> = rows.iter().map(|row| Scope::Organization(row.organization)).collect();
    let visible = reader.may_each(Permission::BusinessesRead, &scopes).await?;
    Ok(rows.into_iter().zip(visible).filter(|(_, visible)| *visible).map(|(row, _)| (row.id, Arc::new(row))).collect())
}

/// A page of the businesses of each organization. That the caller may see them, the guard of the field has decided.
pub async fn businesses_of_organizations(
    request: Request,
    organizations: Vec<OrganizationId>,
    page: Page<BusinessArguments>,
) -> Result<Vec<Arc<Connection<Business>>>, Error> {
    let mut binds = Binds::new();
    let mut rows =
        "businesses business where business.tenant_id = $1 and business.organization_id = parent.id and business.deleted_at is null"
            .to_owned();
    let filter = &page.arguments.filter;
    if let Some(name) = &filter.legal_name {
        rows += &format!(" and business.legal_name ilike {}", binds.bind(contains(name)));
    }
    if let Some(industry) = &filter.industry {
        rows += &format!(" and lower(business.industry) = {}", binds.bind(industry.to_lowercase()));
    }
    let members = [
        ("type", filter.business_type.map(BusinessType::as_str)),
        ("status", filter.status.map(BusinessStatus::as_str)),
        ("verification", filter.verification.map(BusinessVerification::as_str)),
    ];
    for (column, member) in members {
        if let Some(member) = member {
            rows += &format!(" and business.{column} = {}", binds.bind(member));
        }
    }
    let keys = organizations.into_iter().map(OrganizationId::uuid).collect();
    ListsBelow { parents: "", rows, order: page.arguments.order.order() }.load(&*request.reader().await?, keys, binds, &page).await
}

/// A sealed tax id, and whose it is.
struct Sealed(BusinessId, Vec<u8>);

impl FromRow for Sealed {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self(row.column::<Uuid>()?.into(), row.column::<&[u8]>()?.to_vec()))
    }
}

/// The sealed tax ids of these businesses.
pub(super) async fn sealed_tax_ids(request: &Request, businesses: &[BusinessId]) -> Result<Vec<(BusinessId, Vec<u8>)>, Error> {
    const SEALED: &str = "
        select business.id, business.tax_id_sealed from businesses business
        where business.tenant_id = $1 and business.id = any($2) and business.tax_id_sealed is not null";
    let ids: Vec<Uuid> = businesses.iter().map(|id| id.uuid()).collect();
    let rows: Vec<Sealed> = request.reader().await?.all(SEALED, Binds::of([ids.into()])).await?;
    Ok(rows.into_iter().map(|Sealed(id, sealed)| (id, sealed)).collect())
}
