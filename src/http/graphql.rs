//! `/graphql`: queries by POST and GET, mutations by POST; and `/graphql/d/{id}`, queries by the id of their document.

use std::future::Future;

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType};
use axum::Extension;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Map, json};
use tracing::Instrument as _;

use super::accept::MediaType;
use super::admission::run;
use super::answer::{Refusal, answer};
use super::caching;
use super::concurrency::Place;
use super::document::{Found, Missing, find};
use super::dry_run;
use super::introspection::{complaints, introspect, sees_schema};
use super::json_body;
use super::log::{Came, Logged};
use super::parameters::{InUrl, Parameters};
use super::payment::{self, Paid};
use super::trace;
use crate::document::Document;
use crate::error::{Code, Error};
use crate::gateway::Gateway;
use crate::graph::{self, Answer, Extensions, Plan, Variables};
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
    let read = async { read_url(&headers, parameters) };
    respond(&gateway, came, &headers, read, By::Get).await
}

/// `GET /graphql/d/{id}`
pub(super) async fn get_by_id(
    State(gateway): State<Gateway>,
    Extension(came): Extension<Came>,
    headers: HeaderMap,
    Path(id): Path<String>,
    parameters: Result<Query<InUrl>, QueryRejection>,
) -> Response {
    let read = async {
        // A token is sent by no page that does not know it, and makes a browser ask first.
        if !headers.contains_key(header::AUTHORIZATION) && !is_no_simple_request(&headers) {
            return Err(without_preflight());
        }
        Parameters::of_path_and_query(id, parameters)
    };
    respond(&gateway, came, &headers, read, By::Get).await
}

/// Any other method.
pub(super) async fn other_method(State(gateway): State<Gateway>, Extension(came): Extension<Came>, headers: HeaderMap) -> Response {
    let refused = Refusal::from(Error::client(Code::MethodNotAllowed, "send queries by POST or GET, mutations by POST"))
        .with_header(header::ALLOW, HeaderValue::from_static("GET, POST"));
    respond(&gateway, came, &headers, async { Err(refused) }, By::Post).await
}

/// Any other method of a document's own address.
pub(super) async fn only_get(State(gateway): State<Gateway>, Extension(came): Extension<Came>, headers: HeaderMap) -> Response {
    let refused = Refusal::from(Error::client(Code::MethodNotAllowed, "send this by GET, or `documentId` by POST to `/graphql`"))
        .with_header(header::ALLOW, HeaderValue::from_static("GET"));
    respond(&gateway, came, &headers, async { Err(refused) }, By::Post).await
}

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Post,
    Get,
}

/// Would a browser have asked us before it sent this for a page of somebody else?
fn is_no_simple_request(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    PREFLIGHT.iter().any(|name| headers.contains_key(*name)) || content_type.is_some_and(json_body::is_json)
}

/// The parameters of a GET, unless any page could have made a browser send it.
pub(super) fn read_url(headers: &HeaderMap, parameters: Result<Query<InUrl>, QueryRejection>) -> Result<Parameters, Refusal> {
    if !is_no_simple_request(headers) {
        return Err(without_preflight());
    }
    Parameters::of_query(parameters)
}

/// Why such a GET is refused.
fn without_preflight() -> Refusal {
    let message = "a GET needs the header `GraphQL-Require-Preflight: 1`, so that no other page can send it for you";
    Error::bad_input(message).into()
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
                let mut noted = Noted::default();
                let execute = async |request, place: &Place| execute(gateway, &request, &parameters, by, place, &mut noted).await;
                let outcome = run(gateway, came, headers, &mut logged, execute).await;
                (logged.operation, logged.paid) = (noted.operation, noted.paid);
                (media_type, outcome)
            }
            Err(refusal) => (media_type, Err(refusal)),
        },
        // 406 is the word for it where the answer, not the question, has the wrong form.
        Err(error) => (MediaType::Json, Err(Refusal::from(error).with_status(StatusCode::NOT_ACCEPTABLE))),
    };
    let mut tag = None;
    let mut response = match outcome {
        Ok(Executed { answer: answered, may_be_kept }) => {
            tag = (may_be_kept && by == By::Get).then(|| caching::tag(&answered.body));
            for error in &answered.internal {
                tracing::error!(request = %id, error = %error, "a field failed");
            }
            logged.codes = answered.codes;
            answer(media_type, answered.body)
        }
        Err(mut refusal) => {
            refusal.errors.truncate(gateway.services.limits.errors);
            logged.refuse(&refusal, &id, "a request failed");
            refusal.response(media_type, &id)
        }
    };
    if by == By::Get {
        response = match tag {
            Some(tag) => caching::kept(response, &tag, headers),
            None => caching::not_kept(response),
        };
    }
    if let Some(paid) = &logged.paid {
        response.headers_mut().extend(paid.headers());
    }
    response.extensions_mut().insert(logged);
    response
}

