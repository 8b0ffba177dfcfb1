//! The statements behind access: what a tenant has in common, and what there is about its people and organizations.

mod facts;
mod rules;

use entity::id::RoleId;
use entity::role_permission::Effect;
use migration::catalog::Permission;
use sea_orm::Iterable;
use uuid::Uuid;

use super::role::OwnRule;
use super::{Presence, Role, RoleBook, When};
use crate::database::{FromRow, Row, Transaction};
use crate::error::Error;

pub(super) use facts::{organizations, people, plan_with, teams, tenant_owner};
pub(super) use rules::{Fact, book, facts};

const ROLES: &str = "
    select role.id, role.index_id, role.key, role.name, role.description, role.is_system, role.parent_role_id, role.is_active,
        role.created_at, role.updated_at, rules.permissions, rules.effects, rules.conditions
    from roles role
    left join lateral (
        select array_agg(rule.permission_id order by rule.permission_id) as permissions,
            array_agg(rule.effect order by rule.permission_id) as effects,
            array_agg(rule.conditions::text order by rule.permission_id) as conditions
        from role_permissions rule where rule.tenant_id = $1 and rule.role_id = role.id) rules on true
    where role.tenant_id = $1 and role.deleted_at is null
    order by role.index_id";

/// The living roles of the tenant: one statement.
pub(super) async fn roles(transaction: &Transaction, presence: &Presence) -> Result<RoleBook, Error> {
    let roles = transaction.all(ROLES, vec![presence.tenant.uuid().into()]).await?;
    Ok(RoleBook::new(presence.tenant, presence.access_version, roles))
}

impl FromRow for Role {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.column::<Uuid>()?.into(),
            index_id: row.column()?,
            key: row.column()?,
            name: row.column()?,
            description: row.column()?,
            is_system: row.column()?,
            parent: row.column::<Option<Uuid>>()?.map(RoleId::from),
            is_active: row.column()?,
            created_at: row.column()?,
            updated_at: row.column()?,
            rules: own_rules(row)?,
        })
    }
}

fn own_rules(row: &mut Row<'_>) -> Result<Vec<OwnRule>, Error> {
    let permissions: Vec<Uuid> = row.column::<Option<_>>()?.unwrap_or_default();
    let effects: Vec<&str> = row.column::<Option<_>>()?.unwrap_or_default();
    let conditions: Vec<Option<&str>> = row.column::<Option<_>>()?.unwrap_or_default();
    let rule = |((id, effect), conditions): ((Uuid, &str), Option<&str>)| {
        // A permission of a later release means nothing to this one.
        let permission = Permission::from_id(id.as_u128())?;
        let (effect, when) = (effect_of(effect), When::of_text(conditions));
        Some(OwnRule { permission, effect, conditions: conditions.map(str::to_owned), when })
    };
    Ok(permissions.into_iter().zip(effects).zip(conditions).filter_map(rule).collect())
}

/// Postgres stores nothing else; were it otherwise, a denial is the safe reading.
fn effect_of(text: &str) -> Effect {
    if text == Effect::Allow.as_str() { Effect::Allow } else { Effect::Deny }
}

/// The member of a closed set that has this name.
fn member_of<T: Iterable + Copy>(text: &str, name: fn(T) -> &'static str) -> Result<T, Error> {
    T::iter().find(|member| name(*member) == text).ok_or_else(|| Error::internal(format!("`{text}` is no known status")))
}
