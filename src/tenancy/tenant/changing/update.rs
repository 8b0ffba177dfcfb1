//! The mutation `updateTenant`.

use std::sync::Arc;

use entity::id::TenantId;
use migration::catalog::Permission;
use serde_json::{Value, json};

use super::payload::{TenantMutation, TenantPayload};
use super::platform::require_entered;
use super::store::{self, Terms};
use super::validate::{Validation, slug_taken};
use crate::access::Scope;
use crate::audit::Record;
use crate::error::Error;
use crate::graph::{Change, Fields, Id, InputArgument, InputObject, Json, Mutation, ObjectType};
use crate::request::Request;
use crate::user_error::checked_patch;

#[derive(Clone, Default)]
struct UpdateTenantInput {
    tenant: Option<TenantId>,
    name: Option<String>,
    slug: Option<String>,
    brand: Change<String>,
    logo_url: Change<String>,
    settings: Option<Json>,
    data_retention_days: Option<i32>,
    client_mutation_id: Option<String>,
}

impl InputObject for UpdateTenantInput {
    const NAME: &'static str = "UpdateTenantInput";
    const DESCRIPTION: &'static str = "What to change about a tenant. What is left out stays as it is.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("tenantId", "The tenant: the one that you are in.", |into: &mut Self, Id(id)| into.tenant = Some(id))
            .field("name", "Its new name.", |into, name| into.name = name)
            .field("slug", "Its new name in addresses: unique among all tenants. The old one is free from then on.", |into, slug| {
                into.slug = slug;
            })
            .field("brand", "The brand under which it appears; null takes it away.", |into, brand| into.brand = brand)
            .field("logoUrl", "Where its logo is: an `https` URL; null takes it away.", |into, url| into.logo_url = url)
            .field(
                "settings",
                "Changes of its settings, as a JSON merge patch (RFC 7396): an object whose members replace those of the same names; null takes \
                 one away. All settings together have at most 16 KiB. `selfServiceSignUp: true` lets people sign up for the tenant by themselves; \
                 the others are yours.",
                |into, settings| into.settings = settings,
            )
            .field("dataRetentionDays", "For how many days history is kept: 30 to 36500.", |into, days| into.data_retention_days = days)
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

#[derive(Default)]
struct UpdateTenant;

impl TenantMutation for UpdateTenant {
    const PAYLOAD: &'static str = "UpdateTenantPayload";
    const DESCRIPTION: &'static str = "What came of `updateTenant`.";
}

/// Adds `updateTenant`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation
        .root("updateTenant", "Changes the tenant that you are in. Needs the permission `tenant.update` in it.", update_tenant)
        .asks(Permission::TenantUpdate)
}

async fn update_tenant(
    request: Request,
    arguments: Arc<InputArgument<UpdateTenantInput>>,
) -> Result<Option<Arc<TenantPayload<UpdateTenant>>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(tenant) = input.tenant else { return Err(Error::bad_input("`input.tenantId` is required")) };
    let writer = request.writer().await?;
    writer.require(Permission::TenantUpdate, Scope::Tenant).await?;
    require_entered(&writer, tenant)?;
    let before = store::lock(&writer).await?;
    let (after, mut user_errors) = input.applied(&before);
    if after == before {
        // What is read for the payload takes a connection of its own.
        writer.roll_back().await?;
    } else if user_errors.is_empty() {
        let record = Record::of("tenant.update", tenant).before(before.recorded()).after(after.recorded());
        if store::update(&writer, after).await? {
            writer.audit(record).await?;
            writer.commit().await?;
        } else {
            user_errors.push(slug_taken());
        }
    }
    let written = if user_errors.is_empty() { Ok(tenant) } else { Err(user_errors) };
    TenantPayload::of(request, written, input.client_mutation_id.as_ref()).await
}

impl UpdateTenantInput {
    /// The tenant as it would be, and what is wrong with that.
    fn applied(&self, before: &Terms) -> (Terms, Vec<Arc<crate::user_error::UserError>>) {
        let mut validation = Validation::default();
        let mut settings = before.settings.clone();
        if let Some(patch) = &self.settings {
            settings = checked_patch("settings", patch, &before.settings, &mut validation.errors);
            validation.settings(&settings);
        }
        let after = Terms {
            name: self.name.as_deref().map_or_else(|| before.name.clone(), |name| validation.name(name)),
            slug: self.slug.as_deref().map_or_else(|| before.slug.clone(), |slug| validation.slug(slug)),
            brand: validation.change(&self.brand, Validation::brand, before.brand.clone()),
            logo_url: validation.change(&self.logo_url, Validation::logo_url, before.logo_url.clone()),
            settings,
            data_retention_days: self.data_retention_days.map_or(before.data_retention_days, |days| validation.retention(days)),
        };
        (after, validation.errors)
    }
}

impl Terms {
    fn recorded(&self) -> Value {
        json!({
            "name": self.name, "slug": self.slug, "brand": self.brand, "logoUrl": self.logo_url, "settings": self.settings,
            "dataRetentionDays": self.data_retention_days,
        })
    }
}
