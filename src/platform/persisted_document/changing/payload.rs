//! What mutations of registered documents answer.

use std::sync::Arc;

use entity::id::PersistedDocumentId;

use crate::error::Error;
use crate::graph::{Object, ObjectType};
use crate::platform::persisted_document::PersistedDocument;
use crate::platform::persisted_document::store::visible_documents;
use crate::request::Request;
use crate::user_error::UserError;

/// The documents that a mutation leaves, and what its user can mend.
pub(super) struct Outcome {
    documents: Vec<Arc<PersistedDocument>>,
    user_errors: Vec<Arc<UserError>>,
    client_mutation_id: Option<String>,
}

impl Outcome {
    /// Nothing was done.
    pub fn refused(user_errors: Vec<Arc<UserError>>, client_mutation_id: Option<String>) -> Self {
        Self { documents: Vec::new(), user_errors, client_mutation_id }
    }

    /// These are as they are stored now.
    pub async fn done(request: Request, ids: Vec<PersistedDocumentId>, client_mutation_id: Option<String>) -> Result<Self, Error> {
        let mut found = visible_documents(request, ids.clone()).await?;
        let documents = ids.iter().filter_map(|id| found.remove(id)).collect();
        Ok(Self { documents, user_errors: Vec::new(), client_mutation_id })
    }
}

/// What came of `publishDocuments`.
pub(super) struct Published(pub Outcome);

impl Object for Published {
    fn name() -> &'static str {
        "PublishDocumentsPayload"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("What came of `publishDocuments`.")
            .inline_many(
                "documents",
                "The documents as they are registered now; none where there are user errors.",
                |payload: &Self| payload.0.documents.clone(),
            )
            .inline_many("userErrors", "What you can mend. Nothing was registered where there are some.", |payload| {
                payload.0.user_errors.clone()
            })
            .field("clientMutationId", "As it was sent.", |payload| &payload.0.client_mutation_id)
    }
}

/// What came of `deprecateDocument`.
pub(super) struct Deprecated(pub Outcome);

impl Object for Deprecated {
    fn name() -> &'static str {
        "DeprecateDocumentPayload"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("What came of `deprecateDocument`.")
            .inline_one("document", "The document as it is registered now; null where there are user errors.", |payload: &Self| {
                payload.0.documents.first().cloned()
            })
            .inline_many("userErrors", "What you can mend. Nothing was changed where there are some.", |payload| {
                payload.0.user_errors.clone()
            })
            .field("clientMutationId", "As it was sent.", |payload| &payload.0.client_mutation_id)
    }
}

/// What came of `revokeDocument`.
pub(super) struct Revoked(pub Outcome);

impl Object for Revoked {
    fn name() -> &'static str {
        "RevokeDocumentPayload"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("What came of `revokeDocument`.")
            .inline_one("document", "The document as it is stored now; null where there are user errors.", |payload: &Self| {
                payload.0.documents.first().cloned()
            })
            .inline_many("userErrors", "What you can mend. Nothing was changed where there are some.", |payload| {
                payload.0.user_errors.clone()
            })
            .field("clientMutationId", "As it was sent.", |payload| &payload.0.client_mutation_id)
    }
}
