//! Which document a request runs: the text that it sent, one that was sent before, or one that is registered.
//!
//! To whoever may not run a document it does not exist: unknown, another client's and revoked ones are answered in the same words,
//! and found by the same statement.

use std::sync::Arc;

use super::answer::Refusal;
use super::parameters::{Asked, Parameters};
use super::payment;
use crate::document::{self, Document};
use crate::error::{Code, Error};
use crate::gateway::Gateway;
use crate::platform::persisted_document::{DocumentId, Registered};
use crate::request::Request;

/// The document of a request.
pub(super) struct Found {
    pub document: Arc<Document>,
    /// Which registered one it is.
    pub registered: Option<Arc<Registered>>,
    /// Was it named by an id, so that its answer may be kept by whoever asked?
    pub by_id: bool,
}

/// Why there is none.
pub(super) enum Missing {
    /// What was sent, or who sent it, is refused.
    Refused(Refusal),
    /// The text is wrong.
    Wrong(document::Refusal),
}

impl From<Error> for Missing {
    fn from(error: Error) -> Self {
        Self::Refused(error.into())
    }
}

impl From<Refusal> for Missing {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Found {
    fn of_text(document: Arc<Document>) -> Self {
        Self { document, registered: None, by_id: false }
    }

    fn of_registered(registered: Arc<Registered>) -> Self {
        Self { document: Arc::clone(&registered.document), registered: Some(registered), by_id: true }
    }
}

/// Finds the document of a request.
pub(super) async fn find(gateway: &Gateway, request: &Request, parameters: &Parameters) -> Result<Found, Missing> {
    match &parameters.asked {
        Asked::Text(text) => {
            may_send_texts(request).await?;
            gateway.documents.get(text).await.map(Found::of_text).map_err(Missing::Wrong)
        }
        Asked::Id(id) => match registered(gateway, request, id).await? {
            Some(registered) => Ok(Found::of_registered(registered)),
            None => Err(not_found().into()),
        },
        Asked::AutomaticText(text, hash) => {
            may_send_texts(request).await?;
            let document = gateway.documents.get(text).await.map_err(Missing::Wrong)?;
            // Only what somebody sent whose token holds is kept: strangers fill nothing.
            if is_front_end(request).await? {
                gateway.automatic.keep(*hash, text);
            }
            Ok(Found::of_text(document))
        }
        Asked::AutomaticHash(hash, id) => automatic(gateway, request, hash, id).await,
    }
}

/// A hash without its text: a registered document goes before one that was sent.
async fn automatic(gateway: &Gateway, request: &Request, hash: &[u8; 32], id: &DocumentId) -> Result<Found, Missing> {
    let sent = if is_front_end(request).await? { gateway.automatic.get(hash) } else { None };
    let Some(text) = sent else {
        return match registered(gateway, request, id).await? {
            Some(registered) => Ok(Found::of_registered(registered)),
            None => Err(not_found().into()),
        };
    };
    if let Some(registered) = gateway.registry.find_unlikely(request, id).await? {
        return Ok(Found::of_registered(registered));
    }
    let document = gateway.documents.get(&text).await.map_err(Missing::Wrong)?;
    Ok(Found { by_id: true, ..Found::of_text(document) })
}

async fn registered(gateway: &Gateway, request: &Request, id: &DocumentId) -> Result<Option<Arc<Registered>>, Refusal> {
    // A stranger is in no tenant, so nothing is registered for it.
    if request.is_anonymous() {
        return Ok(None);
    }
    enter(request).await?;
    Ok(gateway.registry.find(request, id).await?)
}

/// Refuses texts of API keys that run registered documents only, before anything is said of the text.
async fn may_send_texts(request: &Request) -> Result<(), Refusal> {
    if !request.is_by_api_key() {
        return Ok(());
    }
    enter(request).await?;
    if request.reader().await?.caller.api_key.as_ref().is_some_and(|key| key.documents_only) {
        let message = "this API key runs registered documents only: send a `documentId`";
        return Err(Error::client(Code::DocumentRequired, message).into());
    }
    Ok(())
}

/// Is this somebody who has signed in, and whose token holds? What API keys send is not kept.
async fn is_front_end(request: &Request) -> Result<bool, Refusal> {
    if request.is_anonymous() || request.is_by_api_key() {
        return Ok(false);
    }
    enter(request).await?;
    Ok(true)
}

/// Whoever guesses tokens pays for it.
async fn enter(request: &Request) -> Result<(), Refusal> {
    payment::payer(request).await?;
    payment::enter(request).await
}

/// In these very words: clients know them.
fn not_found() -> Error {
    Error::client(Code::PersistedQueryNotFound, "PersistedQueryNotFound")
}
