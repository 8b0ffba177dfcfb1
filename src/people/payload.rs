//! What the mutations of this folder share: a payload that says nothing but what is to be mended, and answers that take as long
//! whoever they are about.

use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use crate::graph::{Object, ObjectType};
use crate::user_error::UserError;

/// What is found out about an address, and by how much, is hidden in this time: it is far longer than what is done for an address
/// that is known, and one that is not.
const HIDING: Duration = Duration::from_millis(250);

/// A mutation whose payload shows nothing.
pub(super) trait PlainMutation: Send + Sync + 'static {
    /// The name of the payload's type.
    const PAYLOAD: &'static str;
    /// What the payload is.
    const DESCRIPTION: &'static str;
}

/// What came of it.
pub(super) struct Plain<M> {
    user_errors: Vec<Arc<UserError>>,
    client_mutation_id: Option<String>,
    of: PhantomData<fn(M)>,
}

impl<M: PlainMutation> Plain<M> {
    /// It was done, or there is something to mend.
    pub fn new(user_errors: Vec<Arc<UserError>>, client_mutation_id: Option<&String>) -> Arc<Self> {
        Arc::new(Self { user_errors, client_mutation_id: client_mutation_id.cloned(), of: PhantomData })
    }
}

impl<M: PlainMutation> Object for Plain<M> {
    fn name() -> &'static str {
        M::PAYLOAD
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new(M::DESCRIPTION)
            .inline_many("userErrors", "What you can mend. Nothing was done where there are some.", |payload: &Self| {
                payload.user_errors.clone()
            })
            .field("clientMutationId", "As it was sent.", |payload| &payload.client_mutation_id)
    }
}

/// Does something whose time would tell whether an address is known, and answers no sooner than it is done.
pub(super) async fn as_long_for_everybody<T>(work: impl Future<Output = T>) -> T {
    let (done, ()) = tokio::join!(work, tokio::time::sleep(HIDING));
    done
}
