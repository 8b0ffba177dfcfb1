//! Every statement about organizations.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::id::{OrganizationId, OrganizationMembershipId, UserId};
use entity::{organization, organization_membership};
use migration::catalog::Permission;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ActiveModelTrait, DbErr, EntityTrait, SqlErr};
use serde_json::Value;
use uuid::Uuid;

use super::list::OrganizationArguments;
use super::{Organization, OrganizationList};
use crate::access::Scope;
use crate::database::{Binds, COLUMNS, FromRow, Row, Wanted, contains};
use crate::error::Error;
use crate::graph::{Change, Connection, Json};
use crate::page::{Cursor, Page};
use crate::people::user::{User, users_by_id};
use crate::request::{Along, Reader, Request, Writer};

impl FromRow for Organization {
    const WANTED: &'static [Wanted] = &[
        Wanted("organization.id", &[]),
        Wanted("organization.index_id", &[]),
        // The key of the order by name, too.
        Wanted("organization.name", &[]),
        Wanted("organization.domain", &["domain"]),
        Wanted("organization.domain_verified_at", &["domainVerifiedAt"]),
        Wanted("organization.assigns_by_domain", &["assignsByDomain"]),
        Wanted("organization.metadata", &["metadata"]),
        Wanted("organization.billing_email", &["billingEmail"]),
        Wanted("organization.owner_id", &["owner", "members"]),
        Wanted("organization.stripe_customer_id", &["stripeCustomerId"]),
        Wanted("organization.created_at", &["createdAt"]),
        Wanted("organization.updated_at", &["updatedAt"]),
    ];

    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.column::<Uuid>()?.into(),
            index_id: row.column()?,
            name: row.column()?,
            domain: row.column()?,
            domain_verified_at: row.column()?,
            assigns_by_domain: row.column()?,
            metadata: Json(row.column()?),
            billing_email: row.column()?,
            owner: row.column::<Uuid>()?.into(),
            stripe_customer_id: row.column()?,
            created_at: row.column()?,
            updated_at: row.column()?,
        })
    }
}

/// An organization has one owner, who is asked for more often than not.
const OWNER: Along<User, UserId> = Along { field: "owner", column: "organization.owner_id", key: |owner| owner.id };

/// The organizations among these ids that the caller may know of.
pub async fn organizations_by_id(
    request: Request,
    ids: Vec<OrganizationId>,
) -> Result<HashMap<OrganizationId, Arc<Organization>>, Error> {
    let reader = request.reader().await?;
    let scopes: Vec<Scope> = ids.iter().copied().map(Scope::Organization).collect();
    let visible = reader.may_each(Permission::OrganizationRead, &scopes).await?;
    let visible: Vec<Uuid> = ids.into_iter().zip(visible).filter(|(_, visible)| *visible).map(|(id, _)| id.uuid()).collect();
    if visible.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = format!(
        "select {COLUMNS} from organizations organization
        where organization.tenant_id = $1 and organization.id = any($2) and organization.deleted_at is null"
    );
    let rows: Vec<Organization> = reader.objects_along(sql, Binds::of([visible.into()]), OWNER, &users_by_id).await?;
    Ok(rows.into_iter().map(|row| (row.id, Arc::new(row))).collect())
}

/// A page of the organizations that the caller may see, for each parent.
pub async fn organizations(
    request: Request,
    parents: Vec<OrganizationList>,
    page: Page<OrganizationArguments>,
) -> Result<Vec<Arc<Connection<Organization>>>, Error> {
    let reader = request.reader().await?;
    let entered = reader.caller.presence.as_ref().map(|presence| presence.tenant);
    let shown = Arc::new(entered_page(&reader, &page).await?);
    let mut elsewhere: Option<Arc<Connection<Organization>>> = None;
    let connections = parents.into_iter().map(|parent| match parent {
        OrganizationList::OfTenant(tenant) if Some(tenant) != entered => {
            Arc::clone(elsewhere.get_or_insert_with(|| Arc::new(Connection::of(&page, Vec::new(), 0))))
        }
        OrganizationList::OfTenant(_) | OrganizationList::Entered => Arc::clone(&shown),
    });
    Ok(connections.collect())
}

async fn entered_page(reader: &Reader, page: &Page<OrganizationArguments>) -> Result<Connection<Organization>, Error> {
    let mut binds = Binds::new();
    let mut conditions = "organization.tenant_id = $1 and organization.deleted_at is null".to_owned();
    let visible = reader.organizations(Permission::OrganizationRead).await?;
    if let Some(visible) = visible.condition("organization.id", &mut binds) {
        conditions += &format!(" and {visible}");
    }
    let filter = &page.arguments.filter;
    if let Some(name) = &filter.name {
        conditions += &format!(" and organization.name ilike {}", binds.bind(contains(name)));
    }
    if let Some(domain) = &filter.domain {
        conditions += &format!(" and lower(organization.domain) = {}", binds.bind(domain.to_lowercase()));
    }
    if let Some(ids) = &filter.ids {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
        conditions += &format!(" and organization.id = any({})", binds.bind(ids));
    }
    let mut total = 0;
    if page.wants_total {
        let sql = format!("select count(*) from organizations organization where {conditions}");
        total = reader.all(sql, binds.clone()).await?.first().copied().unwrap_or_default();
    }
    let order = page.arguments.order.order();
    let keyset = page.keyset(order, &mut binds)?;
    let mut rows: Vec<Organization> = Vec::new();
    if page.wants_rows {
        let sql = format!(
            "select {COLUMNS} from organizations organization where {conditions}{} order by {} limit {}",
            keyset.condition, keyset.order_by, keyset.limit
        );
        rows = reader.objects_along(sql, binds, OWNER, &users_by_id).await?;
    }
    let rows = rows.into_iter().map(|row| {
        let key = order.key.is_some().then(|| Arc::from(row.name.as_str()));
        (Cursor { order: order.tag, key, index_id: row.index_id }, Arc::new(row))
    });
    Ok(Connection::of(page, rows.collect(), total))
}

