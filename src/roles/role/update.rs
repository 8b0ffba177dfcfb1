//! The mutation `updateRole`.

use std::sync::Arc;

use entity::id::RoleId;
use migration::catalog::Permission;

use super::payload::RolePayload;
use super::store::{self, Changes, Stored};
use super::validate::Validation;
use super::{is_system, no_such_parent, no_such_role, recorded};
use crate::access::{RoleSheet, Scope};
use crate::access_change::{Attempt, Call, Outcome, Subjects};
use crate::audit::Record;
use crate::error::Error;
use crate::graph::{Change, Fields, Id, InputArgument, InputObject, InputOf, Mutation, Object, ObjectType};
use crate::request::Request;
use crate::roles::rule::{RoleRule, RoleRuleInput, read_rules};
use crate::user_error::{UserError, UserErrorCode};

type Payload = RolePayload<false>;

#[derive(Clone, Default)]
struct UpdateRoleInput {
    role: Option<RoleId>,
    name: Option<String>,
    description: Option<String>,
    parent: Change<Id<RoleId>>,
    is_active: Option<bool>,
    set: Vec<RoleRuleInput>,
    remove: Vec<String>,
    call: Call,
}

impl InputObject for UpdateRoleInput {
    const NAME: &'static str = "UpdateRoleInput";
    const DESCRIPTION: &'static str = "What to change about a role. What is left out stays as it is.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("roleId", "The role.", |into: &mut Self, Id(id)| into.role = Some(id))
            .field("name", "Its new name for people.", |into, name| into.name = name)
            .field("description", "What it is for.", |into, description| into.description = description)
            .field("parentRoleId", "The role whose rules hold where this one says nothing; null: none.", |into, parent| {
                into.parent = parent;
            })
            .field("isActive", "Whether it gives anything. One that is switched off stays assigned.", |into, is_active| {
                into.is_active = is_active;
            })
            .field(
                "setPermissions",
                "Rules of its own, each in the place of the one that it has for the permission.",
                |into, rules: Option<Vec<InputOf<RoleRuleInput>>>| {
                    into.set = rules.unwrap_or_default().into_iter().map(|InputOf(rule)| rule).collect();
                },
            )
            .field(
                "removePermissions",
                "The keys of permissions of which it shall say nothing itself any more; then its parent's rules hold.",
                |into, keys: Option<Vec<String>>| into.remove = keys.unwrap_or_default(),
            )
            .embed(Call::fields(), |into| &mut into.call)
    }
}

/// Adds `updateRole`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "updateRole",
        "Changes a role, for everybody who has it. Needs the permission `roles.manage` in the tenant, and everything that the change may \
         give, held in the tenant and in all its organizations.",
        update_role,
    ).asks(Permission::RolesManage)
}

async fn update_role(request: Request, arguments: Arc<InputArgument<UpdateRoleInput>>) -> Result<Option<Arc<Payload>>, Error> {
    let input = &arguments.0;
    let Some(id) = input.role else { return Err(Error::bad_input("`input.roleId` is required")) };
    let attempt = Attempt::begin(&request, &input.call, Payload::name(), Scope::Tenant).await?;
    attempt.writer.require(Permission::RolesManage, Scope::Tenant).await?;
    let stored = store::lock(&attempt.writer, id).await?.ok_or_else(no_such_role)?;
    let outcome = update(attempt, id, stored, input).await?;
    Payload::of(request, Some(id), outcome).await
}

async fn update(mut attempt: Attempt, id: RoleId, stored: Stored, input: &UpdateRoleInput) -> Result<Outcome, Error> {
    if stored.is_system {
        return attempt.refuse(vec![is_system()]).await;
    }
    let before = attempt.writer.role_sheet().await?;
    let rules = store::rules(&attempt.writer, id).await?;
    let (changes, errors) = read(input, id, &rules, &before);
    if !errors.is_empty() {
        return attempt.refuse(errors).await;
    }
    attempt.watch(Subjects::HoldersOf(vec![id])).await?;
    let was = recorded(&stored.key, &stored.name, &stored.description, stored.parent, stored.is_active, &rules);
    let writer = &attempt.writer;
    let now = store::update(writer, id, &stored, changes).await?;
    let rules = store::rules(writer, id).await?;
    let is = recorded(&stored.key, &now.name, &now.description, now.parent, now.is_active, &rules);
    writer.require_held(&before.gift_of_change(&writer.role_sheet().await?))?;
    if was != is {
        writer.audit(Record::of("role.update", id).before(was).after(is)).await?;
    }
    attempt.finish().await
}

/// The changes, and what is wrong with them.
fn read(input: &UpdateRoleInput, id: RoleId, rules: &[RoleRule], sheet: &RoleSheet) -> (Changes, Vec<Arc<UserError>>) {
    let mut validation = Validation::default();
    let name = input.name.as_deref().map(|name| validation.name(name));
    let description = input.description.as_deref().map(|description| validation.description(description));
    let mut errors = validation.errors;
    let parent = match &input.parent {
        Change::Keep => Change::Keep,
        Change::Set(parent) => Change::Set(parent.map(|Id(parent)| parent)),
    };
    if let Change::Set(Some(parent)) = parent {
        if !sheet.contains(parent) {
            errors.push(no_such_parent());
        } else if sheet.stands_below(parent, id) {
            let message = "a role cannot build on itself, nor on a role that builds on it";
            errors.push(UserError::at(&["parentRoleId"], UserErrorCode::Cycle, message));
        }
    }
    let set = read_rules("setPermissions", &input.set, &mut errors);
    let remove = removed(&input.remove, rules, &set, &mut errors);
    (Changes { name, description, parent, is_active: input.is_active, set, remove }, errors)
}

fn removed(keys: &[String], rules: &[RoleRule], set: &[RoleRule], errors: &mut Vec<Arc<UserError>>) -> Vec<Permission> {
    let mut removed = Vec::new();
    for (place, key) in keys.iter().enumerate() {
        let (code, message) = match Permission::from_key(key) {
            None => (UserErrorCode::Invalid, "there is no such permission: `permissions` lists all of them"),
            Some(key) if removed.contains(&key) => (UserErrorCode::Invalid, "the permission is named twice"),
            Some(key) if set.iter().any(|rule| rule.permission == key) => {
                (UserErrorCode::Invalid, "the permission is set by the same input: name it in one of both")
            }
            Some(key) if rules.iter().all(|rule| rule.permission != key) => {
                (UserErrorCode::NotFound, "the role has no rule of its own for this permission")
            }
            Some(key) => {
                removed.push(key);
                continue;
            }
        };
        errors.push(UserError::at(&["removePermissions", &place.to_string()], code, message));
        // Each rule can be removed once; a longer list of mistakes helps nobody.
        if errors.len() > rules.len() + 10 {
            break;
        }
    }
    removed
}
