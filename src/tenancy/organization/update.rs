//! The mutation `updateOrganization`.

use std::sync::Arc;

use entity::id::OrganizationId;
use migration::catalog::Permission;
use serde_json::json;

use super::store::{self, Changes, Locked, Refused};
use super::validate::{METADATA, Validation, name_taken};
use super::{Organization, not_found, organizations_by_id, require_known};
use crate::access::Scope;
use crate::audit::Record;
use crate::error::Error;
use crate::graph::{Arguments, Change, Fields, Id, InputObject, InputOf, Json, Mutation, Object, ObjectType};
use crate::request::Request;
use crate::user_error::UserError;

#[derive(Clone, Default)]
struct UpdateOrganizationInput {
    organization: Option<OrganizationId>,
    name: Option<String>,
    domain: Change<String>,
    billing_email: Change<String>,
    assigns_by_domain: Option<bool>,
    metadata: Option<Json>,
    client_mutation_id: Option<String>,
}

impl InputObject for UpdateOrganizationInput {
    const NAME: &'static str = "UpdateOrganizationInput";
    const DESCRIPTION: &'static str = "What to change about an organization. What is left out stays as it is.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("organizationId", "The organization.", |into: &mut Self, Id(id)| into.organization = Some(id))
            .field("name", "Its new name: unique in the tenant.", |into, name| into.name = name)
            .field("domain", "The new domain of its people's addresses, unproven at first; null takes it away.", |into, domain| {
                into.domain = domain;
            })
            .field(
                "billingEmail",
                "Where bills go from now on; null takes it away. Needs the permission `billing.manage`.",
                |into, email| {
                    into.billing_email = email;
                },
            )
            .field(
                "assignsByDomain",
                "Whether people of the tenant with a proven address of the proven domain become members by themselves, while there are seats. Needs \
                 the permission `members.invite`.",
                |into, assigns| into.assigns_by_domain = assigns,
            )
            .field("metadata", METADATA, |into, metadata| into.metadata = metadata)
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

#[derive(Clone, Default)]
struct UpdateOrganization(UpdateOrganizationInput);

impl Arguments for UpdateOrganization {
    fn fields() -> Fields<Self> {
        Fields::default().field("input", "What to change.", |into: &mut Self, InputOf(input)| into.0 = input)
    }
}

struct UpdateOrganizationPayload {
    organization: Option<Arc<Organization>>,
    user_errors: Vec<Arc<UserError>>,
    client_mutation_id: Option<String>,
}

impl Object for UpdateOrganizationPayload {
    fn name() -> &'static str {
        "UpdateOrganizationPayload"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("What came of `updateOrganization`.")
            .inline_one("organization", "As it is now; null where there are user errors.", |payload: &Self| {
                payload.organization.clone()
            })
            .inline_many("userErrors", "What you can mend. Nothing was changed where there are some.", |payload| {
                payload.user_errors.clone()
            })
            .field("clientMutationId", "As it was sent.", |payload| &payload.client_mutation_id)
    }
}

/// Adds `updateOrganization`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation
        .root(
            "updateOrganization",
            "Changes an organization. Needs the permission `organization.update` in it.",
            update_organization,
        )
        .asks(Permission::OrganizationUpdate)
}

async fn update_organization(
    request: Request,
    arguments: Arc<UpdateOrganization>,
) -> Result<Option<Arc<UpdateOrganizationPayload>>, Error> {
    let input = &arguments.0;
    let Some(id) = input.organization else { return Err(Error::bad_input("`input.organizationId` is required")) };
    let mut validation = Validation::default();
    let mut changes = Changes {
        name: input.name.as_deref().map(|name| validation.name(name)),
        domain: validation.change(&input.domain, Validation::domain),
        billing_email: validation.change(&input.billing_email, Validation::billing_email),
        assigns_by_domain: input.assigns_by_domain,
        metadata: None,
    };
    let writer = request.writer().await?;
    let scope = Scope::Organization(id);
    require_known(&writer, id).await?;
    let locked = store::lock(&writer, id).await?.ok_or_else(not_found)?;
    // A form that sends every field again does not unprove the domain.
    if changes.domain == Change::Set(locked.domain.clone()) {
        changes.domain = Change::Keep;
    }
    writer.require(Permission::OrganizationUpdate, scope).await?;
    if changes.billing_email != Change::Keep {
        writer.require(Permission::BillingManage, scope).await?;
    }
    if changes.assigns_by_domain.is_some_and(|assigns| assigns != locked.assigns_by_domain) {
        writer.require(Permission::MembersInvite, scope).await?;
    }
    changes.metadata = validation.metadata(input.metadata.as_ref(), &locked.metadata);
    let mut user_errors = validation.errors;
    if user_errors.is_empty() {
        let record = changes.record(id, &locked);
        match store::update(&writer, id, changes).await? {
            None => {
                if let Some(record) = record {
                    writer.audit(record).await?;
                }
                writer.commit().await?;
            }
            Some(Refused::NameTaken) => {
                user_errors.push(name_taken());
            }
        }
    }
    let organization = if user_errors.is_empty() { organizations_by_id(request, vec![id]).await?.remove(&id) } else { None };
    Ok(Some(Arc::new(UpdateOrganizationPayload {
        organization,
        user_errors,
        client_mutation_id: input.client_mutation_id.clone(),
    })))
}

impl Changes {
    /// What is written down of a change; nothing where all stays as it was.
    fn record(&self, id: OrganizationId, locked: &Locked) -> Option<Record> {
        let as_sent = |change: &Change<String>, was: &Option<String>| match change {
            Change::Keep => was.clone(),
            Change::Set(value) => value.clone(),
        };
        let before = json!({
            "name": locked.name, "domain": locked.domain, "billingEmail": locked.billing_email,
            "assignsByDomain": locked.assigns_by_domain, "metadata": locked.metadata,
        });
        let after = json!({
            "name": self.name.as_ref().unwrap_or(&locked.name),
            "domain": as_sent(&self.domain, &locked.domain),
            "billingEmail": as_sent(&self.billing_email, &locked.billing_email),
            "assignsByDomain": self.assigns_by_domain.unwrap_or(locked.assigns_by_domain),
            "metadata": self.metadata.as_ref().unwrap_or(&locked.metadata),
        });
        (before != after).then(|| Record::of("organization.update", id).within(id).before(before).after(after))
    }
}
