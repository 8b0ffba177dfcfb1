//! Every statement about tenants.

use std::collections::HashMap;
use std::sync::Arc;

use entity::id::{SessionId, TenantId};
use entity::session;
use entity::tenant::TenantStatus;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, DbBackend, Statement};
use uuid::Uuid;

use super::Tenant;
use crate::database::{FromRow, Row};
use crate::error::Error;
use crate::request::{Request, Writer};

/// Tenants are no rows of a tenant: what the caller sees are those it lives in, and the one it has entered.
const OF_CALLER: &str = "
    select tenant.id, tenant.slug, tenant.name, tenant.status::text, tenant.brand, tenant.logo_url, tenant.data_retention_days,
        tenant.created_at, tenant.updated_at, membership.id is not null
    from tenants tenant
    left join tenant_memberships membership
        on membership.tenant_id = tenant.id and membership.user_id = $1 and membership.deleted_at is null
    where tenant.deleted_at is null
        and (membership.id is not null or tenant.id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    order by tenant.index_id";

struct OfCaller {
    tenant: Tenant,
    is_member: bool,
}

/// The tenants among these ids that the caller may know of.
pub async fn tenants_by_id(request: Request, ids: Vec<TenantId>) -> Result<HashMap<TenantId, Arc<Tenant>>, Error> {
    let rows: Vec<OfCaller> = request.reader().await?.all_of_caller(OF_CALLER).await?;
    let wanted = rows.into_iter().map(|row| row.tenant).filter(|tenant| ids.contains(&tenant.id));
    Ok(wanted.map(|tenant| (tenant.id, Arc::new(tenant))).collect())
}

/// The tenants that the caller belongs to, for each parent the same.
pub async fn tenants_of_caller(request: Request, parents: Vec<()>, _: Arc<()>) -> Result<Vec<Vec<Arc<Tenant>>>, Error> {
    let rows: Vec<OfCaller> = request.reader().await?.all_of_caller(OF_CALLER).await?;
    let tenants: Vec<_> = rows.into_iter().filter(|row| row.is_member).map(|row| Arc::new(row.tenant)).collect();
    Ok(vec![tenants; parents.len()])
}

impl FromRow for OfCaller {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        let tenant = Tenant {
            id: row.column::<Uuid>()?.into(),
            slug: row.column()?,
            name: row.column()?,
            status: row.member(TenantStatus::as_str)?,
            brand: row.column()?,
            logo_url: row.column()?,
            data_retention_days: row.column()?,
            created_at: row.column()?,
            updated_at: row.column()?,
        };
        Ok(Self { tenant, is_member: row.column()? })
    }
}

/// As what somebody enters a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// As somebody who belongs to it.
    Member,
    /// As one of the platform's staff who does not.
    Visitor,
    /// Not at all: the caller may not, or there is no such tenant.
    Refused,
}

/// Makes a tenant the session's current one, where its person may enter it.
pub(super) async fn enter(writer: &Writer, session: SessionId, tenant: TenantId) -> Result<Entry, Error> {
    // A developer may enter any living tenant; Postgres shows one only to who is in it, so the transaction goes there first.
    if writer.caller.is_developer {
        go(writer, tenant).await?;
    }
    let rows: Vec<OfCaller> = writer.transaction.all(OF_CALLER, vec![writer.caller.user.uuid().into()]).await?;
    let entry = match rows.iter().find(|row| row.tenant.id == tenant) {
        Some(row) if row.is_member => Entry::Member,
        Some(_) if writer.caller.is_developer => Entry::Visitor,
        Some(_) | None => return Ok(Entry::Refused),
    };
    let session = session::ActiveModel { id: Set(session), tenant_id: Set(Some(tenant)), ..Default::default() };
    session.update(&writer.transaction).await?;
    // What is written down of it belongs to the tenant that was entered.
    go(writer, tenant).await?;
    Ok(entry)
}

/// Lets the transaction into a tenant that its caller may enter.
async fn go(writer: &Writer, tenant: TenantId) -> Result<(), Error> {
    const GO: &str = "select set_config('app.tenant_id', $1, true)";
    let go = Statement::from_sql_and_values(DbBackend::Postgres, GO, [tenant.uuid().to_string().into()]);
    writer.transaction.execute_raw(go).await?;
    Ok(())
}
