//! What mutations of businesses answer.

use std::marker::PhantomData;
use std::sync::Arc;

use entity::id::BusinessId;

use super::super::Business;
use super::super::store::visible_businesses;
use crate::error::Error;
use crate::graph::{Object, ObjectType};
use crate::request::Request;
use crate::user_error::UserError;

/// A mutation whose payload shows a business.
pub(super) trait BusinessMutation: Send + Sync + 'static {
    /// The name of the payload's type.
    const PAYLOAD: &'static str;
    /// What the payload is.
    const DESCRIPTION: &'static str;
}

/// What came of it.
pub(super) struct BusinessPayload<M> {
    business: Option<Arc<Business>>,
    user_errors: Vec<Arc<UserError>>,
    client_mutation_id: Option<String>,
    of: PhantomData<M>,
}

/// What a field answers.
pub(super) type Answered<M> = Result<Option<Arc<BusinessPayload<M>>>, Error>;

impl<M: BusinessMutation> BusinessPayload<M> {
    /// Of a mutation that was committed, or of one that wrote nothing.
    pub async fn of(
        request: Request,
        outcome: Result<BusinessId, Vec<Arc<UserError>>>,
        client_mutation_id: Option<&String>,
    ) -> Answered<M> {
        let (business, user_errors) = match outcome {
            Ok(id) => (visible_businesses(request, vec![id]).await?.remove(&id), Vec::new()),
            Err(user_errors) => (None, user_errors),
        };
        Ok(Some(Arc::new(Self { business, user_errors, client_mutation_id: client_mutation_id.cloned(), of: PhantomData })))
    }
}

impl<M: BusinessMutation> Object for BusinessPayload<M> {
    fn name() -> &'static str {
        M::PAYLOAD
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new(M::DESCRIPTION)
            .inline_one(
                "business",
                "The business as it is now; null where there are user errors, and where you may not read it.",
                |payload: &Self| payload.business.clone(),
            )
            .inline_many("userErrors", "What you can mend. Nothing was written where there are some.", |payload| {
                payload.user_errors.clone()
            })
            .field("clientMutationId", "As it was sent.", |payload| &payload.client_mutation_id)
    }
}
