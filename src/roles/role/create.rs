//! The mutation `createRole`.

use std::sync::Arc;

use entity::id::RoleId;
use migration::catalog::Permission;
use serde_json::json;

use super::payload::RolePayload;
use super::store::{self, NewRole};
use super::validate::Validation;
use super::{key_taken, no_such_parent, recorded};
use crate::access::{RoleSheet, Scope};
use crate::access_change::{Attempt, Call, Outcome};
use crate::audit::Record;
use crate::clock;
use crate::error::Error;
use crate::graph::{Fields, Id, InputArgument, InputObject, InputOf, Mutation, Object, ObjectType};
use crate::idempotency::{self, Taken};
use crate::request::Request;
use crate::roles::rule::{RoleRuleInput, read_rules};

type Payload = RolePayload<true>;

#[derive(Clone, Default)]
struct CreateRoleInput {
    key: String,
    name: String,
    description: String,
    parent: Option<RoleId>,
    permissions: Vec<RoleRuleInput>,
    idempotency_key: Option<String>,
    call: Call,
}

impl InputObject for CreateRoleInput {
    const NAME: &'static str = "CreateRoleInput";
    const DESCRIPTION: &'static str = "The role to make. It gives nobody anything until it is assigned.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field(
                "key",
                "Its name in programs, for good: unique in the tenant, such as `billing_admin`.",
                |into: &mut Self, key| {
                    into.key = key;
                },
            )
            .field("name", "Its name for people.", |into, name| into.name = name)
            .field("description", "What it is for.", |into, description: Option<String>| {
                into.description = description.unwrap_or_default();
            })
            .field("parentRoleId", "The role whose rules hold where this one says nothing.", |into, parent: Option<Id<RoleId>>| {
                into.parent = parent.map(|Id(id)| id);
            })
            .field("permissions", "Its own rules, one for a permission.", |into, rules: Option<Vec<InputOf<RoleRuleInput>>>| {
                into.permissions = rules.unwrap_or_default().into_iter().map(|InputOf(rule)| rule).collect();
            })
            .field("idempotencyKey", idempotency::DESCRIPTION, |into, key| into.idempotency_key = key)
            .embed(Call::fields(), |into| &mut into.call)
    }
}

/// Adds `createRole`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "createRole",
        "Makes a role. Needs the permission `roles.manage` in the tenant, and everything that the role gives, held in the tenant and in \
         all its organizations.",
        create_role,
    ).asks(Permission::RolesManage)
}

async fn create_role(request: Request, arguments: Arc<InputArgument<CreateRoleInput>>) -> Result<Option<Arc<Payload>>, Error> {
    let input = &arguments.0;
    let attempt = Attempt::begin(&request, &input.call, Payload::name(), Scope::Tenant).await?;
    attempt.writer.require(Permission::RolesManage, Scope::Tenant).await?;
    let (made, outcome) = create(attempt, input).await?;
    Payload::of(request, made, outcome).await
}

async fn create(attempt: Attempt, input: &CreateRoleInput) -> Result<(Option<RoleId>, Outcome), Error> {
    let mut validation = Validation::default();
    let (key, name) = (validation.key(&input.key), validation.name(&input.name));
    let description = validation.description(&input.description);
    let mut errors = validation.errors;
    let rules = read_rules("permissions", &input.permissions, &mut errors);
    errors.extend(idempotency::complaint(input.idempotency_key.as_deref()));
    let writer = &attempt.writer;
    let before = writer.role_sheet().await?;
    if input.parent.is_some_and(|parent| !before.contains(parent)) {
        errors.push(no_such_parent());
    }
    if !errors.is_empty() {
        return Ok((None, attempt.refuse(errors).await?));
    }
    let role = NewRole { id: clock::new_id(), key, name, description, parent: input.parent };
    let record = recorded(&role.key, &role.name, &role.description, role.parent, true, &rules);
    let sent = json!([role.key, role.name, role.description, role.parent, record["rules"]]);
    match writer.take_key("createRole", input.idempotency_key.as_deref(), &sent, role.id).await? {
        Taken::Now => {}
        Taken::Before(earlier) => return Ok((Some(earlier), attempt.refuse(Vec::new()).await?)),
        Taken::ForAnotherInput => return Ok((None, attempt.refuse(vec![idempotency::reused()]).await?)),
    }
    let id = role.id;
    if !store::insert(writer, role).await? {
        return Ok((None, attempt.refuse(vec![key_taken()]).await?));
    }
    store::set_rules(writer, id, &rules).await?;
    let after: RoleSheet = writer.role_sheet().await?;
    writer.require_held(&before.gift_of_change(&after))?;
    writer.audit(Record::of("role.create", id).after(record)).await?;
    Ok((Some(id), attempt.finish().await?))
}
