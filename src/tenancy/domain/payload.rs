//! What the mutations of domains take and answer.

use std::marker::PhantomData;
use std::sync::Arc;

use entity::id::OrganizationId;

use super::store::Challenge;
use super::{LABEL, SAYS};
use crate::error::Error;
use crate::graph::{Fields, Id, InputObject, Object, ObjectType};
use crate::request::Request;
use crate::tenancy::organization::{Organization, organizations_by_id};
use crate::user_error::UserError;

/// A mutation of a domain.
pub(super) trait DomainMutation: Clone + Default + Send + Sync + 'static {
    /// The name of the input's type.
    const INPUT: &'static str;
    /// The name of the payload's type.
    const PAYLOAD: &'static str;
    /// What the payload is.
    const DESCRIPTION: &'static str;
}

/// Which organization, of either mutation.
#[derive(Clone, Default)]
pub(super) struct DomainInput<M> {
    pub organization: Option<OrganizationId>,
    pub client_mutation_id: Option<String>,
    of: PhantomData<fn(M)>,
}

impl<M: DomainMutation> InputObject for DomainInput<M> {
    const NAME: &'static str = M::INPUT;
    const DESCRIPTION: &'static str = "The organization whose domain is meant.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("organizationId", "The organization.", |into: &mut Self, Id(id)| into.organization = Some(id))
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

/// What came of either.
pub(super) struct DomainPayload<M> {
    organization: Option<Arc<Organization>>,
    challenge: Option<Challenge>,
    user_errors: Vec<Arc<UserError>>,
    client_mutation_id: Option<String>,
    of: PhantomData<fn(M)>,
}

impl<M: DomainMutation> DomainPayload<M> {
    /// The organization as it is now, and the record that is looked for.
    pub async fn of(
        request: Request,
        input: &DomainInput<M>,
        challenge: Option<Challenge>,
        user_errors: Vec<Arc<UserError>>,
    ) -> Result<Option<Arc<Self>>, Error> {
        let mut organization = None;
        if let (Some(id), true) = (input.organization, user_errors.is_empty()) {
            organization = organizations_by_id(request, vec![id]).await?.remove(&id);
        }
        let client_mutation_id = input.client_mutation_id.clone();
        Ok(Some(Arc::new(Self { organization, challenge, user_errors, client_mutation_id, of: PhantomData })))
    }
}

impl<M: DomainMutation> Object for DomainPayload<M> {
    fn name() -> &'static str {
        M::PAYLOAD
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new(M::DESCRIPTION)
            .inline_one("organization", "The organization as it is now; null where there are user errors.", |payload: &Self| {
                payload.organization.clone()
            })
            .computed(
                "recordName",
                "The name of the TXT record that is looked for: `_tenantry.` and the domain. Null where nothing is.",
                |payload| payload.challenge.as_ref().map(|challenge| format!("{LABEL}.{}", challenge.domain)),
            )
            .computed("recordValue", "What the record must say: `tenantry-verification=` and a token.", |payload| {
                payload.challenge.as_ref().map(|challenge| format!("{SAYS}{}", challenge.token))
            })
            .inline_many("userErrors", "What you can mend. Nothing was proven where there are some.", |payload| {
                payload.user_errors.clone()
            })
            .field("clientMutationId", "As it was sent.", |payload| &payload.client_mutation_id)
    }
}
