//! The mutation `deleteBusiness`.

use std::sync::Arc;

use entity::deletion::DeletionKind;
use entity::id::{BusinessId, DeletionId};
use migration::catalog::Permission;
use serde_json::json;

use super::store;
use super::target::Target;
use crate::audit::Record;
use crate::clock;
use crate::error::Error;
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, Object, ObjectType};
use crate::request::Request;
use crate::tenancy::deletion::Entry;
use crate::user_error::UserError;

#[derive(Clone, Default)]
struct DeleteBusinessInput {
    business: Option<BusinessId>,
    client_mutation_id: Option<String>,
}

impl InputObject for DeleteBusinessInput {
    const NAME: &'static str = "DeleteBusinessInput";
    const DESCRIPTION: &'static str = "Which business to delete.";

    fn fields() -> Fields<Self> {
        Fields::default().field("businessId", "The business.", |into: &mut Self, Id(id)| into.business = Some(id)).field(
            "clientMutationId",
            "Comes back in the payload.",
            |into, id| into.client_mutation_id = id,
        )
    }
}

struct DeleteBusinessPayload {
    deleted: Option<Id<BusinessId>>,
    deletion: Option<Id<DeletionId>>,
    client_mutation_id: Option<String>,
}

impl Object for DeleteBusinessPayload {
    fn name() -> &'static str {
        "DeleteBusinessPayload"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("What came of `deleteBusiness`.")
            .field("deletedBusinessId", "The business that is gone: keep it, to restore it.", |payload: &Self| &payload.deleted)
            .field("deletionId", "The deletion, as the audit log names it.", |payload| &payload.deletion)
            .inline_many("userErrors", "What you can mend: nothing so far.", |_| Vec::<Arc<UserError>>::new())
            .field("clientMutationId", "As it was sent.", |payload| &payload.client_mutation_id)
    }
}

/// Adds `deleteBusiness`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation
        .root(
            "deleteBusiness",
            "Deletes a business; `restoreBusiness` brings it back as it was. Its legal name is free. Needs the permission `businesses.delete` in its \
             organization.",
            delete_business,
        )
        .asks(Permission::BusinessesDelete)
}

async fn delete_business(
    request: Request,
    arguments: Arc<InputArgument<DeleteBusinessInput>>,
) -> Result<Option<Arc<DeleteBusinessPayload>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(id) = input.business else { return Err(Error::bad_input("`input.businessId` is required")) };
    let writer = request.writer().await?;
    let target = Target::open(&writer, id, Permission::BusinessesDelete).await?;
    let deletion: DeletionId = clock::new_id();
    store::delete(&writer, id, deletion).await?;
    let entry = Entry::of(deletion, DeletionKind::Business, id).within(target.organization);
    entry.called(&target.facts.legal_name).list(&writer).await?;
    let mut gone = target.facts.said();
    gone["deletionId"] = json!(deletion);
    writer.audit(Record::of("business.delete", id).within(target.organization).before(gone)).await?;
    writer.commit().await?;
    Ok(Some(Arc::new(DeleteBusinessPayload {
        deleted: Some(Id(id)),
        deletion: Some(Id(deletion)),
        client_mutation_id: input.client_mutation_id.clone(),
    })))
}
