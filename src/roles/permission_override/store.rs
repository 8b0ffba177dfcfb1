//! Every statement that reads overrides.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use entity::id::{OrganizationId, OrganizationMembershipId, PermissionOverrideId, TenantMembershipId, UserId};
use entity::role_permission::Effect;
use migration::catalog::Permission;
use uuid::Uuid;

use super::PermissionOverride;
use crate::access::Scope;
use crate::database::{Binds, COLUMNS, CURSOR, FromRow, Row, Wanted};
use crate::error::Error;
use crate::graph::{Connection, Json};
use crate::page::{Listed, ListsBelow, Order, Page};
use crate::request::Request;
use crate::tenancy::tenant_membership::{MEMBER, MEMBER_OF_SEAT};

/// The oldest first.
const ORDER: Order = Order { tag: 'v', key: None, index_id: "override.index_id", descending: false };

impl FromRow for PermissionOverride {
    const WANTED: &'static [Wanted] = &[
        Wanted("override.id", &[]),
        Wanted("override.index_id", &[CURSOR]),
        Wanted("override.tenant_membership_id", &[]),
        Wanted("member.user_id", &[]),
        Wanted("override.organization_id", &[]),
        Wanted("override.permission_id", &[]),
        Wanted("override.effect", &["effect"]),
        Wanted("override.priority", &["priority"]),
        Wanted("override.conditions", &["conditions"]),
        Wanted("override.reason", &["reason"]),
        Wanted("override.expires_at", &["expiresAt"]),
        Wanted("override.created_by", &["createdBy"]),
        Wanted("override.created_at", &["createdAt"]),
        Wanted("override.updated_at", &["updatedAt"]),
    ];

    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.column::<Uuid>()?.into(),
            index_id: row.column()?,
            membership: row.column::<Uuid>()?.into(),
            user: row.column::<Uuid>()?.into(),
            organization: row.column::<Option<Uuid>>()?.map(OrganizationId::from),
            permission: row.column::<Uuid>()?.into(),
            effect: row.member(Effect::as_str)?,
            priority: row.column()?,
            conditions: row.column::<Option<serde_json::Value>>()?.map(Json),
            reason: row.column()?,
            expires_at: row.column()?,
            created_by: row.column::<Option<Uuid>>()?.map(UserId::from),
            created_at: row.column()?,
            updated_at: row.column()?,
        })
    }
}

impl Listed for PermissionOverride {
    fn index_id(&self) -> i64 {
        self.index_id
    }
}

/// Overrides of the tenant, for relations that have been decided already.
pub async fn overrides_by_id(
    request: Request,
    ids: Vec<PermissionOverrideId>,
) -> Result<HashMap<PermissionOverrideId, Arc<PermissionOverride>>, Error> {
    let ids: Vec<Uuid> = ids.into_iter().map(PermissionOverrideId::uuid).collect();
    let sql = format!(
        "select {COLUMNS} from member_permission_overrides override
        join tenant_memberships member
            on member.tenant_id = $1 and member.id = override.tenant_membership_id and member.deleted_at is null
        where override.tenant_id = $1 and override.id = any($2) and override.deleted_at is null"
    );
    let rows: Vec<PermissionOverride> = request.reader().await?.objects(sql, Binds::of([ids.into()])).await?;
    Ok(rows.into_iter().map(|row| (row.id, Arc::new(row))).collect())
}

/// The overrides among these that the caller may know of: its own, and those that it may have explained, or manage, where they
/// hold.
pub async fn visible_overrides(
    request: Request,
    ids: Vec<PermissionOverrideId>,
) -> Result<HashMap<PermissionOverrideId, Arc<PermissionOverride>>, Error> {
    let mut rows = overrides_by_id(request.clone(), ids).await?;
    let scopes: Vec<Scope> = rows.values().map(|row| row.organization.map_or(Scope::Tenant, Scope::Organization)).collect();
    let reader = request.reader().await?;
    let mut visible: HashSet<PermissionOverrideId> =
        rows.values().filter(|row| Some(row.user) == reader.caller.person()).map(|row| row.id).collect();
    for permission in [Permission::AccessExplain, Permission::GrantsManage] {
        let may = reader.may_each(permission, &scopes).await?;
        visible.extend(rows.values().zip(may).filter(|(_, may)| *may).map(|(row, _)| row.id));
    }
    rows.retain(|id, _| visible.contains(id));
    Ok(rows)
}

/// A page of all overrides of each member of the tenant. The guard of the field has decided about the member.
pub async fn overrides_of_tenant_memberships(
    request: Request,
    memberships: Vec<TenantMembershipId>,
    page: Page<()>,
) -> Result<Vec<Arc<Connection<PermissionOverride>>>, Error> {
    list(&request, MEMBER, "", memberships.into_iter().map(TenantMembershipId::uuid).collect(), page).await
}

/// A page of the overrides that hold for each member of an organization there: those of the organization, and those of the
/// whole tenant. The guard of the field has decided about the organization.
pub async fn overrides_of_memberships(
    request: Request,
    memberships: Vec<OrganizationMembershipId>,
    page: Page<()>,
) -> Result<Vec<Arc<Connection<PermissionOverride>>>, Error> {
    let there = " and (override.organization_id = member.organization_id or override.organization_id is null)";
    list(&request, MEMBER_OF_SEAT, there, memberships.into_iter().map(OrganizationMembershipId::uuid).collect(), page).await
}

async fn list(
    request: &Request,
    parents: &'static str,
    and: &str,
    keys: Vec<Uuid>,
    page: Page<()>,
) -> Result<Vec<Arc<Connection<PermissionOverride>>>, Error> {
    let rows = format!(
        "member_permission_overrides override
        where override.tenant_id = $1 and override.tenant_membership_id = member.id and override.deleted_at is null{and}"
    );
    ListsBelow { parents, rows, order: ORDER }.load(&*request.reader().await?, keys, Binds::new(), &page).await
}
