//! Every statement that changes businesses.

use entity::business::{self, BusinessStatus, BusinessType, BusinessVerification};
use entity::id::{BusinessId, DeletionId, OrganizationId, UserId};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, DbErr, EntityTrait, SqlErr};
use serde_json::Value;
use uuid::Uuid;

use super::super::address::Address;
use super::facts::Facts;
use super::target::Target;
use crate::billing::money::Money;
use crate::database::{FromRow, Row};
use crate::error::Error;
use crate::request::Writer;

/// Why a row was not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// Another business of the organization has the legal name.
    NameTaken,
}

fn refusal<T>(written: Result<T, DbErr>) -> Result<Option<Refused>, Error> {
    let Err(error) = written else { return Ok(None) };
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(constraint)) if constraint.contains("businesses_legal_name_key") => {
            Ok(Some(Refused::NameTaken))
        }
        _ => Err(error.into()),
    }
}

/// Where a living business is; it never changes.
pub(super) async fn organization(writer: &Writer, id: BusinessId) -> Result<Option<OrganizationId>, Error> {
    const WHERE: &str = "
        select business.organization_id from businesses business
        where business.tenant_id = $1 and business.id = $2 and business.deleted_at is null";
    let values = vec![writer.presence()?.tenant.uuid().into(), id.uuid().into()];
    Ok(writer.transaction.one::<Uuid>(WHERE, values).await?.map(Into::into))
}

impl FromRow for Target {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        let (id, organization) = (row.column::<Uuid>()?.into(), row.column::<Uuid>()?.into());
        let mut facts = Facts::of(row.column()?, row.column::<Uuid>()?.into());
        facts.contact_name = row.column()?;
        facts.contact_email = row.column()?;
        facts.contact_phone = row.column()?;
        facts.address = row.column::<Option<Value>>()?.as_ref().and_then(Address::stored);
        facts.industry = row.column()?;
        facts.business_type = row.member(BusinessType::as_str)?;
        facts.employee_count = row.column()?;
        facts.status = row.member(BusinessStatus::as_str)?;
        facts.logo_url = row.column()?;
        let (amount, currency): (Option<i64>, Option<String>) = (row.column()?, row.column()?);
        facts.annual_revenue = amount.zip(currency).map(|(amount_minor, currency)| Money { amount_minor, currency });
        facts.fiscal_year_end = row.column()?;
        let tax_id_sealed = row.column::<Option<&[u8]>>()?.map(<[u8]>::to_vec);
        Ok(Self { id, organization, facts, tax_id_sealed, verification: row.member(BusinessVerification::as_str)? })
    }
}

/// Locks the living business of a living organization, where it is there.
pub(super) async fn lock(writer: &Writer, id: BusinessId) -> Result<Option<Target>, Error> {
    const LOCK: &str = "
        select business.id, business.organization_id, business.legal_name, business.owner_user_id, business.contact_name, business.contact_email,
            business.contact_phone, business.address, business.industry, business.type, business.employee_count, business.status, business.logo_url,
            business.annual_revenue_minor, business.revenue_currency, business.fiscal_year_end, business.tax_id_sealed, business.verification
        from businesses business
        join organizations organization
            on organization.tenant_id = $1 and organization.id = business.organization_id and organization.deleted_at is null
        where business.tenant_id = $1 and business.id = $2 and business.deleted_at is null for update of business";
    writer.transaction.one(LOCK, vec![writer.presence()?.tenant.uuid().into(), id.uuid().into()]).await
}

/// Is somebody an active member of an organization? They stay one until the transaction ends.
pub(super) async fn is_active_member(writer: &Writer, organization: OrganizationId, user: UserId) -> Result<bool, Error> {
    const SEAT: &str = "
        select seat.index_id from organization_memberships seat
        where seat.tenant_id = $1 and seat.organization_id = $2 and seat.user_id = $3 and seat.status = 'active' and seat.deleted_at is null
        for share";
    let values = vec![writer.presence()?.tenant.uuid().into(), organization.uuid().into(), user.uuid().into()];
    Ok(writer.transaction.one::<i64>(SEAT, values).await?.is_some())
}

fn row(writer: &Writer, id: BusinessId, facts: &Facts, tax_id_sealed: Option<Vec<u8>>) -> Result<business::ActiveModel, Error> {
    let (amount, currency) = facts.annual_revenue.clone().map(|money| (money.amount_minor, money.currency)).unzip();
    Ok(business::ActiveModel {
        tenant_id: Set(writer.presence()?.tenant),
        id: Set(id),
        owner_user_id: Set(facts.owner),
        legal_name: Set(facts.legal_name.clone()),
        tax_id_sealed: Set(tax_id_sealed),
        contact_name: Set(facts.contact_name.clone()),
        contact_email: Set(facts.contact_email.clone()),
        contact_phone: Set(facts.contact_phone.clone()),
        address: Set(facts.address.as_ref().map(Address::to_json)),
        industry: Set(facts.industry.clone()),
        business_type: Set(facts.business_type),
        employee_count: Set(facts.employee_count),
        status: Set(facts.status),
        logo_url: Set(facts.logo_url.clone()),
        annual_revenue_minor: Set(amount),
        revenue_currency: Set(currency),
        fiscal_year_end: Set(facts.fiscal_year_end.clone()),
        ..Default::default()
    })
}