/// What shows while a request is answered, however that ends.
#[derive(Default)]
struct Noted {
    /// The name of the operation.
    operation: Option<String>,
    paid: Option<Paid>,
}

/// What came of an operation.
pub(super) struct Executed {
    pub answer: Answer,
    /// May a client keep it, and ask whether it is still right?
    may_be_kept: bool,
}

async fn execute(
    gateway: &Gateway,
    request: &Request,
    parameters: &Parameters,
    by: By,
    place: &Place,
    noted: &mut Noted,
) -> Result<Executed, Refusal> {
    let found = resolve(gateway, request, parameters).await?;
    let operation_name = parameters.operation_name.as_deref();
    let operation = graph::operation(&found.document.syntax, operation_name).map_err(Refusal::malformed)?;
    noted.operation = shown_name(&found.document.syntax, operation_name);
    let span = span(request, noted.operation.as_deref());
    let performed = perform(gateway, request, parameters, by, &found, operation, &mut noted.paid).instrument(span).await;
    if performed.is_ok() && operation.ty == OperationType::Query {
        place.has_run(&found.document.pace);
    }
    performed
}

/// The document that is meant; or what is wrong with it.
pub(super) async fn resolve(gateway: &Gateway, request: &Request, parameters: &Parameters) -> Result<Found, Refusal> {
    match find(gateway, request, parameters).await {
        Ok(found) => Ok(found),
        Err(Missing::Refused(refusal)) => Err(refusal),
        Err(Missing::Wrong(refusal)) => {
            Err(complaints(gateway, request, parameters, refusal).instrument(span(request, None)).await)
        }
    }
}

/// What is logged and traced within belongs to this request. Its fields are all there from the beginning: adding one later costs
/// more than the rest of the span.
pub(super) fn span(request: &Request, operation: Option<&str>) -> tracing::Span {
    let span = tracing::info_span!("graphql", request = %request.id(), operation);
    trace::go_on(&span, request.origin().trace.as_ref());
    span
}

pub(super) async fn perform(
    gateway: &Gateway,
    request: &Request,
    parameters: &Parameters,
    by: By,
    found: &Found,
    operation: &OperationDefinition,
    paid: &mut Option<Paid>,
) -> Result<Executed, Refusal> {
    let document = &*found.document;
    if operation.ty == OperationType::Mutation && by == By::Get {
        let refusal = Refusal::from(Error::client(Code::MethodNotAllowed, "mutations come by POST"));
        return Err(refusal.with_header(header::ALLOW, HeaderValue::from_static("POST")));
    }
    let payer = payment::payer(request).await?;
    let (is_dry_run, operation_name) = (parameters.is_dry_run, parameters.operation_name.as_deref());
    let most = gateway.services.budgets.most(&payer);
    let (variables, cost) = match priced(gateway, parameters, found, operation, most) {
        Ok(priced) => priced,
        Err(refusal) => {
            // A token that does not hold is told so, whatever is asked with it.
            payment::enter(request).await?;
            return Err(refusal);
        }
    };
    let charge = payment::charge(request, payer, if is_dry_run { dry_run::COST } else { cost }, paid).await?;
    let mut extensions = Map::new();
    if let Some(registered) = found.registered.as_ref().filter(|_| !is_dry_run) {
        gateway.usage.count(registered.tenant, registered.id, request.now());
    }
    let answered = if is_dry_run {
        let priced = dry_run::Priced { document, operation, operation_name, variables: &variables, cost, most };
        told(gateway, request, &priced, &mut extensions).await
    } else {
        answered(gateway, request, parameters, document, operation, &variables).await
    };
    let actual = match &answered {
        Ok(answer) => answer.cost,
        // What took too long was work.
        Err(refusal) if refusal.errors.iter().any(|error| error.code() == Code::Timeout) => charge.requested,
        Err(_) => 0,
    };
    payment::settle(request.budgets(), charge, actual, paid);
    let mut answer = answered?;
    // The same data is the same answer, byte by byte, where a copy of it may be kept; what it cost stands in headers.
    let may_be_kept =
        by == By::Get && found.by_id && answer.codes.is_empty() && !is_dry_run && !document.introspects(operation_name);
    if may_be_kept {
        answer.close(extensions);
        return Ok(Executed { answer, may_be_kept });
    }
    if let Some(paid) = paid {
        extensions.insert("cost".to_owned(), paid.extension(request.now()));
    }
    if gateway.is_development() {
        let cost = request.cost().await;
        let milliseconds = cost.time.as_secs_f64() * 1_000.0;
        extensions.insert("sql".to_owned(), json!({ "statements": cost.statements, "ms": (milliseconds * 100.0).round() / 100.0 }));
    }
    answer.close(extensions);
    Ok(Executed { answer, may_be_kept })
}

