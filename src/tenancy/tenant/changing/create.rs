//! The mutation `createTenant`.

use std::sync::Arc;

use entity::id::TenantId;
use migration::catalog::BaseRole;
use serde_json::json;

use super::payload::{TenantMutation, TenantPayload};
use super::store::{self, Founded, NewTenant};
use super::validate::{Validation, slug_taken};
use crate::audit::Record;
use crate::clock;
use crate::error::{Code, Error};
use crate::graph::{Fields, InputArgument, InputObject, Mutation, ObjectType};
use crate::idempotency::{self, Taken};
use crate::people::sign_up::slug;
use crate::request::{Request, Writer};
use crate::tenancy::tenant::store::go;
use crate::user_error::{UserError, UserErrorCode};

#[derive(Clone, Default)]
struct CreateTenantInput {
    name: String,
    slug: Option<String>,
    brand: Option<String>,
    logo_url: Option<String>,
    idempotency_key: Option<String>,
    client_mutation_id: Option<String>,
}

impl InputObject for CreateTenantInput {
    const NAME: &'static str = "CreateTenantInput";
    const DESCRIPTION: &'static str = "The tenant to found. You become its owner.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("name", "Its name.", |into: &mut Self, name| into.name = name)
            .field("slug", "Its name in addresses, unique among all tenants; left out, it is made from the name.", |into, slug| {
                into.slug = slug;
            })
            .field("brand", "The brand under which it appears.", |into, brand| into.brand = brand)
            .field("logoUrl", "Where its logo is: an `https` URL.", |into, url| into.logo_url = url)
            .field("idempotencyKey", idempotency::DESCRIPTION, |into, key| into.idempotency_key = key)
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

#[derive(Default)]
struct CreateTenant;

impl TenantMutation for CreateTenant {
    const PAYLOAD: &'static str = "CreateTenantPayload";
    const DESCRIPTION: &'static str = "What came of `createTenant`.";
}

/// Adds `createTenant`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "createTenant",
        "Founds a tenant of which you are the owner: on trial, with the quotas of one, and the roles that every tenant has. Your address must \
         be proven. It needs no permission. Your session enters it where it was in none; otherwise `switchTenant` does.",
        create_tenant,
    )
}

async fn create_tenant(
    request: Request,
    arguments: Arc<InputArgument<CreateTenantInput>>,
) -> Result<Option<Arc<TenantPayload<CreateTenant>>>, Error> {
    let InputArgument(input) = &*arguments;
    let mut validation = Validation::default();
    let name = validation.name(&input.name);
    let new = NewTenant {
        id: clock::new_id(),
        membership: clock::new_id(),
        slug: input.slug.as_deref().map_or_else(|| slug(&name), |slug| validation.slug(slug)),
        is_chosen: input.slug.is_some(),
        brand: input.brand.as_deref().map(|brand| validation.brand(brand)),
        logo_url: input.logo_url.as_deref().map(|url| validation.logo_url(url)),
        name,
    };
    validation.errors.extend(idempotency::complaint(input.idempotency_key.as_deref()));
    let writer = request.personal_writer().await?;
    writer.caller.require_themselves()?;
    if !writer.caller.is_active {
        return Err(Error::client(Code::Forbidden, "your account is not active"));
    }
    let made = if validation.errors.is_empty() {
        make(writer, input, new).await?.map_err(|error| vec![error])
    } else {
        Err(validation.errors)
    };
    TenantPayload::of(request, made, input.client_mutation_id.as_ref()).await
}

/// Everything in one transaction: key, tenant, roles, membership, quotas. A refusal leaves nothing behind.
async fn make(writer: Writer, input: &CreateTenantInput, new: NewTenant) -> Result<Result<TenantId, Arc<UserError>>, Error> {
    let (id, membership) = (new.id, new.membership);
    let sent = json!([input.name, input.slug, input.brand, input.logo_url]);
    match writer.take_personal_key("createTenant", input.idempotency_key.as_deref(), &sent, id).await? {
        Taken::Now => {}
        Taken::Before(earlier) => return Ok(Ok(earlier)),
        Taken::ForAnotherInput => return Ok(Err(idempotency::reused())),
    }
    let after = json!({ "name": new.name, "slug": new.slug, "brand": new.brand, "logoUrl": new.logo_url });
    match store::found(&writer, new).await? {
        Founded::Made => {}
        Founded::Taken => return Ok(Err(slug_taken())),
        Founded::Many => {
            let message = "you own as many tenants on trial as you may: become a customer with one of them first";
            return Ok(Err(UserError::general(UserErrorCode::QuotaExceeded, message)));
        }
        Founded::Unproven => {
            let message = "prove first that your address is yours: follow the link in the mail that you got";
            return Ok(Err(UserError::general(UserErrorCode::EmailNotVerified, message)));
        }
    }
    if let (Some(session), None) = (writer.caller.session, &writer.caller.presence) {
        store::settle(&writer, session, id).await?;
    }
    // What is written down of it belongs to the tenant that was made.
    go(&writer, id).await?;
    writer.audit_in(id, Record::of("tenant.create", id).after(after)).await?;
    let member = json!({ "userId": writer.caller.user, "role": BaseRole::Owner.key() });
    writer.audit_in(id, Record::of("tenant_membership.create", membership).after(member)).await?;
    writer.commit().await?;
    Ok(Ok(id))
}
