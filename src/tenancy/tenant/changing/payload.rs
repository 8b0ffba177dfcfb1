//! What the mutations of tenants answer.

use std::marker::PhantomData;
use std::sync::Arc;

use entity::id::TenantId;

use crate::error::Error;
use crate::graph::{Object, ObjectType};
use crate::request::Request;
use crate::tenancy::tenant::{Tenant, tenants_by_id};
use crate::user_error::UserError;

/// A mutation of a tenant.
pub(super) trait TenantMutation: Send + Sync + 'static {
    /// The name of the payload's type.
    const PAYLOAD: &'static str;
    /// What the payload is.
    const DESCRIPTION: &'static str;
}

/// What came of it.
pub(super) struct TenantPayload<M> {
    tenant: Option<Arc<Tenant>>,
    user_errors: Vec<Arc<UserError>>,
    client_mutation_id: Option<String>,
    of: PhantomData<fn(M)>,
}

impl<M: TenantMutation> TenantPayload<M> {
    /// The tenant as it is now, or what is to be mended.
    pub async fn of(
        request: Request,
        written: Result<TenantId, Vec<Arc<UserError>>>,
        client_mutation_id: Option<&String>,
    ) -> Result<Option<Arc<Self>>, Error> {
        let (tenant, user_errors) = match written {
            Ok(id) => (tenants_by_id(request, vec![id]).await?.remove(&id), Vec::new()),
            Err(user_errors) => (None, user_errors),
        };
        Ok(Some(Arc::new(Self { tenant, user_errors, client_mutation_id: client_mutation_id.cloned(), of: PhantomData })))
    }
}

impl<M: TenantMutation> Object for TenantPayload<M> {
    fn name() -> &'static str {
        M::PAYLOAD
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new(M::DESCRIPTION)
            .inline_one("tenant", "The tenant as it is now; null where there are user errors.", |payload: &Self| {
                payload.tenant.clone()
            })
            .inline_many("userErrors", "What you can mend. Nothing was written where there are some.", |payload| {
                payload.user_errors.clone()
            })
            .field("clientMutationId", "As it was sent.", |payload| &payload.client_mutation_id)
    }
}