/// Refuses variables that lie beyond the bounds with which the document was registered.
fn within_bounds(found: &Found, operation: &OperationDefinition, parameters: &Parameters) -> Result<(), Refusal> {
    let violations = found.registered.as_ref().map(|registered| registered.violations(operation, &parameters.variables()));
    match violations {
        Some(violations) if !violations.is_empty() => Err(Refusal::of_variables(violations)),
        _ => Ok(()),
    }
}

/// What a request would cost and need, for those who may see the schema: it tells of permissions.
async fn told(
    gateway: &Gateway,
    request: &Request,
    priced: &dry_run::Priced<'_>,
    extensions: &mut Extensions,
) -> Result<Answer, Refusal> {
    payment::enter(request).await?;
    sees_schema(gateway, request)?;
    *extensions = priced.extensions(gateway)?;
    Ok(dry_run::answer())
}

/// The variables of a request, and what it may cost with them: not too much, unless it only asks for its price.
pub(super) fn priced(
    gateway: &Gateway,
    parameters: &Parameters,
    found: &Found,
    operation: &OperationDefinition,
    most: u64,
) -> Result<(Variables, u64), Refusal> {
    within_bounds(found, operation, parameters)?;
    let variables = graph::variables(&gateway.tables, operation, &parameters.variables()).map_err(Refusal::of_variables)?;
    let program = found.document.cost(parameters.operation_name.as_deref());
    let cost = program.map_or(0, |program| program.price(&variables, gateway.services.limits.page));
    if cost > most && !parameters.is_dry_run {
        return Err(payment::too_dear(cost, most));
    }
    Ok((variables, cost))
}

/// The answer to what has been paid for, still open.
async fn answered(
    gateway: &Gateway,
    request: &Request,
    parameters: &Parameters,
    document: &Document,
    operation: &OperationDefinition,
    variables: &Variables,
) -> Result<Answer, Refusal> {
    let presumed = operation.ty == OperationType::Query && document.reads_once();
    if presumed {
        request.presume().await;
    }
    payment::enter(request).await?;
    let operation_name = parameters.operation_name.as_deref();
    if document.asks_for_schema(operation_name) {
        sees_schema(gateway, request)?;
    }
    if document.introspects(operation_name) {
        return Ok(introspect(gateway, request, parameters, &document.syntax).await?);
    }
    let plan =
        Plan::new(&gateway.tables, &document.syntax, operation, variables).map_err(|error| Refusal::of_variables(vec![error]))?;
    let mut answer = graph::execute(&gateway.tables, request, &plan).await;
    if presumed && !request.holds().await? {
        document.has_surprised();
        payment::enter(request).await?;
        answer = graph::execute(&gateway.tables, request, &plan).await;
    } else if !presumed {
        document.has_read(request.reads().await);
    }
    Ok(answer?)
}

/// The name of the operation for those who run the server: the one that is meant, no longer than anybody reads.
pub(super) fn shown_name(document: &ExecutableDocument, wanted: Option<&str>) -> Option<String> {
    const LONGEST: usize = 80;
    let name = match (&document.operations, wanted) {
        (_, Some(wanted)) => wanted,
        (DocumentOperations::Multiple(operations), None) => operations.keys().next()?.as_str(),
        (DocumentOperations::Single(_), None) => return None,
    };
    // Names of GraphQL are ASCII, and this is one of the document.
    Some(name.chars().take(LONGEST).collect())
}
