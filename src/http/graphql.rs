//! `/graphql`: queries by POST and GET, mutations by POST.

use std::future::Future;

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationType};
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequest as _, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Map, json};
use tracing::Instrument as _;

use super::accept::MediaType;
use super::answer::{Refusal, answer};
use super::log::{Logged, RequestId};
use super::parameters::{InUrl, Parameters, check_body, is_json, too_slow};
use super::settings::Audience;
use crate::error::{Code, Error};
use crate::gateway::Gateway;
use crate::graph::{self, Answer, StockLoader};
use crate::request::Request;
use crate::{clock, document, identity};

/// Headers that no page of a stranger can make a browser send without asking first. `Accept` is none of them: a page may set
/// it to whatever it likes.
const PREFLIGHT: [&str; 4] =
    ["graphql-require-preflight", "apollo-require-preflight", "x-apollo-operation-name", "x-requested-with"];

/// `POST /graphql`
pub(super) async fn post(
    State(gateway): State<Gateway>,
    Extension(RequestId(id)): Extension<RequestId>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let read = async {
        check_body(&headers)?;
        Parameters::of_body(&read_body(&gateway, &headers, body).await?)
    };
    respond(&gateway, &id, &headers, read, By::Post).await
}

/// `GET /graphql`
pub(super) async fn get(
    State(gateway): State<Gateway>,
    Extension(RequestId(id)): Extension<RequestId>,
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
    respond(&gateway, &id, &headers, read, By::Get).await
}

/// Any other method.
pub(super) async fn other_method(
    State(gateway): State<Gateway>,
    Extension(RequestId(id)): Extension<RequestId>,
    headers: HeaderMap,
) -> Response {
    let refused = Refusal::from(Error::client(Code::MethodNotAllowed, "send queries by POST or GET, mutations by POST"))
        .with_header(header::ALLOW, HeaderValue::from_static("GET, POST"));
    respond(&gateway, &id, &headers, async { Err(refused) }, By::Post).await
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
    PREFLIGHT.iter().any(|name| headers.contains_key(*name)) || content_type.is_some_and(is_json)
}

/// The body, which is bounded in size, in time, and in the memory that all bodies take together.
async fn read_body(gateway: &Gateway, headers: &HeaderMap, body: Body) -> Result<Bytes, Refusal> {
    let settings = &gateway.door.settings;
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let too_large = || Error::client(Code::BodyLimitExceeded, format!("the body is larger than {} KiB", settings.body / 1024));
    if length.is_some_and(|length| length > settings.body) {
        return Err(too_large().into());
    }
    let room = gateway.door.room(length)?;
    let request = axum::http::Request::new(Body::new(http_body_util::Limited::new(body, settings.body)));
    let read = tokio::time::timeout(settings.sending, Bytes::from_request(request, &())).await.map_err(|_| too_slow())?;
    drop(room);
    read.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large().into(),
        _ => Error::bad_input("the body could not be read to its end").into(),
    })
}

async fn respond(
    gateway: &Gateway,
    id: &str,
    headers: &HeaderMap,
    read: impl Future<Output = Result<Parameters, Refusal>>,
    by: By,
) -> Response {
    let mut logged = Logged::default();
    let (media_type, outcome) = match MediaType::accepted(headers) {
        Ok(media_type) => match read.await {
            Ok(parameters) => (media_type, run(gateway, id, headers, &parameters, by, &mut logged).await),
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
            refusal.response(media_type, id)
        }
    };
    response.extensions_mut().insert(logged);
    response
}

/// Answers a request that was read, as one of a bounded number and in a bounded time.
async fn run(
    gateway: &Gateway,
    id: &str,
    headers: &HeaderMap,
    parameters: &Parameters,
    by: By,
    logged: &mut Logged,
) -> Result<Answer, Refusal> {
    let _place = gateway.door.enter()?;
    let credential = identity::credential(headers)?;
    logged.is_anonymous = credential.is_none();
    let request = Request::new(id.to_owned(), gateway.services.clone(), credential, clock::now());
    let span = tracing::info_span!("graphql", request = %id, operation = tracing::field::Empty);
    let executed = execute(gateway, &request, parameters, by, &mut logged.operation).instrument(span);
    let outcome = tokio::time::timeout(gateway.door.settings.patience, executed).await;
    let cost = request.forget().await;
    (logged.statements, logged.database) = (cost.statements, cost.time);
    outcome.unwrap_or(Err(Error::Timeout.into()))
}

async fn execute(
    gateway: &Gateway,
    request: &Request,
    parameters: &Parameters,
    by: By,
    name: &mut Option<String>,
) -> Result<Answer, Refusal> {
    let document = match gateway.documents.get(parameters.document()).await {
        Ok(document) => document,
        Err(refusal) => return Err(complaints(gateway, request, parameters, refusal).await),
    };
    let operation_name = parameters.operation_name.as_deref();
    let operation = graph::operation(&document.syntax, operation_name).map_err(Refusal::malformed)?;
    *name = shown_name(&document.syntax, operation_name);
    if let Some(name) = name {
        tracing::Span::current().record("operation", name.as_str());
    }
    if operation.ty == OperationType::Mutation && by == By::Get {
        let refusal = Refusal::from(Error::client(Code::MethodNotAllowed, "mutations come by POST"));
        return Err(refusal.with_header(header::ALLOW, HeaderValue::from_static("POST")));
    }
    // A token that does not hold is told so, whatever is asked with it.
    if !request.is_anonymous() {
        request.reader().await?;
    }
    if document.introspects(operation_name) {
        return Ok(introspect(gateway, request, parameters, &document.syntax).await?);
    }
    let plan = graph::plan(&gateway.tables, &document.syntax, operation, &parameters.variables()).map_err(Refusal::of_variables)?;
    let mut answer = graph::execute(&gateway.tables, request, &plan).await?;
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
