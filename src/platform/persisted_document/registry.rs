//! The registered documents that are being run, ready to run.
//!
//! What was found holds for as long as the tenant's access version stands, which every request reads when it enters: whatever decides
//! whether a document runs bumps it. So one that was revoked a moment ago is found nowhere any more, on no node, and finding one
//! that was run before takes no statement. Documents of strangers cannot push these out, because they are kept apart.

use std::sync::Arc;

use async_graphql::parser::types::OperationDefinition;
use async_graphql::{Name, Value, indexmap::IndexMap};
use entity::id::{PersistedDocumentId, TenantId};
use moka::sync::Cache;

use super::bound::Bound;
use super::document_id::DocumentId;
use super::store::{self, Runnable};
use crate::document::Document;
use crate::error::Error;
use crate::request::{Reader, Request};

/// Documents are kept up to so many bytes.
const KEPT: u64 = 32 * 1024 * 1024;
/// What an entry takes besides the document itself.
const ENTRY: usize = 300;

/// A document that the caller may run.
#[derive(Debug)]
pub struct Registered {
    /// Which one.
    pub id: PersistedDocumentId,
    /// Whose.
    pub tenant: TenantId,
    /// Ready to run.
    pub document: Arc<Document>,
    bounds: Vec<Bound>,
}

impl Registered {
    /// What is wrong with the variables of a request: each that lies beyond its bound.
    #[must_use]
    pub fn violations(&self, operation: &OperationDefinition, variables: &IndexMap<Name, Value>) -> Vec<Error> {
        self.bounds.iter().filter_map(|bound| bound.violation(operation, variables)).map(Error::bad_input).collect()
    }
}

/// Who may run what: the tenant, the client where the caller is one, and the id that it sent.
type Key = (TenantId, Option<String>, DocumentId);

/// What was found, at which access version.
#[derive(Clone)]
struct Found {
    version: i64,
    weight: u32,
    registered: Option<Arc<Registered>>,
}

/// What is known of documents. Cheap to clone.
#[derive(Clone)]
pub struct Registry(Cache<Key, Found>);

impl Default for Registry {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(KEPT).weigher(|_, found: &Found| found.weight).build())
    }
}

impl Registry {
    /// The document that the caller means by this id, if it may run it: an API key those of its client, a session all of its
    /// tenant. That there is none is said in one way, whatever the reason.
    pub async fn find(&self, request: &Request, id: &DocumentId) -> Result<Option<Arc<Registered>>, Error> {
        self.look_up(request, id, false).await
    }

    /// The same for an id that is expected to be no registered document's: that it is none is kept, too.
    pub async fn find_unlikely(&self, request: &Request, id: &DocumentId) -> Result<Option<Arc<Registered>>, Error> {
        self.look_up(request, id, true).await
    }

    async fn look_up(&self, request: &Request, id: &DocumentId, keeps_absence: bool) -> Result<Option<Arc<Registered>>, Error> {
        let reader = request.reader().await?;
        let Some(presence) = &reader.caller.presence else { return Ok(None) };
        let client = client(&reader).map(str::to_owned);
        let key = (presence.tenant, client, id.clone());
        let version = presence.access_version;
        if let Some(found) = self.0.get(&key).filter(|found| found.version == version) {
            return Ok(found.registered);
        }
        let Some(Runnable { id, body, bounds }) = store::runnable(&reader, id, key.1.as_deref()).await? else {
            if keeps_absence {
                self.0.insert(key, Found { version, weight: weight(0), registered: None });
            }
            return Ok(None);
        };
        // It was valid when it was registered. Where the schema has changed under it since, its client is told what does not fit.
        let document = request.documents().get(&body).await.map_err(|refusal| match refusal.errors.into_iter().next() {
            Some(error) => error,
            None => Error::internal("a document was refused without a word"),
        })?;
        let registered = Some(Arc::new(Registered { id, tenant: presence.tenant, document, bounds }));
        self.0.insert(key, Found { version, weight: weight(body.len()), registered: registered.clone() });
        Ok(registered)
    }
}

/// The client as which the caller runs documents; `None`: it may run those of all.
fn client(reader: &Reader) -> Option<&str> {
    reader.caller.api_key.as_ref().map(|key| &*key.client)
}

/// Syntax trees are some ten times as large as their text.
fn weight(text: usize) -> u32 {
    u32::try_from(text * 10 + ENTRY).unwrap_or(u32::MAX)
}
