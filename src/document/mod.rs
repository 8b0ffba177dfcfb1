//! A GraphQL document before it runs: measured, parsed and validated once, then kept.

mod analysis;
mod nesting;

use std::sync::Arc;

use async_graphql::dynamic::Schema;
use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use async_graphql::parser::types::{DocumentOperations, ExecutableDocument};
use async_graphql::{Name, Request, Response, async_trait};
use moka::sync::Cache;
use sha2::{Digest, Sha256};

use crate::error::{Code, Error};

/// Documents are kept up to so many bytes of text.
const KEPT: u64 = 16 * 1024 * 1024;

/// A document that may be executed.
#[derive(Debug)]
pub struct Document {
    /// What was parsed.
    pub syntax: ExecutableDocument,
    introspecting: Vec<Option<Name>>,
}

impl Document {
    /// Does this operation ask for the schema? Where no name is given, the only one is meant.
    #[must_use]
    pub fn introspects(&self, operation: Option<&str>) -> bool {
        match operation {
            Some(wanted) => self.introspecting.iter().flatten().any(|name| name.as_str() == wanted),
            None => !self.introspecting.is_empty(),
        }
    }
}

/// The documents that have been seen, by the hash of their text.
#[derive(Clone)]
pub struct Documents {
    schema: Schema,
    known: Cache<[u8; 32], (u32, Arc<Document>)>,
}

impl Documents {
    /// No documents yet; new ones are validated against this schema, which must have the extension [`ValidateOnly`].
    #[must_use]
    pub fn new(schema: Schema) -> Self {
        let known = Cache::builder().max_capacity(KEPT).weigher(|_, (weight, _): &(u32, _)| *weight).build();
        Self { schema, known }
    }

    /// The document of this text. Whatever is wrong with it is said, with the place.
    pub async fn get(&self, text: &str) -> Result<Arc<Document>, Vec<Error>> {
        let hash: [u8; 32] = Sha256::digest(text).into();
        if let Some((_, document)) = self.known.get(&hash) {
            return Ok(document);
        }
        let document = Arc::new(self.read(text).await?);
        // Syntax trees are some ten times as large as their text.
        let weight = u32::try_from(text.len() * 10).unwrap_or(u32::MAX);
        self.known.insert(hash, (weight, Arc::clone(&document)));
        Ok(document)
    }

    async fn read(&self, text: &str) -> Result<Document, Vec<Error>> {
        nesting::check(text).map_err(|error| vec![error])?;
        let syntax = async_graphql::parser::parse_query(text)
            .map_err(|error| vec![Error::client(Code::GraphqlParseFailed, format!("the document cannot be read: {error}"))])?;
        let analysis = analysis::analyse(&syntax).map_err(|error| vec![error])?;
        self.validate(&syntax).await?;
        Ok(Document { syntax, introspecting: analysis.introspecting })
    }

    /// Validates what does not depend on variables; those are coerced on every request.
    async fn validate(&self, syntax: &ExecutableDocument) -> Result<(), Vec<Error>> {
        let mut request = Request::new("").data(ValidateOnly);
        if let DocumentOperations::Multiple(operations) = &syntax.operations
            && let Some(name) = operations.keys().next()
        {
            request = request.operation_name(name.to_string());
        }
        request.set_parsed_query(syntax.clone());
        let errors = self.schema.execute(request).await.errors;
        if errors.is_empty() {
            return Ok(());
        }
        Err(errors.into_iter().map(|error| invalid(&error)).collect())
    }
}

fn invalid(error: &async_graphql::ServerError) -> Error {
    let place = error.locations.first().map(|place| format!(" (line {}, column {})", place.line, place.column)).unwrap_or_default();
    Error::client(Code::GraphqlValidationFailed, format!("{}{place}", error.message))
}

/// In the data of a request: stop before execution. As an extension: the one that stops.
pub struct ValidateOnly;

impl ExtensionFactory for ValidateOnly {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for ValidateOnly {
    async fn execute(&self, context: &ExtensionContext<'_>, operation_name: Option<&str>, next: NextExecute<'_>) -> Response {
        match context.data_opt::<Self>() {
            Some(_) => Response::default(),
            None => next.run(context, operation_name).await,
        }
    }
}
