//! The mutations `deprecateDocument` and `revokeDocument`.

use std::sync::Arc;

use entity::id::PersistedDocumentId;
use migration::catalog::Permission;
use serde_json::json;

use super::payload::{Deprecated, Outcome, Revoked};
use super::store;
use crate::access::Scope;
use crate::audit::Record;
use crate::error::{Code, Error};
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, ObjectType};
use crate::request::Request;
use crate::user_error::{UserError, UserErrorCode};

#[derive(Clone, Default)]
struct DeprecateDocumentInput(Named);

#[derive(Clone, Default)]
struct RevokeDocumentInput(Named);

/// Which document is meant.
#[derive(Clone, Default)]
struct Named {
    document: Option<PersistedDocumentId>,
    client_mutation_id: Option<String>,
}

impl Named {
    fn fields() -> Fields<Self> {
        Fields::default()
            .field("documentId", "The id of the document: `pdoc_…`.", |into: &mut Self, Id(id)| into.document = Some(id))
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

impl InputObject for DeprecateDocumentInput {
    const NAME: &'static str = "DeprecateDocumentInput";
    const DESCRIPTION: &'static str = "The document to deprecate.";

    fn fields() -> Fields<Self> {
        Fields::default().embed(Named::fields(), |into: &mut Self| &mut into.0)
    }
}

impl InputObject for RevokeDocumentInput {
    const NAME: &'static str = "RevokeDocumentInput";
    const DESCRIPTION: &'static str = "The document to revoke.";

    fn fields() -> Fields<Self> {
        Fields::default().embed(Named::fields(), |into: &mut Self| &mut into.0)
    }
}

/// Adds `deprecateDocument`.
pub(super) fn deprecate(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation
        .root(
            "deprecateDocument",
            "Says that a registered document is to be replaced; it runs all the same. Needs the permission `documents.manage`.",
            async |request: Request, arguments: Arc<InputArgument<DeprecateDocumentInput>>| {
                let outcome = retire(request, &arguments.0.0, Way::Deprecate).await?;
                Ok(Some(Arc::new(Deprecated(outcome))))
            },
        )
        .asks(Permission::DocumentsManage)
}

/// Adds `revokeDocument`.
pub(super) fn revoke(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation
        .root(
            "revokeDocument",
            "Lets a registered document run no more, from the next request on. Needs the permission `documents.manage`.",
            async |request: Request, arguments: Arc<InputArgument<RevokeDocumentInput>>| {
                let outcome = retire(request, &arguments.0.0, Way::Revoke).await?;
                Ok(Some(Arc::new(Revoked(outcome))))
            },
        )
        .asks(Permission::DocumentsManage)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Deprecate,
    Revoke,
}

async fn retire(request: Request, input: &Named, way: Way) -> Result<Outcome, Error> {
    let Some(id) = input.document else { return Err(Error::bad_input("`input.documentId` is required")) };
    let writer = request.writer().await?;
    writer.require(Permission::DocumentsManage, Scope::Tenant).await?;
    let Some(before) = store::lock(&writer, id).await? else {
        return Err(Error::client(Code::NotFound, "there is no such document"));
    };
    let done = before.is_revoked || (way == Way::Deprecate && before.is_deprecated);
    if done {
        writer.roll_back().await?;
        let message = if before.is_revoked { "the document was revoked already" } else { "the document was deprecated already" };
        let error = UserError::at(&["documentId"], UserErrorCode::AlreadyDone, message);
        return Ok(Outcome::refused(vec![error], input.client_mutation_id.clone()));
    }
    let action = match way {
        Way::Deprecate => {
            store::deprecate(&writer, id).await?;
            "document.deprecate"
        }
        Way::Revoke => {
            store::revoke(&writer, id).await?;
            "document.revoke"
        }
    };
    writer.audit(Record::of(action, id).after(json!({ "client": before.client }))).await?;
    writer.commit().await?;
    Outcome::done(request, vec![id], input.client_mutation_id.clone()).await
}
