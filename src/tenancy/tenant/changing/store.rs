//! Every statement that changes tenants.

use entity::id::{SessionId, TenantId, TenantMembershipId};
use entity::tenant::{self, TenantStatus};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, SqlErr};
use serde_json::Value;
use uuid::Uuid;

use crate::database::{FromRow, Row};
use crate::error::Error;
use crate::request::Writer;

/// What is known of a tenant before it is made.
pub(super) struct NewTenant {
    pub id: TenantId,
    pub membership: TenantMembershipId,
    pub name: String,
    pub slug: String,
    /// Was the slug chosen, and not made from the name?
    pub is_chosen: bool,
    pub brand: Option<String>,
    pub logo_url: Option<String>,
}

/// What came of founding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Founded {
    Made,
    /// Another tenant has the slug.
    Taken,
    /// The caller owns as many tenants on trial as anybody may.
    Many,
    /// The caller's address is not proven.
    Unproven,
}

impl FromRow for Founded {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        match row.column()? {
            "made" => Ok(Self::Made),
            "taken" => Ok(Self::Taken),
            "many" => Ok(Self::Many),
            "unproven" => Ok(Self::Unproven),
            _ => Err(Error::internal("tenantry_found_tenant gives an outcome that this version does not know")),
        }
    }
}

/// Makes a tenant that the caller owns.
pub(super) async fn found(writer: &Writer, new: NewTenant) -> Result<Founded, Error> {
    const FOUND: &str = "select tenantry_found_tenant($1, $2, $3, $4, $5, $6, $7)";
    let values = vec![
        new.id.uuid().into(),
        new.membership.uuid().into(),
        new.slug.into(),
        new.is_chosen.into(),
        new.name.into(),
        new.brand.into(),
        new.logo_url.into(),
    ];
    let founded: Option<Founded> = writer.transaction.one(FOUND, values).await?;
    founded.ok_or_else(|| Error::internal("tenantry_found_tenant gives no row"))
}

/// Lets a session that is in no tenant go into this one.
pub(super) async fn settle(writer: &Writer, session: SessionId, tenant: TenantId) -> Result<(), Error> {
    const SETTLE: &str = "update sessions session set tenant_id = $1 where session.id = $2 returning session.index_id";
    writer.transaction.one::<i64>(SETTLE, vec![tenant.uuid().into(), session.uuid().into()]).await?;
    Ok(())
}

/// What can change about a tenant.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Terms {
    pub name: String,
    pub slug: String,
    pub brand: Option<String>,
    pub logo_url: Option<String>,
    pub settings: Value,
    pub data_retention_days: i32,
}

impl FromRow for Terms {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            name: row.column()?,
            slug: row.column()?,
            brand: row.column()?,
            logo_url: row.column()?,
            settings: row.column()?,
            data_retention_days: row.column()?,
        })
    }
}

/// Locks the tenant that was entered until the transaction ends.
pub(super) async fn lock(writer: &Writer) -> Result<Terms, Error> {
    const LOCK: &str = "
        select tenant.name, tenant.slug, tenant.brand, tenant.logo_url, tenant.settings, tenant.data_retention_days
        from tenants tenant where tenant.id = $1 and tenant.deleted_at is null for no key update";
    let found = writer.transaction.one(LOCK, vec![writer.presence()?.tenant.uuid().into()]).await?;
    found.ok_or_else(gone)
}

/// Changes the locked tenant. False where another one has the slug.
pub(super) async fn update(writer: &Writer, terms: Terms) -> Result<bool, Error> {
    let row = tenant::ActiveModel {
        id: Set(writer.presence()?.tenant),
        name: Set(terms.name),
        slug: Set(terms.slug),
        brand: Set(terms.brand),
        logo_url: Set(terms.logo_url),
        settings: Set(terms.settings),
        data_retention_days: Set(terms.data_retention_days),
        ..Default::default()
    };
    match row.update(&writer.transaction).await {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

struct Entitled {
    status: TenantStatus,
    features: Value,
}

impl FromRow for Entitled {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self { status: row.member(TenantStatus::as_str)?, features: row.column()? })
    }
}

/// The status and the features of the tenant that was entered, locked until the transaction ends.
pub(super) async fn entitled(writer: &Writer) -> Result<(TenantStatus, Value), Error> {
    const LOCK: &str = "
        select tenant.status::text, tenant.features from tenants tenant
        where tenant.id = $1 and tenant.deleted_at is null for no key update";
    let found: Option<Entitled> = writer.transaction.one(LOCK, vec![writer.presence()?.tenant.uuid().into()]).await?;
    found.map(|Entitled { status, features }| (status, features)).ok_or_else(gone)
}

/// Changes where the locked tenant stands.
pub(super) async fn set_status(writer: &Writer, status: TenantStatus) -> Result<(), Error> {
    const SET: &str = "update tenants tenant set status = $2::text::tenant_status where tenant.id = $1 returning tenant.index_id";
    let values = vec![writer.presence()?.tenant.uuid().into(), status.as_str().into()];
    writer.transaction.one::<i64>(SET, values).await?;
    Ok(())
}

/// Changes what is switched on for the locked tenant.
pub(super) async fn set_features(writer: &Writer, features: Value) -> Result<(), Error> {
    const SET: &str = "update tenants tenant set features = $2 where tenant.id = $1 returning tenant.index_id";
    writer.transaction.one::<i64>(SET, vec![writer.presence()?.tenant.uuid().into(), features.into()]).await?;
    Ok(())
}

/// Lets signing in go to a tenant in which the caller is an active member: where it went before, if anywhere. None where it is
/// no such tenant.
pub(super) async fn set_primary(writer: &Writer, tenant: TenantId) -> Result<Option<Option<TenantId>>, Error> {
    const SET: &str = "select previous from tenantry_set_primary_tenant($1)";
    let previous: Option<Option<Uuid>> = writer.transaction.one(SET, vec![tenant.uuid().into()]).await?;
    Ok(previous.map(|previous| previous.map(TenantId::from)))
}

fn gone() -> Error {
    Error::client(crate::error::Code::NotFound, "the tenant is gone")
}
