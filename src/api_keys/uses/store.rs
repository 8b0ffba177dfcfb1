//! The one statement that writes when keys were last used.

use chrono::{DateTime, Utc};
use entity::id::{ApiKeyId, TenantId};
use uuid::Uuid;

use crate::database::Database;
use crate::error::Error;

/// By the owner of the tables, because the keys are those of many tenants. Where several gateways write, the latest moment stays.
/// In the order of the keys, so that two of them cannot wait for each other.
const WRITE: &str = "
    with used as (
        select key.tenant_id, key.id, used.at
        from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) used(tenant_id, id, at)
        join api_keys key on key.tenant_id = used.tenant_id and key.id = used.id
            and (key.last_used_at is null or key.last_used_at < used.at)
        order by key.tenant_id, key.id
        for update of key)
    update api_keys key set last_used_at = used.at
    from used
    where key.tenant_id = used.tenant_id and key.id = used.id";

pub(super) async fn write(database: &Database, due: &[(TenantId, ApiKeyId, DateTime<Utc>)]) -> Result<(), Error> {
    let tenants: Vec<Uuid> = due.iter().map(|(tenant, ..)| tenant.uuid()).collect();
    let keys: Vec<Uuid> = due.iter().map(|(_, key, _)| key.uuid()).collect();
    let moments: Vec<DateTime<Utc>> = due.iter().map(|(.., at)| *at).collect();
    sqlx::query(WRITE).bind(tenants).bind(keys).bind(moments).execute(database.owner()).await?;
    Ok(())
}
