//! The statements behind giving: what the roles of a tenant say at this very moment.

use entity::id::{RoleId, TenantId};
use entity::role_permission::Effect;
use migration::catalog::Permission;
use serde_json::Value;
use uuid::Uuid;

use super::role_sheet::{Entry, RoleSheet, Rule};
use crate::database::{FromRow, Row, Transaction};
use crate::error::Error;

const ROLES: &str = "
    select role.id, role.parent_role_id, role.is_active from roles role where role.tenant_id = $1 and role.deleted_at is null";

/// Rules of living roles, then what is granted to them. A grant's condition does not matter: it may hold.
const RULES: &str = "
    select rule.role_id, rule.permission_id, rule.effect, rule.conditions, false
    from role_permissions rule
    join roles role on role.tenant_id = $1 and role.id = rule.role_id and role.deleted_at is null
    where rule.tenant_id = $1
    union all
    select held.role_id, held.permission_id, held.effect, null, true
    from resource_grants held
    where held.tenant_id = $1 and held.role_id is not null and held.deleted_at is null
        and (held.expires_at is null or held.expires_at > now())";

/// The roles of a tenant with their rules.
pub(super) async fn role_sheet(transaction: &Transaction, tenant: TenantId) -> Result<RoleSheet, Error> {
    let mut sheet = RoleSheet::default();
    for (id, entry) in transaction.all::<(RoleId, Entry)>(ROLES, vec![tenant.uuid().into()]).await? {
        sheet.roles.insert(id, entry);
    }
    for said in transaction.all::<Said>(RULES, vec![tenant.uuid().into()]).await? {
        let (Some(role), Some(permission)) = (sheet.roles.get_mut(&said.role), said.permission) else { continue };
        let set = [permission].into_iter().collect();
        match (said.is_grant, said.rule.effect) {
            (true, Effect::Allow) => role.granted = role.granted.union(set),
            (true, Effect::Deny) => role.withheld = role.withheld.union(set),
            (false, _) => drop(role.rules.insert(permission.bit(), said.rule)),
        }
    }
    Ok(sheet)
}

struct Said {
    role: RoleId,
    /// None where the catalog does not know it: then nothing asks for it.
    permission: Option<Permission>,
    rule: Rule,
    is_grant: bool,
}

impl FromRow for (RoleId, Entry) {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        let id = row.column::<Uuid>()?.into();
        let parent = row.column::<Option<Uuid>>()?.map(RoleId::from);
        Ok((id, Entry { parent, is_active: row.column()?, ..Entry::default() }))
    }
}

impl FromRow for Said {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            role: row.column::<Uuid>()?.into(),
            permission: Permission::from_id(row.column::<Uuid>()?.as_u128()),
            rule: Rule { effect: row.member(Effect::as_str)?, conditions: row.column::<Option<Value>>()? },
            is_grant: row.column()?,
        })
    }
}
