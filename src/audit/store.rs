//! Every statement about the audit log.

use std::sync::Arc;

use entity::audit_log::ActorType;
use entity::id::{self, AuditLogEntryId, OrganizationId, TenantId, UserId};
use entity::split;
use migration::catalog::Permission;
use uuid::Uuid;

use super::AuditLogEntry;
use super::arguments::{AuditLogArguments, AuditLogFilter};
use super::export::ExportCursor;
use super::record::Record;
use crate::access::Scope;
use crate::clock;
use crate::database::{Binds, COLUMNS, FromRow, Row, Wanted};
use crate::error::Error;
use crate::graph::{AnyId, Connection, Json};
use crate::page::{Cursor, Order, Page};
use crate::request::{Reader, Request, Writer};

/// The newest first.
const ORDER: Order = Order { tag: 'a', key: None, index_id: "entry.index_id", descending: true };

/// Adds an entry, in the transaction of what it tells of; and in the same statement the event of the same id, by which others
/// hear of it.
pub(super) async fn insert(writer: &Writer, tenant: TenantId, record: Record) -> Result<(), Error> {
    const INSERT: &str = "
        with told as (
            insert into outbox_events (tenant_id, id, actor_type, actor_id, type, resource_type, resource_id, organization_id, data,
                impersonator_id, impersonator_name)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $13, $14)
        )
        insert into audit_logs (tenant_id, id, actor_type, actor_id, action, resource_type, resource_id, organization_id,
            changes, ip_address, user_agent, request_id, impersonator_id, impersonator_name)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::text::inet, $11, $12, $13, $14)
        returning index_id";
    let (actor_type, actor) = writer.caller.actor();
    let origin = writer.request().origin();
    let impersonator = writer.caller.impersonator.as_ref();
    let values = vec![
        tenant.uuid().into(),
        clock::new_id::<AuditLogEntryId>().uuid().into(),
        actor_type.as_str().into(),
        actor.into(),
        record.action.into(),
        record.resource_type.into(),
        record.resource.into(),
        record.organization.map(OrganizationId::uuid).into(),
        record.changes().into(),
        origin.ip.map(|ip| ip.to_string()).into(),
        origin.user_agent.clone().into(),
        writer.request().id().into(),
        impersonator.map(|impersonator| impersonator.user.uuid()).into(),
        impersonator.map(|impersonator| impersonator.name.to_string()).into(),
    ];
    writer.transaction.one::<i64>(INSERT, values).await?;
    Ok(())
}

impl FromRow for AuditLogEntry {
    const WANTED: &'static [Wanted] = &[
        Wanted("entry.id", &[]),
        Wanted("entry.index_id", &[]),
        Wanted("entry.actor_type", &["actorType", "apiKey"]),
        Wanted("entry.actor_id", &["actor", "apiKey"]),
        Wanted("entry.impersonator_id", &["impersonatorId"]),
        Wanted("entry.impersonator_name", &["impersonatorName"]),
        Wanted("entry.action", &["action"]),
        Wanted("entry.resource_type", &["resourceType", "resourceId"]),
        Wanted("entry.resource_id", &["resourceId"]),
        Wanted("entry.organization_id", &["organization"]),
        Wanted("entry.changes", &["changes"]),
        Wanted("host(entry.ip_address)", &["ipAddress"]),
        Wanted("entry.user_agent", &["userAgent"]),
        Wanted("entry.request_id", &["requestId"]),
        Wanted("entry.created_at", &["createdAt"]),
    ];

    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.column::<Uuid>()?.into(),
            index_id: row.column()?,
            actor_type: row.member(ActorType::as_str)?,
            actor: row.column::<Uuid>()?.into(),
            impersonator: row.column::<Option<Uuid>>()?.map(UserId::from),
            impersonator_name: row.column()?,
            action: row.column()?,
            resource_type: row.column()?,
            resource: row.column()?,
            organization: row.column::<Option<Uuid>>()?.map(OrganizationId::from),
            changes: Json(row.column()?),
            ip_address: row.column()?,
            user_agent: row.column()?,
            request_id: row.column()?,
            created_at: row.column()?,
        })
    }
}

