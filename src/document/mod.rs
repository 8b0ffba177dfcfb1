//! A GraphQL document before it runs: measured, parsed and validated once, then kept.

mod analysis;
mod automatic;
mod cost;
mod limits;
mod needs;
mod pace;
mod tokens;

use std::sync::Arc;
use std::sync::atomic::{AtomicI8, Ordering};

use async_graphql::dynamic::Schema;
use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use async_graphql::parser::types::{DocumentOperations, ExecutableDocument};
use async_graphql::{Name, Request, Response, ServerError, async_trait};
use moka::sync::Cache;
use sha2::{Digest, Sha256};

use crate::access::PermissionSet;
use crate::error::{Code, Error};
use crate::graph::Tables;

pub use automatic::Automatic;
pub use cost::{Bounds, CostProgram};
pub use limits::Limits;
pub use needs::{Need, needs, needs_of_operation};
pub use pace::Pace;

/// Documents are kept up to so many bytes of text.
const KEPT: u64 = 16 * 1024 * 1024;

/// A document that may be executed.
#[derive(Debug)]
pub struct Document {
    /// What was parsed.
    pub syntax: ExecutableDocument,
    /// The time that it takes alone.
    pub pace: Pace,
    introspecting: Vec<Option<Name>>,
    serving: Vec<Option<Name>>,
    /// What each operation costs.
    costs: Vec<(Option<Name>, CostProgram)>,
    /// Positive where it read once, the last times it ran.
    habit: AtomicI8,
}

/// A document that needed more than one statement where one was presumed is presumed so again after so many that did not.
const SURPRISE: i8 = 16;

impl Document {
    /// What an operation costs. Where no name is given, the only one is meant.
    #[must_use]
    pub fn cost(&self, operation: Option<&str>) -> Option<&CostProgram> {
        let meant = |name: &Option<Name>| operation.is_none() || name.as_ref().is_some_and(|name| Some(name.as_str()) == operation);
        self.costs.iter().find(|(name, _)| meant(name)).map(|(_, program)| program)
    }

    /// Does it, by experience, read everything in one statement?
    #[must_use]
    pub fn reads_once(&self) -> bool {
        self.habit.load(Ordering::Relaxed) > 0
    }

