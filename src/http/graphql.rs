//! `/graphql`: queries by POST and GET, mutations by POST.

use std::future::Future;

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType};
use axum::Extension;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Map, json};
use tracing::Instrument as _;

use super::accept::MediaType;
use super::admission::run;
use super::answer::{Refusal, answer};
use super::concurrency::Place;
use super::json_body;
use super::log::{Came, Logged};
use super::parameters::{InUrl, Parameters};
use super::settings::Audience;
use crate::document::{self, Document};
use crate::error::{Code, Error};
use crate::gateway::Gateway;
use crate::graph::{self, Answer, StockLoader};
use crate::request::Request;

/// Headers that no page of a stranger can make a browser send without asking first. `Accept` is none of them: a page may set
/// it to whatever it likes.
const PREFLIGHT: [&str; 4] =
    ["graphql-require-preflight", "apollo-require-preflight", "x-apollo-operation-name", "x-requested-with"];

/// `POST /graphql`
pub(super) async fn post(
    State(gateway): State<Gateway>,
    Extension(came): Extension<Came>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let read = async { Parameters::of_body(&json_body::read(&gateway.door, &headers, body).await?) };
    respond(&gateway, came, &headers, read, By::Post).await
}

/// `GET /graphql`
pub(super) async fn get(
    State(gateway): State<Gateway>,
    Extension(came): Extension<Came>,
    headers: HeaderMap,
    parameters: Result<Query<InUrl>, QueryRejection>,
) -> Response {
    let read = async {
        if !is_no_simple_request(&headers) {
            let message = "a GET needs the header `GraphQL-Require-Preflight: 1`, so that no other page can send it for you";
            return Err(Error::bad_input(message).into());
        }
        let Ok(Query(in_url)) = parameters else {
            return Err(Refusal::malformed(Error::bad_input(
                "the parameters of the URL cannot be read: send each of `query`, `variables`, `operationName` and `extensions` once, in UTF-8",
            )));
        };
        Parameters::of_url(in_url)
    };
    respond(&gateway, came, &headers, read, By::Get).await
}

/// Any other method.
pub(super) async fn other_method(State(gateway): State<Gateway>, Extension(came): Extension<Came>, headers: HeaderMap) -> Response {
    let refused = Refusal::from(Error::client(Code::MethodNotAllowed, "send queries by POST or GET, mutations by POST"))
        .with_header(header::ALLOW, HeaderValue::from_static("GET, POST"));
    respond(&gateway, came, &headers, async { Err(refused) }, By::Post).await
}

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Post,
    Get,
}

/// Would a browser have asked us before it sent this for a page of somebody else?
fn is_no_simple_request(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    PREFLIGHT.iter().any(|name| headers.contains_key(*name)) || content_type.is_some_and(json_body::is_json)
}

async fn respond(
    gateway: &Gateway,
    came: Came,
    headers: &HeaderMap,
    read: impl Future<Output = Result<Parameters, Refusal>>,
    by: By,
) -> Response {
    let mut logged = Logged::default();
    let id = came.id.clone();
    let (media_type, outcome) = match MediaType::accepted(headers) {
        Ok(media_type) => match read.await {
            Ok(parameters) => {
                let mut name = None;
                let execute = async |request, place: &Place| execute(gateway, &request, &parameters, by, place, &mut name).await;
                let outcome = run(gateway, came, headers, &mut logged, execute).await;
                logged.operation = name;
                (media_type, outcome)
            }
            Err(refusal) => (media_type, Err(refusal)),
        },
        // 406 is the word for it where the answer, not the question, has the wrong form.
        Err(error) => (MediaType::Json, Err(Refusal::from(error).with_status(StatusCode::NOT_ACCEPTABLE))),
    };
    let mut response = match outcome {
        Ok(answered) => {
            for error in &answered.internal {
                tracing::error!(request = %id, error = %error, "a field failed");
            }
            logged.codes = answered.codes;
            answer(media_type, answered.body)
        }
        Err(mut refusal) => {
            refusal.errors.truncate(gateway.services.limits.errors);
            for error in refusal.errors.iter().filter(|error| error.ends_request()) {
                tracing::error!(request = %id, error = %error, "a request failed");
            }
            logged.codes = refusal.errors.iter().map(|error| error.code().name().to_owned()).collect();
            logged.refused = true;
            refusal.response(media_type, &id)
        }
    };
    response.extensions_mut().insert(logged);
    response
}

async fn execute(
    gateway: &Gateway,
    request: &Request,
    parameters: &Parameters,
    by: By,
    place: &Place,
    name: &mut Option<String>,
) -> Result<Answer, Refusal> {
    require_registered(request).await?;
    let document = match gateway.documents.get(parameters.document()).await {
        Ok(document) => document,
        Err(refusal) => return Err(complaints(gateway, request, parameters, refusal).instrument(span(request, None)).await),
    };
    let operation_name = parameters.operation_name.as_deref();
    let operation = graph::operation(&document.syntax, operation_name).map_err(Refusal::malformed)?;
    *name = shown_name(&document.syntax, operation_name);
    let performed =
        perform(gateway, request, parameters, by, &document, operation).instrument(span(request, name.as_deref())).await;
    if performed.is_ok() && operation.ty == OperationType::Query {
        place.has_run(&document.pace);
    }
    performed
}

