//! Roles: what a tenant's people may be, and what each permits.

mod create;
mod delete;
mod object;
mod payload;
mod query;
mod store;
mod update;
mod validate;

use std::sync::Arc;

use entity::id::RoleId;
use serde_json::{Value, json};

use crate::error::{Code, Error};
use crate::graph::{Mutation, ObjectType};
use crate::roles::rule::RoleRule;
use crate::user_error::{UserError, UserErrorCode};

pub use query::queries;
pub use store::{Assignee, roles_by_id, roles_of_members, visible_roles};

/// Adds the mutations about roles.
#[must_use]
pub fn mutations(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    delete::mutation(update::mutation(create::mutation(mutation)))
}

/// A role as the audit log keeps it.
fn recorded(key: &str, name: &str, description: &str, parent: Option<RoleId>, is_active: bool, rules: &[RoleRule]) -> Value {
    let rules: serde_json::Map<String, Value> = rules
        .iter()
        .map(|rule| {
            let rule_said = json!({ "effect": rule.effect.as_str(), "conditions": rule.conditions });
            (rule.permission.key().to_owned(), rule_said)
        })
        .collect();
    json!({
        "key": key, "name": name, "description": description, "parentRoleId": parent, "isActive": is_active, "rules": rules,
    })
}

fn no_such_role() -> Error {
    Error::client(Code::NotFound, "there is no such role, or you may not know of it")
}

fn no_such_parent() -> Arc<UserError> {
    UserError::at(&["parentRoleId"], UserErrorCode::NotFound, "there is no such role, or you may not know of it")
}

fn key_taken() -> Arc<UserError> {
    UserError::at(&["key"], UserErrorCode::Taken, "another role of the tenant has this key")
}

fn is_system() -> Arc<UserError> {
    let message = "this is one of the five roles that every tenant has: make a role of your own that builds on it";
    UserError::at(&["roleId"], UserErrorCode::Immutable, message)
}
