//! The type `Role`.

use std::sync::Arc;

use migration::catalog::Permission as Key;

use super::store::{levels, roles_by_id, visible_roles};
use crate::access::{Role, Scope};
use crate::graph::{Object, ObjectType};
use crate::roles::assignment::assignments_of_roles;
use crate::roles::grant::grants_of_roles;
use crate::roles::permission::Permission;
use crate::roles::rule::RoleRule;

impl Object for Role {
    fn name() -> &'static str {
        "Role"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new(
            "What somebody may be in a tenant or an organization. Where a role says nothing, its parent's rules hold.",
        )
        .scope(|_| Scope::Tenant)
        .node(|role| role.id, visible_roles)
        .field("key", "Its name in programs: unique in the tenant.", |role| &role.key)
        .field("name", "Its name for people.", |role| &role.name)
        .field("description", "What it is for.", |role| &role.description)
        .field("isSystem", "Is it one of the five that every tenant has, and none can change?", |role| &role.is_system)
        .field("isActive", "Does it give anything at the moment?", |role| &role.is_active)
        .derived(
            "hierarchyLevel",
            "How far it stands below the top of its tree: 0 where it has no parent. For display; it decides nothing.",
            levels,
            |role: &Self| role.id,
            |level: Option<&i32>| level.copied().unwrap_or_default(),
        )
        .field("createdAt", "When it was made.", |role| &role.created_at)
        .field("updatedAt", "When it was last changed.", |role| &role.updated_at)
        .one("parent", "Whose rules hold where this role says nothing.", roles_by_id, |role| role.parent)
        .inline_many(
            "permissions",
            "What it permits by rules of its own, in the order of the catalog.",
            |role| -> Vec<Arc<Permission>> { Permission::of(role.allowed()) },
        )
        .requires(Key::RolesRead)
        .inline_many("deniedPermissions", "What it denies by rules of its own: a denial beats every allowance.", |role| {
            Permission::of(role.denied())
        })
        .requires(Key::RolesRead)
        .connection("grants", "What those who have it are granted on single resources.", grants_of_roles, |role| role.id)
        .requires(Key::AccessExplain)
        .inline_many("rules", "Its own rules in full: effects and conditions, one for a permission, in the order of the catalog.", |role| {
            role.rules.iter().map(|rule| Arc::new(RoleRule::of(rule))).collect()
        })
        .requires(Key::RolesRead)
        .connection(
            "assignments",
            "Who has it, the oldest first: in organizations whose members you may see, and in the whole tenant where you may see its members.",
            assignments_of_roles,
            |role| role.id,
        )
        .requires(Key::RolesRead)
    }
}