/// Refuses a document that was sent as text to API keys that run registered ones only, before anything is said about it.
async fn require_registered(request: &Request) -> Result<(), Error> {
    if request.is_by_api_key() && request.reader().await?.caller.api_key.as_ref().is_some_and(|key| key.documents_only) {
        return Err(Error::client(Code::DocumentRequired, "this API key runs registered documents only: send a `documentId`"));
    }
    Ok(())
}

/// What is logged and traced within belongs to this request. Its fields are all there from the beginning: adding one later costs
/// more than the rest of the span.
fn span(request: &Request, operation: Option<&str>) -> tracing::Span {
    tracing::info_span!("graphql", request = %request.id(), operation)
}

async fn perform(
    gateway: &Gateway,
    request: &Request,
    parameters: &Parameters,
    by: By,
    document: &Document,
    operation: &OperationDefinition,
) -> Result<Answer, Refusal> {
    if operation.ty == OperationType::Mutation && by == By::Get {
        let refusal = Refusal::from(Error::client(Code::MethodNotAllowed, "mutations come by POST"));
        return Err(refusal.with_header(header::ALLOW, HeaderValue::from_static("POST")));
    }
    let presumed = operation.ty == OperationType::Query && document.reads_once();
    if presumed {
        request.presume().await;
    }
    // A token that does not hold is told so, whatever is asked with it.
    if !request.is_anonymous() {
        request.reader().await?;
    }
    if document.introspects(parameters.operation_name.as_deref()) {
        return Ok(introspect(gateway, request, parameters, &document.syntax).await?);
    }
    let plan = graph::plan(&gateway.tables, &document.syntax, operation, &parameters.variables()).map_err(Refusal::of_variables)?;
    let mut answer = graph::execute(&gateway.tables, request, &plan).await;
    if presumed && !request.holds().await? {
        document.has_surprised();
        request.reader().await?;
        answer = graph::execute(&gateway.tables, request, &plan).await;
    } else if !presumed {
        document.has_read(request.reads().await);
    }
    let mut answer = answer?;
    let mut extensions = Map::new();
    if gateway.is_development() {
        let cost = request.cost().await;
        let milliseconds = cost.time.as_secs_f64() * 1_000.0;
        extensions.insert("sql".to_owned(), json!({ "statements": cost.statements, "ms": (milliseconds * 100.0).round() / 100.0 }));
    }
    answer.close(extensions);
    Ok(answer)
}

/// The name of the operation for those who run the server: the one that is meant, no longer than anybody reads.
fn shown_name(document: &ExecutableDocument, wanted: Option<&str>) -> Option<String> {
    const LONGEST: usize = 80;
    let name = match (&document.operations, wanted) {
        (_, Some(wanted)) => wanted,
        (DocumentOperations::Multiple(operations), None) => operations.keys().next()?.as_str(),
        (DocumentOperations::Single(_), None) => return None,
    };
    // Names of GraphQL are ASCII, and this is one of the document.
    Some(name.chars().take(LONGEST).collect())
}

/// What is wrong with a document; what may have been meant only for those who may see the schema. A variable that
/// nobody uses is the smaller mistake where its value does not fit either.
async fn complaints(gateway: &Gateway, request: &Request, parameters: &Parameters, refusal: document::Refusal) -> Refusal {
    let document::Refusal { errors, suggesting, only_unused } = refusal;
    let operation = only_unused.as_ref().and_then(|syntax| graph::operation(syntax, parameters.operation_name.as_deref()).ok());
    if let Some(operation) = operation {
        let misfits = graph::complaints_of_variables(&gateway.tables, operation, &parameters.variables());
        if !misfits.is_empty() {
            return Refusal::of_variables(misfits);
        }
    }
    let Some(suggesting) = suggesting else { return errors.into() };
    let shown = match gateway.door.settings.schema {
        Audience::Everybody => true,
        // A token alone is none: it has to hold.
        Audience::SignedIn => !request.is_anonymous() && request.reader().await.is_ok(),
        Audience::Nobody => false,
    };
    if shown { suggesting.into() } else { errors.into() }
}

/// Introspection is async-graphql's, for those who may see the schema.
async fn introspect(
    gateway: &Gateway,
    request: &Request,
    parameters: &Parameters,
    document: &ExecutableDocument,
) -> Result<Answer, Error> {
    match gateway.door.settings.schema {
        Audience::SignedIn if request.is_anonymous() => {
            return Err(Error::unauthenticated("sign in first: the schema is shown to those who have"));
        }
        Audience::Nobody => return Err(Error::client(Code::Forbidden, "the schema is not shown here")),
        Audience::Everybody | Audience::SignedIn => {}
    }
    let mut inner = async_graphql::Request::new("")
        .data(request.clone())
        .data(StockLoader::batching(request.clone(), gateway.tables.clone()))
        .variables(async_graphql::Variables::from_value(async_graphql::Value::Object(parameters.variables())));
    if let Some(name) = &parameters.operation_name {
        inner = inner.operation_name(name);
    }
    inner.set_parsed_query(document.clone());
    let response = gateway.schema.execute(inner).await;
    let body = serde_json::to_vec(&response).map_err(Error::internal)?;
    Ok(Answer::closed(body))
}
