//! The execution of one operation: variables, plan, walk, answer.

use std::sync::Arc;

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType};
use async_graphql::{Name, Value, indexmap::IndexMap};

use super::coerce::{self, Variables};
use super::plan::{Plan, PlanSource};
use super::rows::Rows;
use super::schema::Tables;
use super::spent;
use super::walk::{FieldState, Loaded, Walk};
use super::write::{Errors, Extensions, Writer, finish};
use crate::error::Error;
use crate::request::Request;

/// The root of every query.
pub struct Query;
/// The root of every mutation.
pub struct Mutation;

/// What a client gets for an operation that was executed.
pub struct Answer {
    /// The body: `data`, perhaps `errors` and `extensions`.
    pub body: Vec<u8>,
    /// What it cost: the prices of what was really loaded.
    pub cost: u64,
    /// The codes of its errors, for the log.
    pub codes: Vec<String>,
    /// What went wrong on our side while the rest succeeded, for the log.
    pub internal: Vec<Error>,
    errors: Errors,
}

impl Answer {
    /// An answer that was made elsewhere: the opening brace and `data`, and the errors beside it.
    #[must_use]
    pub fn of(body: Vec<u8>, errors: Vec<serde_json::Value>, cost: u64) -> Self {
        let mut answer = Self { body, cost, codes: Vec::new(), internal: Vec::new(), errors: Errors::default() };
        answer.errors.list = errors;
        answer
    }

    /// Writes errors and extensions behind the data. Called once, when what the request cost is known.
    pub fn close(&mut self, extensions: Extensions) {
        finish(&mut self.body, &self.errors, extensions);
    }
}

/// Chooses the operation of a document that a request means.
pub fn operation<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> Result<&'a OperationDefinition, Error> {
    match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Ok(&operation.node),
        (DocumentOperations::Multiple(operations), Some(name)) => operations
            .get(name)
            .map(|operation| &operation.node)
            .ok_or_else(|| Error::bad_input("`operationName` names no operation of the document")),
        (DocumentOperations::Single(_), Some(_)) => Err(Error::bad_input("`operationName` names no operation of the document")),
        (DocumentOperations::Multiple(operations), None) => match operations.values().next() {
            Some(operation) if operations.len() == 1 => Ok(&operation.node),
            _ => Err(Error::bad_input("the document has several operations: send `operationName`")),
        },
    }
}

/// Coerces the variables of an operation; gives every complaint.
pub fn variables(
    tables: &Tables,
    operation: &OperationDefinition,
    provided: &IndexMap<Name, Value>,
) -> Result<Variables, Vec<Error>> {
    coerce::variables(tables, &operation.variable_definitions, provided)
        .map_err(|complaints| complaints.into_iter().map(Error::bad_input).collect())
}

/// Coerces variables and plans an operation of a valid document.
pub fn plan(
    tables: &Tables,
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &IndexMap<Name, Value>,
) -> Result<Plan, Vec<Error>> {
    let variables = self::variables(tables, operation, variables)?;
    Plan::new(tables, document, operation, &variables).map_err(|error| vec![error])
}

/// What is wrong with the variables of an operation, whether or not its document is valid.
#[must_use]
pub fn complaints_of_variables(tables: &Tables, operation: &OperationDefinition, provided: &IndexMap<Name, Value>) -> Vec<Error> {
    variables(tables, operation, provided).err().unwrap_or_default()
}

/// Executes a plan; the answer is to be closed. An error means that there is no answer at all.
pub async fn execute(tables: &Arc<Tables>, request: &Request, plan: &Plan) -> Result<Answer, Error> {
    request.select(plan.selection(tables));
    let mut loaded = Loaded::empty(plan);
    let walk = Walk { tables, request, plan };
    match plan.kind {
        OperationType::Mutation => mutate(&walk, &mut loaded).await?,
        OperationType::Query => walk.run(0, Rows::new(vec![Arc::new(Query)]), &mut loaded).await?,
        OperationType::Subscription => {
            return Err(Error::bad_input("subscriptions are answered at `/graphql/ws` and `/graphql/stream`"));
        }
    }
    answer(&walk, &loaded)
}

/// Writes what was loaded.
pub(super) fn answer(walk: &Walk<'_>, loaded: &Loaded) -> Result<Answer, Error> {
    let mut written = Writer::write(walk.tables, walk.plan, loaded, walk.request)?;
    let code = |error: &serde_json::Value| error["extensions"]["code"].as_str().map(str::to_owned);
    let codes = written.errors.list.iter().filter_map(code).collect();
    let internal = std::mem::take(&mut written.errors.internal);
    let cost = spent::spent(walk.tables, walk.plan, loaded);
    Ok(Answer { body: written.data, cost, codes, internal, errors: written.errors })
}

/// Mutations run one after the other; each payload is read in a fresh snapshot. What one has done, the failure of a later
/// one does not undo, so failures stay with their fields. Where the first of them cannot be brought to its end there is nothing
/// to tell beside that, and the whole request is refused, as a query is: by its status clients and balancers know to come again.
async fn mutate(walk: &Walk<'_>, loaded: &mut Loaded) -> Result<(), Error> {
    loaded.levels[0] = Some(Rows::new(vec![Arc::new(Mutation)]));
    let mut is_first = true;
    for (place, field) in walk.plan.nodes[0].fields.iter().enumerate() {
        if matches!(field.source, PlanSource::Typename) {
            continue;
        }
        let mut next = Vec::new();
        let mut done = walk.field(0, place, loaded, &mut next).await;
        match &done {
            Ok(()) => done = walk.below(next, loaded).await,
            Err(error) if is_first && error.ends_request() => return Err(error.clone()),
            Err(_) => {}
        }
        if let Err(error) = done {
            loaded.fields[field.id] = Some(FieldState { decisions: None, children: Some(Err(error)) });
        }
        is_first = false;
    }
    Ok(())
}