/// Why a row was not written.
pub(super) enum Refused {
    /// Another organization of the tenant has the name.
    NameTaken,
}

/// What is known of an organization before it is made.
pub(super) struct NewOrganization {
    pub id: OrganizationId,
    pub membership: OrganizationMembershipId,
    pub name: String,
    pub domain: Option<String>,
    pub billing_email: Option<String>,
    pub metadata: Value,
}

/// Makes an organization and its owner's membership.
pub(super) async fn insert(writer: &Writer, new: NewOrganization) -> Result<Option<Refused>, Error> {
    let (tenant, owner) = (writer.presence()?.tenant, writer.caller.user);
    let organization = organization::ActiveModel {
        tenant_id: Set(tenant),
        id: Set(new.id),
        name: Set(new.name),
        domain: Set(new.domain),
        billing_email: Set(new.billing_email),
        metadata: Set(new.metadata),
        owner_id: Set(owner),
        ..Default::default()
    };
    if let Err(error) = organization::Entity::insert(organization).exec_without_returning(&writer.transaction).await {
        return name_taken(error).map(Some);
    }
    let membership = organization_membership::ActiveModel {
        tenant_id: Set(tenant),
        id: Set(new.membership),
        organization_id: Set(new.id),
        user_id: Set(owner),
        role: Set(organization_membership::OrganizationRole::Admin),
        last_active_at: Set(Some(writer.now)),
        ..Default::default()
    };
    organization_membership::Entity::insert(membership).exec_without_returning(&writer.transaction).await?;
    Ok(None)
}

/// Does the organization live? It keeps living until the transaction ends.
pub async fn is_living(writer: &Writer, organization: OrganizationId) -> Result<bool, Error> {
    const LIVING: &str = "
        select organization.index_id from organizations organization
        where organization.tenant_id = $1 and organization.id = $2 and organization.deleted_at is null for share";
    let values = vec![writer.presence()?.tenant.uuid().into(), organization.uuid().into()];
    Ok(writer.transaction.one::<i64>(LIVING, values).await?.is_some())
}

/// Is it an organization of the caller's tenant that was deleted? For those who knew of it.
pub async fn was_deleted(request: &Request, organization: OrganizationId) -> Result<bool, Error> {
    const DELETED: &str = "
        select organization.index_id from organizations organization
        where organization.tenant_id = $1 and organization.id = $2 and organization.deleted_at is not null";
    let found: Vec<i64> = request.reader().await?.all(DELETED, Binds::of([organization.uuid().into()])).await?;
    Ok(!found.is_empty())
}

/// What may change about an organization.
pub(super) struct Changes {
    pub name: Option<String>,
    pub domain: Change<String>,
    pub billing_email: Change<String>,
    pub assigns_by_domain: Option<bool>,
    pub metadata: Option<Value>,
}

/// What a change is compared with.
pub(super) struct Locked {
    pub name: String,
    pub domain: Option<String>,
    pub billing_email: Option<String>,
    pub assigns_by_domain: bool,
    pub metadata: Value,
}

impl FromRow for Locked {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            name: row.column()?,
            domain: row.column()?,
            billing_email: row.column()?,
            assigns_by_domain: row.column()?,
            metadata: row.column()?,
        })
    }
}

/// Locks the living organization, where it is there.
pub(super) async fn lock(writer: &Writer, id: OrganizationId) -> Result<Option<Locked>, Error> {
    const LOCK: &str = "
        select organization.name, organization.domain, organization.billing_email, organization.assigns_by_domain, organization.metadata
        from organizations organization
        where organization.tenant_id = $1 and organization.id = $2 and organization.deleted_at is null for update";
    writer.transaction.one(LOCK, vec![writer.presence()?.tenant.uuid().into(), id.uuid().into()]).await
}

/// Changes a locked organization. A domain that changes is unproven again.
pub(super) async fn update(writer: &Writer, id: OrganizationId, changes: Changes) -> Result<Option<Refused>, Error> {
    let unproven: Option<DateTime<Utc>> = None;
    let domain_verified_at = match &changes.domain {
        Change::Keep => NotSet,
        Change::Set(_) => Set(unproven),
    };
    let organization = organization::ActiveModel {
        tenant_id: Set(writer.presence()?.tenant),
        id: Set(id),
        name: changes.name.map_or(NotSet, Set),
        domain: set(changes.domain),
        domain_verified_at,
        billing_email: set(changes.billing_email),
        assigns_by_domain: changes.assigns_by_domain.map_or(NotSet, Set),
        metadata: changes.metadata.map_or(NotSet, Set),
        ..Default::default()
    };
    if !organization.is_changed() {
        return Ok(None);
    }
    match organization.update(&writer.transaction).await {
        Ok(_) => Ok(None),
        Err(error) => name_taken(error).map(Some),
    }
}

fn set(change: Change<String>) -> sea_orm::ActiveValue<Option<String>> {
    match change {
        Change::Keep => NotSet,
        Change::Set(value) => Set(value),
    }
}

fn name_taken(error: DbErr) -> Result<Refused, Error> {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(constraint)) if constraint.contains("organizations_name_key") => {
            Ok(Refused::NameTaken)
        }
        _ => Err(error.into()),
    }
}
