//! The mutation `restoreBusiness`.

use std::sync::Arc;

use entity::id::BusinessId;
use migration::catalog::Permission;
use serde_json::json;

use super::payload::{Answered, BusinessMutation, BusinessPayload};
use super::store::{self, Refused};
use super::target::{not_found, require};
use crate::audit::Record;
use crate::error::Error;
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, ObjectType};
use crate::request::Request;
use crate::tenancy::organization::is_living;
use crate::user_error::{UserError, UserErrorCode};

#[derive(Clone, Default)]
struct RestoreBusinessInput {
    business: Option<BusinessId>,
    client_mutation_id: Option<String>,
}

impl InputObject for RestoreBusinessInput {
    const NAME: &'static str = "RestoreBusinessInput";
    const DESCRIPTION: &'static str = "Which business to restore.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("businessId", "The business: one that was deleted by itself.", |into: &mut Self, Id(id)| {
                into.business = Some(id);
            })
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

struct RestoreBusiness;

impl BusinessMutation for RestoreBusiness {
    const PAYLOAD: &'static str = "RestoreBusinessPayload";
    const DESCRIPTION: &'static str = "What came of `restoreBusiness`.";
}

/// Adds `restoreBusiness`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation
        .root(
            "restoreBusiness",
            "Brings a deleted business back as it was, its verification included. One that went with its organization comes back with it \
             (`restoreOrganization`). Needs the permission `businesses.delete` in its organization.",
            restore_business,
        )
        .asks(Permission::BusinessesDelete)
}

async fn restore_business(request: Request, arguments: Arc<InputArgument<RestoreBusinessInput>>) -> Answered<RestoreBusiness> {
    let InputArgument(input) = &*arguments;
    let Some(id) = input.business else { return Err(Error::bad_input("`input.businessId` is required")) };
    let writer = request.writer().await?;
    let deleted = store::lock_deleted(&writer, id).await?.ok_or_else(not_found)?;
    require(&writer, deleted.organization, Permission::BusinessesDelete).await?;
    if !is_living(&writer, deleted.organization).await? {
        return Err(not_found());
    }
    let outcome = match store::revive(&writer, id).await? {
        Some(Refused::NameTaken) => {
            let message = format!("the legal name `{}` is taken by now: rename whatever has it", deleted.legal_name);
            Err(vec![UserError::general(UserErrorCode::Taken, message)])
        }
        None => {
            let back = json!({ "legalName": deleted.legal_name, "deletionId": deleted.deletion });
            writer.audit(Record::of("business.restore", id).within(deleted.organization).after(back)).await?;
            writer.commit().await?;
            Ok(id)
        }
    };
    BusinessPayload::of(request, outcome, input.client_mutation_id.as_ref()).await
}
