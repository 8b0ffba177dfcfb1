//! Every statement about the list of deletions.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::audit_log::ActorType;
use entity::deletion::DeletionKind;
use entity::id::{OrganizationId, UserId};
use migration::catalog::Permission;
use uuid::Uuid;

use super::Deletion;
use super::arguments::{DeletionArguments, DeletionFilter};
use crate::access::{Caller, Scope};
use crate::database::{Binds, COLUMNS, FromRow, Row, Wanted};
use crate::error::Error;
use crate::graph::{Connection, Json};
use crate::page::{Cursor, Order, Page};
use crate::request::{Reader, Request};

/// The newest first.
const ORDER: Order = Order { tag: 'd', key: None, index_id: "deletion.index_id", descending: true };

/// Everything that is listed has its tenant beside it, which says how long it is kept.
const ROWS: &str = "deletions deletion join tenants tenant on tenant.id = deletion.tenant_id";

/// Is it deleted still, and by this deletion? The thing itself says so, and not the list.
const STANDS: &str = "case deletion.kind
    when 'organization' then exists (select from organizations gone
        where gone.tenant_id = $1 and gone.id = deletion.resource_id and gone.deletion_id = deletion.id)
    when 'organization_membership' then exists (select from organization_memberships gone
        join organizations place on place.tenant_id = $1 and place.id = gone.organization_id and place.deleted_at is null
        where gone.tenant_id = $1 and gone.id = deletion.resource_id and gone.deletion_id = deletion.id)
    when 'team' then exists (select from teams gone
        join organizations place on place.tenant_id = $1 and place.id = gone.organization_id and place.deleted_at is null
        where gone.tenant_id = $1 and gone.id = deletion.resource_id and gone.deletion_id = deletion.id)
    when 'business' then exists (select from businesses gone
        join organizations place on place.tenant_id = $1 and place.id = gone.organization_id and place.deleted_at is null
        where gone.tenant_id = $1 and gone.id = deletion.resource_id and gone.deletion_id = deletion.id)
    when 'role' then exists (select from roles gone
        where gone.tenant_id = $1 and gone.id = deletion.resource_id and gone.deletion_id = deletion.id)
    when 'tenant_membership' then exists (select from tenant_memberships gone
        where gone.tenant_id = $1 and gone.id = deletion.resource_id and gone.deletion_id = deletion.id)
    else exists (select from users gone where gone.id = deletion.resource_id and gone.deletion_id = deletion.id) end";

impl FromRow for Deletion {
    const WANTED: &'static [Wanted] = &[
        Wanted("deletion.id", &[]),
        Wanted("deletion.index_id", &[]),
        Wanted("deletion.kind", &[]),
        Wanted("deletion.resource_id", &["resourceId"]),
        Wanted("deletion.organization_id", &["organizationId"]),
        // The person of a membership, or of an account.
        Wanted(
            "coalesce(deletion.name, (select person.display_name from users person where person.id = case deletion.kind
                when 'user' then deletion.resource_id
                when 'tenant_membership' then (select member.user_id from tenant_memberships member
                    where member.tenant_id = deletion.tenant_id and member.id = deletion.resource_id)
                when 'organization_membership' then (select seat.user_id from organization_memberships seat
                    where seat.tenant_id = deletion.tenant_id and seat.id = deletion.resource_id) end))",
            &["name"],
        ),
        Wanted("deletion.counts", &["counts"]),
        Wanted("deletion.actor_type", &["actorType", "deletedBy"]),
        Wanted("deletion.actor_id", &["deletedBy"]),
        Wanted("deletion.deleted_at", &["deletedAt"]),
        Wanted("deletion.deleted_at + make_interval(days => tenant.data_retention_days)", &["restorableUntil"]),
    ];

    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.column::<Uuid>()?.into(),
            index_id: row.column()?,
            kind: row.member(DeletionKind::as_str)?,
            resource: row.column()?,
            organization: row.column::<Option<Uuid>>()?.map(OrganizationId::from),
            name: row.column()?,
            counts: Json(row.column()?),
            actor_type: row.member_if_any(ActorType::as_str)?,
            actor: row.column::<Option<Uuid>>()?.map(UserId::from),
            deleted_at: row.column::<DateTime<Utc>>()?,
            restorable_until: row.column::<DateTime<Utc>>()?,
        })
    }
}

