//! `/graphql`: queries by POST and GET, mutations by POST.

use std::time::Duration;

use async_graphql::parser::types::OperationType;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, json};

use super::body::{MediaType, Parameters, refusal};
use super::log::{Came, Logged};
use crate::error::{Code, Error};
use crate::gateway::Gateway;
use crate::graph::{self, Answer, StockLoader};
use crate::request::Request;
use crate::{clock, identity};

/// An answer takes no longer.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Headers that no page of a stranger can make a browser send without asking first.
const PREFLIGHT: [&str; 4] =
    ["graphql-require-preflight", "apollo-require-preflight", "x-apollo-operation-name", "x-requested-with"];

/// `POST /graphql`
pub(super) async fn post(
    State(gateway): State<Gateway>,
    Extension(came): Extension<Came>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            let largest = super::LARGEST_BODY / 1024;
            return refusal(&Error::client(Code::BodyLimitExceeded, format!("the body is larger than {largest} KiB")), &came.id);
        }
        Err(_) => return refusal(&Error::bad_input("the body could not be read to its end"), &came.id),
    };
    match Parameters::of_json(&headers, &body) {
        Ok(parameters) => respond(&gateway, came, &headers, &parameters, By::Post).await,
        Err(error) => refusal(&error, &came.id),
    }
}

/// The parameters of a GET, where variables are JSON in a text.
#[derive(Debug, Deserialize)]
pub(super) struct InUrl {
    query: Option<String>,
    #[serde(rename = "operationName")]
    operation_name: Option<String>,
    variables: Option<String>,
}

/// `GET /graphql`
pub(super) async fn get(
    State(gateway): State<Gateway>,
    Extension(came): Extension<Came>,
    headers: HeaderMap,
    parameters: Result<Query<InUrl>, QueryRejection>,
) -> Response {
    if !PREFLIGHT.iter().any(|name| headers.contains_key(*name)) {
        let message = "a GET needs the header `GraphQL-Require-Preflight: 1`, so that no other page can send it for you";
        return refusal(&Error::bad_input(message), &came.id);
    }
    let Ok(Query(InUrl { query, operation_name, variables })) = parameters else {
        return refusal(
            &Error::bad_input(
                "the parameters of the URL cannot be read: send each of `query`, `variables` and `operationName` once, in UTF-8",
            ),
            &came.id,
        );
    };
    let Ok(variables) = variables.as_deref().filter(|text| !text.is_empty()).map(serde_json::from_str).transpose() else {
        return refusal(&Error::bad_input("`variables` is not JSON"), &came.id);
    };
    respond(&gateway, came, &headers, &Parameters { query, operation_name, variables }, By::Get).await
}

/// Any other method.
pub(super) async fn other_method(Extension(Came { id, .. }): Extension<Came>) -> Response {
    let mut response = refusal(&Error::client(Code::MethodNotAllowed, "send queries by POST or GET, mutations by POST"), &id);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, POST"));
    response
}

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Post,
    Get,
}

async fn respond(gateway: &Gateway, Came { id, origin }: Came, headers: &HeaderMap, parameters: &Parameters, by: By) -> Response {
    let media_type = match MediaType::accepted(headers) {
        Ok(media_type) => media_type,
        // 406 is the word for it where the answer, not the question, has the wrong form.
        Err(error) => {
            let mut response = refusal(&error, &id);
            *response.status_mut() = StatusCode::NOT_ACCEPTABLE;
            return response;
        }
    };
    let credential = match identity::credential(headers) {
        Ok(credential) => credential,
        Err(error) => return refusal(&error, &id),
    };
    let services = gateway.services.clone();
    let request = Request::coming_from(origin, id.clone(), services, credential, clock::now());
    let mut logged = Logged { operation: parameters.operation_name.clone(), ..Logged::default() };
    let outcome = match tokio::time::timeout(PATIENCE, execute(gateway, &request, parameters, by)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(vec![Error::Timeout]),
    };
    let cost = request.forget().await;
    (logged.statements, logged.database) = (cost.statements, cost.time);
    let mut response = match outcome {
        Ok(answer) => {
            for error in &answer.internal {
                tracing::error!(request = %id, error = %error, "a field failed");
            }
            logged.codes = answer.codes;
            media_type.answer(answer.body)
        }
        Err(errors) => {
            for error in errors.iter().filter(|error| error.ends_request()) {
                tracing::error!(request = %id, error = %error, "a request failed");
            }
            logged.codes = errors.iter().map(|error| error.code().name().to_owned()).collect();
            media_type.errors(&errors, &id)
        }
    };
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    }
    response.extensions_mut().insert(logged);
    response
}

async fn execute(gateway: &Gateway, request: &Request, parameters: &Parameters, by: By) -> Result<Answer, Vec<Error>> {
    let one = |error| vec![error];
    let document = gateway.documents.get(parameters.document().map_err(one)?).await?;
    let operation = graph::operation(&document.syntax, parameters.operation_name.as_deref()).map_err(one)?;
    if operation.ty == OperationType::Mutation && by == By::Get {
        return Err(vec![Error::client(Code::MethodNotAllowed, "mutations come by POST")]);
    }
    // A token that does not hold is told so, whatever is asked with it.
    if !request.is_anonymous() {
        request.reader().await.map_err(one)?;
    }
    let variables = parameters.variables().map_err(one)?;
    if document.introspects(parameters.operation_name.as_deref()) {
        return introspect(gateway, request, parameters, &document.syntax).await.map_err(one);
    }
    let plan = graph::plan(&gateway.tables, &document.syntax, operation, &variables)?;
    let mut answer = graph::execute(&gateway.tables, request, &plan).await.map_err(one)?;
    let mut extensions = Map::new();
    if gateway.is_development() {
        let cost = request.cost().await;
        let milliseconds = cost.time.as_secs_f64() * 1_000.0;
        extensions.insert("sql".to_owned(), json!({ "statements": cost.statements, "ms": (milliseconds * 100.0).round() / 100.0 }));
    }
    answer.close(extensions);
    Ok(answer)
}

/// Introspection is async-graphql's. In production it is for those who have signed in.
async fn introspect(
    gateway: &Gateway,
    request: &Request,
    parameters: &Parameters,
    document: &async_graphql::parser::types::ExecutableDocument,
) -> Result<Answer, Error> {
    if request.is_anonymous() && !gateway.is_development() {
        return Err(Error::unauthenticated("sign in first: the schema is shown to those who have"));
    }
    let mut inner = async_graphql::Request::new("")
        .data(request.clone())
        .data(StockLoader::batching(request.clone(), gateway.tables.clone()))
        .variables(async_graphql::Variables::from_value(async_graphql::Value::Object(parameters.variables()?)));
    if let Some(name) = &parameters.operation_name {
        inner = inner.operation_name(name);
    }
    inner.set_parsed_query(document.clone());
    let response = gateway.schema.execute(inner).await;
    let body = serde_json::to_vec(&response).map_err(Error::internal)?;
    Ok(Answer::closed(body))
}