    /// It has run, and read in so many statements.
    pub fn has_read(&self, statements: u32) {
        if statements == 1 && !self.reads_once() {
            self.habit.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// It read more than it was presumed to.
    pub fn has_surprised(&self) {
        self.habit.store(-SURPRISE, Ordering::Relaxed);
    }

    /// Does this operation ask for the schema? Where no name is given, the only one is meant.
    #[must_use]
    pub fn introspects(&self, operation: Option<&str>) -> bool {
        is_among(&self.introspecting, operation)
    }

    /// Does it ask for the schema in any form: by introspection, or as a subgraph?
    #[must_use]
    pub fn asks_for_schema(&self, operation: Option<&str>) -> bool {
        self.introspects(operation) || is_among(&self.serving, operation)
    }
}

fn is_among(operations: &[Option<Name>], operation: Option<&str>) -> bool {
    match operation {
        Some(wanted) => operations.iter().flatten().any(|name| name.as_str() == wanted),
        None => !operations.is_empty(),
    }
}

/// What a document needs.
#[derive(Clone, Copy, Debug)]
pub struct Assessment {
    /// The permissions of all its fields.
    pub permissions: PermissionSet,
    /// What its dearest operation costs at most.
    pub cost: u64,
}

/// The documents that have been seen, by the hash of their text.
#[derive(Clone)]
pub struct Documents {
    schema: Schema,
    tables: Arc<Tables>,
    limits: Limits,
    known: Cache<[u8; 32], (u32, Arc<Document>)>,
}

impl Documents {
    /// No documents yet; new ones are validated against this schema, which must have the extension [`ValidateOnly`].
    #[must_use]
    pub fn new(schema: Schema, tables: Arc<Tables>, limits: Limits) -> Self {
        let known = Cache::builder().max_capacity(KEPT).weigher(|_, (weight, _): &(u32, _)| *weight).build();
        Self { schema, tables, limits, known }
    }

    /// The document of this text. Whatever is wrong with it is said, with the place.
    pub async fn get(&self, text: &str) -> Result<Arc<Document>, Refusal> {
        let hash: [u8; 32] = Sha256::digest(text).into();
        if let Some((_, document)) = self.known.get(&hash) {
            metrics::counter!("tenantry_documents_total", "cache" => "hit").increment(1);
            return Ok(document);
        }
        metrics::counter!("tenantry_documents_total", "cache" => "miss").increment(1);
        let document = Arc::new(self.read(text).await?);
        // Syntax trees are some ten times as large as their text.
        let programs: usize = document.costs.iter().map(|(_, program)| program.weight()).sum();
        let weight = u32::try_from(text.len() * 10 + programs).unwrap_or(u32::MAX);
        self.known.insert(hash, (weight, Arc::clone(&document)));
        Ok(document)
    }

    /// What a document needs and costs at most, all its operations together, its variables at these bounds.
    #[must_use]
    pub fn assess(&self, document: &Document, bounds: Bounds<'_>, largest_page: u32) -> Assessment {
        let cost = document.costs.iter().map(|(_, program)| program.worst(bounds, largest_page)).max().unwrap_or_default();
        Assessment { permissions: needs(&self.tables, &document.syntax), cost }
    }

    async fn read(&self, text: &str) -> Result<Document, Refusal> {
        tokens::check(text, &self.limits)?;
        let syntax = async_graphql::parser::parse_query(text)
            .map_err(|error| Error::client(Code::GraphqlParseFailed, format!("the document cannot be read: {error}")))?;
        let analysis = analysis::analyse(&syntax, &self.limits)?;
        if let Err(refusal) = self.validate(&syntax).await {
            let only_unused = refusal.errors.iter().all(|error| error.public_message().contains(UNUSED));
            return Err(Refusal { only_unused: only_unused.then_some(syntax), ..refusal });
        }
        let cost = |operation| CostProgram::new(&self.tables, &syntax, operation);
        let costs = syntax.operations.iter().map(|(name, operation)| Ok((name.cloned(), cost(&operation.node)?)));
        let costs = costs.collect::<Result<_, Error>>()?;
        Ok(Document {
            syntax,
            pace: Pace::default(),
            introspecting: analysis.introspecting,
            serving: analysis.serving,
            costs,
            habit: AtomicI8::new(0),
        })
    }

    /// Validates what does not depend on variables; those are coerced on every request.
    async fn validate(&self, syntax: &ExecutableDocument) -> Result<(), Refusal> {
        let mut request = Request::new("").data(ValidateOnly);
        if let DocumentOperations::Multiple(operations) = &syntax.operations
            && let Some(name) = operations.keys().next()
        {
            request = request.operation_name(name.to_string());
        }
        request.set_parsed_query(syntax.clone());
        let errors = self.schema.execute(request).await.errors;
        if errors.is_empty() { Ok(()) } else { Err(Refusal::of_validation(&errors)) }
    }
}

/// Why a document is not answered.
#[derive(Debug)]
pub struct Refusal {
    /// What anybody may read.
    pub errors: Vec<Error>,
    /// The same with suggestions of what may have been meant, where there are any: they tell the schema word by word.
    pub suggesting: Option<Vec<Error>>,
    /// What was parsed, where nothing is wrong but that variables are not used.
    pub only_unused: Option<ExecutableDocument>,
}

/// What async-graphql puts before its suggestions. No name of GraphQL has a space, so a client's words do not hold it.
const SUGGESTION: &str = " Did you mean ";
/// How async-graphql says that of a variable.
const UNUSED: &str = "\" is not used";
/// Complaints about one document.
const MOST_COMPLAINTS: usize = 50;

impl Refusal {
    fn of_validation(errors: &[ServerError]) -> Self {
        let complaints = |with: &dyn Fn(&ServerError) -> Error| errors.iter().take(MOST_COMPLAINTS).map(with).collect();
        let plain = |error: &ServerError| invalid(error, error.message.split(SUGGESTION).next().unwrap_or_default());
        let suggests = errors.iter().any(|error| error.message.contains(SUGGESTION));
        let suggesting = suggests.then(|| complaints(&|error| invalid(error, &error.message)));
        Self { errors: complaints(&plain), suggesting, only_unused: None }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self { errors: vec![error], suggesting: None, only_unused: None }
    }
}

impl From<Refusal> for Vec<Error> {
    fn from(refusal: Refusal) -> Self {
        refusal.errors
    }
}

fn invalid(error: &ServerError, message: &str) -> Error {
    let place = error.locations.first().map(|place| format!(" (line {}, column {})", place.line, place.column)).unwrap_or_default();
    Error::client(Code::GraphqlValidationFailed, format!("{message}{place}"))
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