/// What the caller may restore, kind by kind, as a condition; `None`: nothing.
async fn restorable(reader: &Reader, binds: &mut Binds) -> Result<Option<String>, Error> {
    let mut kinds = Vec::new();
    for (kind, permission) in [
        (DeletionKind::Organization, Permission::OrganizationDelete),
        (DeletionKind::Role, Permission::RolesManage),
        (DeletionKind::TenantMembership, Permission::MembersRemove),
    ] {
        if reader.may(permission, Scope::Tenant).await? {
            kinds.push(format!("deletion.kind = '{}'", kind.as_str()));
        }
    }
    for (kind, permission) in [
        (DeletionKind::OrganizationMembership, Permission::MembersRemove),
        (DeletionKind::Team, Permission::TeamsManage),
        (DeletionKind::Business, Permission::BusinessesDelete),
    ] {
        let organizations = reader.organizations(permission).await?;
        if organizations.is_empty() {
            continue;
        }
        let shown = organizations.condition("deletion.organization_id", binds).unwrap_or_else(|| "true".to_owned());
        kinds.push(format!("deletion.kind = '{}' and {shown}", kind.as_str()));
    }
    if let Some(person) = reader.caller.person().filter(|_| reader.caller.standing().is_ok()) {
        let person = binds.bind(person.uuid());
        kinds.push(format!(
            "deletion.kind = 'organization' and exists (select from organizations own
                where own.tenant_id = $1 and own.id = deletion.resource_id and own.owner_id = {person})"
        ));
    }
    if restores_accounts(&reader.caller) {
        kinds.push("deletion.kind = 'user'".to_owned());
    }
    Ok((!kinds.is_empty()).then(|| format!("({})", kinds.join(" or "))))
}

fn restores_accounts(caller: &Caller) -> bool {
    let staff = caller.api_key.is_none() && caller.is_developer && caller.is_active;
    staff && caller.presence.as_ref().is_some_and(|presence| presence.developer.contains(Permission::MembersRemove))
}

/// A page of what the caller may restore.
pub(super) async fn deletions(
    request: Request,
    parents: Vec<()>,
    page: Page<DeletionArguments>,
) -> Result<Vec<Arc<Connection<Deletion>>>, Error> {
    let filter = page.arguments.filter.clone();
    listed(request, parents, page, &filter).await
}

/// A page of the organizations that the caller may restore.
pub(super) async fn deleted_organizations(
    request: Request,
    parents: Vec<()>,
    page: Page<()>,
) -> Result<Vec<Arc<Connection<Deletion>>>, Error> {
    let filter = DeletionFilter { kind: Some(DeletionKind::Organization), organization: None };
    listed(request, parents, page, &filter).await
}

async fn listed<A>(
    request: Request,
    parents: Vec<()>,
    page: Page<A>,
    filter: &DeletionFilter,
) -> Result<Vec<Arc<Connection<Deletion>>>, Error> {
    let reader = request.reader().await?;
    let mut binds = Binds::new();
    let shown = restorable(&reader, &mut binds).await?;
    let mut conditions = format!(
        "deletion.tenant_id = $1 and deletion.restored_at is null and {} and {STANDS}",
        shown.unwrap_or_else(|| "false".to_owned())
    );
    if let Some(kind) = filter.kind {
        conditions += &format!(" and deletion.kind = {}", binds.bind(kind.as_str()));
    }
    if let Some(organization) = filter.organization {
        conditions += &format!(" and deletion.organization_id = {}", binds.bind(organization.uuid()));
    }
    let mut total = 0;
    if page.wants_total {
        let sql = format!("select count(*) from {ROWS} where {conditions}");
        total = reader.all(sql, binds.clone()).await?.first().copied().unwrap_or_default();
    }
    let keyset = page.keyset(ORDER, &mut binds)?;
    let mut rows: Vec<Deletion> = Vec::new();
    if page.wants_rows {
        let sql = format!(
            "select {COLUMNS} from {ROWS} where {conditions}{} order by {} limit {}",
            keyset.condition, keyset.order_by, keyset.limit
        );
        rows = reader.objects(sql, binds).await?;
    }
    let rows = rows.into_iter().map(|row| (Cursor { order: ORDER.tag, key: None, index_id: row.index_id }, Arc::new(row)));
    let connection = Arc::new(Connection::of(&page, rows.collect(), total));
    Ok(vec![connection; parents.len()])
}