/// Makes a business.
pub(super) async fn insert(
    writer: &Writer,
    id: BusinessId,
    organization: OrganizationId,
    facts: &Facts,
    tax_id_sealed: Option<Vec<u8>>,
) -> Result<Option<Refused>, Error> {
    let row = business::ActiveModel { organization_id: Set(organization), ..row(writer, id, facts, tax_id_sealed)? };
    refusal(business::Entity::insert(row).exec_without_returning(&writer.transaction).await)
}

/// Writes what is said of a locked business; `is_unproven`: and nobody has asked for its verification as it is now.
pub(super) async fn update(
    writer: &Writer,
    id: BusinessId,
    facts: &Facts,
    tax_id_sealed: Option<Vec<u8>>,
    is_unproven: bool,
) -> Result<Option<Refused>, Error> {
    let mut row = row(writer, id, facts, tax_id_sealed)?;
    if is_unproven {
        row.verification = Set(BusinessVerification::Unverified);
        row.verified_at = Set(None);
        row.verified_by = Set(None);
    }
    refusal(row.update(&writer.transaction).await)
}

/// From now on somebody waits for a locked business to be verified.
pub(super) async fn ask_for_verification(writer: &Writer, id: BusinessId, documents: Value) -> Result<(), Error> {
    let row = business::ActiveModel {
        tenant_id: Set(writer.presence()?.tenant),
        id: Set(id),
        verification: Set(BusinessVerification::Pending),
        verification_documents: Set(documents),
        verification_requested_at: Set(Some(writer.now)),
        verification_requested_by: Set(Some(writer.caller.user)),
        rejection_reason: Set(None),
        ..Default::default()
    };
    row.update(&writer.transaction).await?;
    Ok(())
}

/// A locked business is what it says, in the caller's name.
pub(super) async fn verify(writer: &Writer, id: BusinessId) -> Result<(), Error> {
    let row = business::ActiveModel {
        tenant_id: Set(writer.presence()?.tenant),
        id: Set(id),
        verification: Set(BusinessVerification::Verified),
        verified_at: Set(Some(writer.now)),
        verified_by: Set(Some(writer.caller.user)),
        ..Default::default()
    };
    row.update(&writer.transaction).await?;
    Ok(())
}

/// A locked business is not what it says.
pub(super) async fn reject(writer: &Writer, id: BusinessId, reason: &str) -> Result<(), Error> {
    let row = business::ActiveModel {
        tenant_id: Set(writer.presence()?.tenant),
        id: Set(id),
        verification: Set(BusinessVerification::Rejected),
        verified_at: Set(None),
        verified_by: Set(None),
        rejection_reason: Set(Some(reason.to_owned())),
        ..Default::default()
    };
    row.update(&writer.transaction).await?;
    Ok(())
}

/// Deletes a locked business, as a deletion of its own.
pub(super) async fn delete(writer: &Writer, id: BusinessId, deletion: DeletionId) -> Result<(), Error> {
    let row = business::ActiveModel {
        tenant_id: Set(writer.presence()?.tenant),
        id: Set(id),
        deleted_at: Set(Some(writer.now)),
        deletion_id: Set(Some(deletion)),
        ..Default::default()
    };
    row.update(&writer.transaction).await?;
    Ok(())
}

/// A business that was deleted.
pub(super) struct Deleted {
    pub deletion: DeletionId,
    pub organization: OrganizationId,
    pub legal_name: String,
}

impl FromRow for Deleted {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        let (deletion, organization) = (row.column::<Uuid>()?.into(), row.column::<Uuid>()?.into());
        Ok(Self { deletion, organization, legal_name: row.column()? })
    }
}

/// Locks a business that was deleted by itself: what went with an organization that lives again has come back with it.
pub(super) async fn lock_deleted(writer: &Writer, id: BusinessId) -> Result<Option<Deleted>, Error> {
    const DELETED: &str = "
        select business.deletion_id, business.organization_id, business.legal_name from businesses business
        where business.tenant_id = $1 and business.id = $2 and business.deletion_id is not null for update";
    writer.transaction.one(DELETED, vec![writer.presence()?.tenant.uuid().into(), id.uuid().into()]).await
}

/// Brings a locked business back.
pub(super) async fn revive(writer: &Writer, id: BusinessId) -> Result<Option<Refused>, Error> {
    let row = business::ActiveModel {
        tenant_id: Set(writer.presence()?.tenant),
        id: Set(id),
        deleted_at: Set(None),
        deletion_id: Set(None),
        ..Default::default()
    };
    refusal(row.update(&writer.transaction).await)
}
