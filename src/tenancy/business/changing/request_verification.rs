//! The mutation `requestBusinessVerification`.

use std::sync::Arc;

use entity::business::BusinessVerification;
use entity::id::BusinessId;
use migration::catalog::Permission;
use serde_json::{Value, json};

use super::super::VerificationDocument;
use super::payload::{Answered, BusinessMutation, BusinessPayload};
use super::store;
use super::target::Target;
use crate::audit::Record;
use crate::error::Error;
use crate::graph::{Fields, Id, InputArgument, InputObject, InputOf, Mutation, ObjectType};
use crate::request::Request;
use crate::user_error::{UserError, UserErrorCode};

const MOST_DOCUMENTS: usize = 20;
const LONGEST_NAME: usize = 200;
const LONGEST_REFERENCE: usize = 2_000;

impl InputObject for VerificationDocument {
    const NAME: &'static str = "VerificationDocumentInput";
    const DESCRIPTION: &'static str = "What proves what a business is: a reference to a document that you keep.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("name", "What it is, such as `Extract of the commercial register`.", |into: &mut Self, name| into.name = name)
            .field("reference", "Where it is kept: an address, or an id of your storage.", |into, reference| {
                into.reference = reference;
            })
    }
}

#[derive(Clone, Default)]
struct RequestBusinessVerificationInput {
    business: Option<BusinessId>,
    documents: Vec<InputOf<VerificationDocument>>,
    client_mutation_id: Option<String>,
}

impl InputObject for RequestBusinessVerificationInput {
    const NAME: &'static str = "RequestBusinessVerificationInput";
    const DESCRIPTION: &'static str = "Which business is to be verified, and what proves it.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("businessId", "The business: one that is unverified, or was rejected.", |into: &mut Self, Id(id)| {
                into.business = Some(id);
            })
            .field(
                "documents",
                "What proves it: 1 to 20 documents. They replace those of an earlier request.",
                |into, documents| {
                    into.documents = documents;
                },
            )
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

struct RequestBusinessVerification;

impl BusinessMutation for RequestBusinessVerification {
    const PAYLOAD: &'static str = "RequestBusinessVerificationPayload";
    const DESCRIPTION: &'static str = "What came of `requestBusinessVerification`.";
}

/// Adds `requestBusinessVerification`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation
        .root(
            "requestBusinessVerification",
            "Asks that a business be verified: whoever may (`businesses.verify`) decides by `verifyBusiness` or `rejectBusiness`. Needs the \
             permission `businesses.update` in its organization.",
            request_verification,
        )
        .asks(Permission::BusinessesUpdate)
}

/// What is wrong with the documents, if anything.
fn complaints(documents: &[VerificationDocument]) -> Vec<Arc<UserError>> {
    let mut errors = Vec::new();
    if documents.is_empty() || documents.len() > MOST_DOCUMENTS {
        let message = format!("name 1 to {MOST_DOCUMENTS} documents");
        errors.push(UserError::at(&["documents"], UserErrorCode::Invalid, message));
    }
    for (place, document) in documents.iter().enumerate() {
        let texts = [("name", &document.name, LONGEST_NAME), ("reference", &document.reference, LONGEST_REFERENCE)];
        for (field, text, longest) in texts {
            let path = ["documents", &place.to_string(), field];
            if text.is_empty() {
                errors.push(UserError::at(&path, UserErrorCode::Invalid, "it must not be blank"));
            } else if text.chars().count() > longest {
                let message = format!("it must have at most {longest} characters");
                errors.push(UserError::at(&path, UserErrorCode::TooLong, message));
            }
        }
    }
    errors
}

async fn request_verification(
    request: Request,
    arguments: Arc<InputArgument<RequestBusinessVerificationInput>>,
) -> Answered<RequestBusinessVerification> {
    let InputArgument(input) = &*arguments;
    let Some(id) = input.business else { return Err(Error::bad_input("`input.businessId` is required")) };
    let trimmed = |InputOf(document): &InputOf<VerificationDocument>| VerificationDocument {
        name: document.name.trim().to_owned(),
        reference: document.reference.trim().to_owned(),
    };
    let documents: Vec<VerificationDocument> = input.documents.iter().map(trimmed).collect();
    let mut errors = complaints(&documents);
    let writer = request.writer().await?;
    let target = Target::open(&writer, id, Permission::BusinessesUpdate).await?;
    match target.verification {
        BusinessVerification::Unverified | BusinessVerification::Rejected => {}
        BusinessVerification::Pending => {
            errors.push(UserError::general(
                UserErrorCode::AlreadyDone,
                "its verification was asked for already: wait for the answer",
            ));
        }
        BusinessVerification::Verified => {
            errors.push(UserError::general(UserErrorCode::AlreadyDone, "it is verified already"));
        }
    }
    let outcome = if errors.is_empty() {
        let stored: Value =
            documents.iter().map(|document| json!({ "name": document.name, "reference": document.reference })).collect();
        let names: Vec<&str> = documents.iter().map(|document| document.name.as_str()).collect();
        let record = Record::of("business.request_verification", id)
            .within(target.organization)
            .before(json!({ "verification": target.verification.as_str() }))
            .after(json!({ "verification": BusinessVerification::Pending.as_str(), "documents": names }));
        store::ask_for_verification(&writer, id, stored).await?;
        writer.audit(record).await?;
        writer.commit().await?;
        Ok(id)
    } else {
        Err(errors)
    };
    BusinessPayload::of(request, outcome, input.client_mutation_id.as_ref()).await
}
