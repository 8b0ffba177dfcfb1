//! The list of API keys: which of them are shown.

use std::sync::Arc;

use entity::id::OrganizationId;
use migration::catalog::Permission;

use super::{ApiKey, store};
use crate::access::Scope;
use crate::error::Error;
use crate::graph::{Arguments, Connection, Fields, Id, InputObject, InputOf};
use crate::page::Page;
use crate::request::Request;

/// Which keys are shown; conditions are all to be met.
#[derive(Clone, Debug, Default)]
pub(super) struct ApiKeyFilter {
    pub client: Option<String>,
    pub organization: Option<OrganizationId>,
    pub is_active: Option<bool>,
}

/// The arguments of `apiKeys`.
#[derive(Clone, Debug, Default)]
pub(super) struct ApiKeyArguments {
    pub filter: ApiKeyFilter,
}

impl Arguments for ApiKeyArguments {
    fn fields() -> Fields<Self> {
        Fields::default().field(
            "filter",
            "Which keys; all that you may see where it is left out.",
            |into: &mut Self, filter: Option<InputOf<_>>| {
                into.filter = filter.map(|InputOf(filter)| filter).unwrap_or_default();
            },
        )
    }
}

impl InputObject for ApiKeyFilter {
    const NAME: &'static str = "ApiKeyFilter";
    const DESCRIPTION: &'static str = "Which API keys are shown. Conditions are all to be met.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("client", "The partner or program that has them.", |into: &mut Self, client| into.client = client)
            .field("organization", "The one organization that they work in.", |into, organization: Option<Id<OrganizationId>>| {
                into.organization = organization.map(|Id(id)| id);
            })
            .field("isActive", "Only those that hold, or only those that do not.", |into, is_active| into.is_active = is_active)
    }
}

pub(super) async fn api_keys(
    request: Request,
    parents: Vec<()>,
    page: Page<ApiKeyArguments>,
) -> Result<Vec<Arc<Connection<ApiKey>>>, Error> {
    let reader = request.reader().await?;
    let in_tenant = reader.denial(Permission::ApiKeysRead, Scope::Tenant).await?;
    let organizations = reader.organizations(Permission::ApiKeysRead).await?;
    if let (Some(denial), true) = (&in_tenant, organizations.is_empty()) {
        return Err(denial.clone().into());
    }
    let connection = Arc::new(store::page(&reader, in_tenant.is_none(), &organizations, &page).await?);
    Ok(vec![connection; parents.len()])
}