/// What of the log the caller may read, or export, as a condition; a refusal where that is nothing.
async fn readable(reader: &Reader, permission: Permission, binds: &mut Binds) -> Result<String, Error> {
    let in_tenant = reader.denial(permission, Scope::Tenant).await?;
    let organizations = reader.organizations(permission).await?;
    if let (Some(denial), true) = (&in_tenant, organizations.is_empty()) {
        return Err(denial.clone().into());
    }
    let of_tenant = if in_tenant.is_none() { "entry.organization_id is null or " } else { "" };
    Ok(match organizations.condition("entry.organization_id", binds) {
        Some(shown) => format!("entry.tenant_id = $1 and ({of_tenant}{shown})"),
        None if in_tenant.is_none() => "entry.tenant_id = $1".to_owned(),
        None => "entry.tenant_id = $1 and entry.organization_id is not null".to_owned(),
    })
}

/// The next entries of an export, the oldest first. The bound on the time alone is for the planner: it leaves out partitions.
pub(super) async fn window(
    request: &Request,
    filter: &AuditLogFilter,
    after: Option<ExportCursor>,
    size: usize,
) -> Result<Vec<AuditLogEntry>, Error> {
    let reader = request.reader().await?;
    let mut binds = Binds::new();
    let mut conditions = readable(&reader, Permission::AuditExport, &mut binds).await?;
    conditions += &filtered(filter, &mut binds);
    if let Some(ExportCursor { created_at, index_id }) = after {
        let (created_at, index_id) = (binds.bind(created_at), binds.bind(index_id));
        conditions +=
            &format!(" and entry.created_at >= {created_at} and (entry.created_at, entry.index_id) > ({created_at}, {index_id})");
    }
    let limit = binds.bind(i64::try_from(size).unwrap_or(i64::MAX));
    let sql = format!(
        "select {COLUMNS} from audit_logs entry where {conditions} order by entry.created_at, entry.index_id limit {limit}"
    );
    reader.all(sql, binds).await
}

/// A page of what the caller may read: the tenant's own entries, and those of organizations, each where it holds `audit.read`.
pub(super) async fn entries(
    request: Request,
    parents: Vec<()>,
    page: Page<AuditLogArguments>,
) -> Result<Vec<Arc<Connection<AuditLogEntry>>>, Error> {
    let reader = request.reader().await?;
    let mut binds = Binds::new();
    let mut conditions = readable(&reader, Permission::AuditRead, &mut binds).await?;
    conditions += &filtered(&page.arguments.filter, &mut binds);
    let mut total = 0;
    if page.wants_total {
        let sql = format!("select count(*) from audit_logs entry where {conditions}");
        total = reader.all(sql, binds.clone()).await?.first().copied().unwrap_or_default();
    }
    let keyset = page.keyset(ORDER, &mut binds)?;
    let mut rows: Vec<AuditLogEntry> = Vec::new();
    if page.wants_rows {
        let sql = format!(
            "select {COLUMNS} from audit_logs entry where {conditions}{} order by {} limit {}",
            keyset.condition, keyset.order_by, keyset.limit
        );
        rows = reader.objects(sql, binds).await?;
    }
    let rows = rows.into_iter().map(|row| (Cursor { order: ORDER.tag, key: None, index_id: row.index_id }, Arc::new(row)));
    let connection = Arc::new(Connection::of(&page, rows.collect(), total));
    Ok(vec![connection; parents.len()])
}

fn filtered(filter: &AuditLogFilter, binds: &mut Binds) -> String {
    let mut conditions = String::new();
    if let Some(action) = &filter.action {
        conditions += &format!(" and entry.action = {}", binds.bind(action.as_str()));
    }
    if let Some(AnyId(id)) = &filter.resource {
        conditions += &match split(id) {
            Some((prefix, uuid)) => {
                let name = binds.bind(id::kind(prefix).unwrap_or(prefix));
                format!(" and entry.resource_type = {name} and entry.resource_id = {}", binds.bind(uuid))
            }
            // What is no id is the id of nothing.
            None => " and false".to_owned(),
        };
    }
    if let Some(actor) = filter.actor {
        conditions += &format!(" and entry.actor_id = {}", binds.bind(actor.uuid()));
    }
    if let Some(api_key) = filter.api_key {
        conditions += &format!(" and entry.actor_id = {} and entry.actor_type = 'api_key'", binds.bind(api_key.uuid()));
    }
    if let Some(impersonator) = filter.impersonator {
        conditions += &format!(" and entry.impersonator_id = {}", binds.bind(impersonator.uuid()));
    }
    if let Some(organization) = filter.organization {
        conditions += &format!(" and entry.organization_id = {}", binds.bind(organization.uuid()));
    }
    if let Some(from) = filter.from {
        conditions += &format!(" and entry.created_at >= {}", binds.bind(from));
    }
    if let Some(to) = filter.to {
        conditions += &format!(" and entry.created_at < {}", binds.bind(to));
    }
    conditions
}
