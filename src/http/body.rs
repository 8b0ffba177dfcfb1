//! What comes in and goes out: requests and answers of GraphQL over HTTP, <https://graphql.github.io/graphql-over-http/draft/>.

use async_graphql::{Name, Value, indexmap::IndexMap};
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::error::{Code, Error};
use crate::graph::request_errors;

/// A request as its parameters say it.
#[derive(Debug, Deserialize)]
pub(super) struct Parameters {
    /// The document.
    #[serde(default)]
    pub query: Option<String>,
    /// Which of its operations.
    #[serde(default, rename = "operationName")]
    pub operation_name: Option<String>,
    /// Its variables.
    #[serde(default)]
    pub variables: Option<Value>,
}

/// In which dialect an answer is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MediaType {
    /// `application/graphql-response+json`: the status says what became of the request.
    GraphqlResponse,
    /// `application/json`: 200 for every request that was understood as one.
    Json,
}

impl Parameters {
    /// Reads a body.
    pub fn of_json(headers: &HeaderMap, body: &Bytes) -> Result<Self, Error> {
        let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !media_type.split(';').next().is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json")) {
            return Err(Error::client(
                Code::UnsupportedMediaType,
                "send the request as JSON, with `Content-Type: application/json`",
            ));
        }
        serde_json::from_slice(body).map_err(|error| {
            let what = match error.classify() {
                serde_json::error::Category::Data => {
                    "is no GraphQL request: it must be an object with `query`, and perhaps `variables` and `operationName`"
                }
                _ => "is not JSON",
            };
            Error::bad_input(format!("the body {what} (line {}, column {})", error.line(), error.column()))
        })
    }

    /// The document, which there must be.
    pub fn document(&self) -> Result<&str, Error> {
        match self.query.as_deref() {
            Some(query) if !query.trim().is_empty() => Ok(query),
            _ => Err(Error::bad_input("`query` is missing: send a GraphQL document")),
        }
    }

    /// The variables by name.
    pub fn variables(&self) -> Result<IndexMap<Name, Value>, Error> {
        match &self.variables {
            None | Some(Value::Null) => Ok(IndexMap::new()),
            Some(Value::Object(variables)) => Ok(variables.clone()),
            Some(_) => Err(Error::bad_input("`variables` must be an object")),
        }
    }
}

impl MediaType {
    /// The dialect that the client accepts; JSON where it says nothing, as before the dialects were two.
    pub fn accepted(headers: &HeaderMap) -> Result<Self, Error> {
        let accept: Vec<&str> = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
        if accept.is_empty() {
            return Ok(Self::Json);
        }
        let accepts = |wanted: &[&str]| {
            accept.iter().flat_map(|value| value.split(',')).any(|range| {
                let mut parts = range.split(';').map(str::trim);
                let essence = parts.next().unwrap_or_default();
                let refused = parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
                !refused && wanted.iter().any(|wanted| essence.eq_ignore_ascii_case(wanted))
            })
        };
        if accepts(&["application/graphql-response+json"]) {
            Ok(Self::GraphqlResponse)
        } else if accepts(&["application/json", "application/*", "*/*"]) {
            Ok(Self::Json)
        } else {
            Err(Error::client(Code::UnsupportedMediaType, "accept `application/graphql-response+json` or `application/json`"))
        }
    }

    fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        })
    }

    /// An answer with data.
    pub fn answer(self, body: Vec<u8>) -> Response {
        ([(header::CONTENT_TYPE, self.header())], body).into_response()
    }

    /// An answer without: the request was refused, or failed as a whole.
    pub fn errors(self, errors: &[Error], request_id: &str) -> Response {
        let code = errors.first().map_or(Code::Internal, Error::code);
        let status = match self {
            Self::Json if is_about_the_document(code) => StatusCode::OK,
            _ => status(code),
        };
        challenged((status, [(header::CONTENT_TYPE, self.header())], request_errors(errors, request_id)).into_response())
    }
}

/// A refusal before any dialect is agreed upon.
pub(super) fn refusal(error: &Error, request_id: &str) -> Response {
    let body = request_errors(std::slice::from_ref(error), request_id);
    challenged((status(error.code()), [(header::CONTENT_TYPE, MediaType::Json.header())], body).into_response())
}

/// A 401 says how to sign in, as RFC 6750 wants it.
pub(super) fn challenged(mut response: Response) -> Response {
    if response.status() == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// Was the request understood, and its document refused?
fn is_about_the_document(code: Code) -> bool {
    match code {
        Code::GraphqlParseFailed | Code::GraphqlValidationFailed | Code::DepthLimitExceeded | Code::SelectionLimitExceeded => true,
        Code::Unauthenticated
        | Code::Forbidden
        | Code::BillingLocked
        | Code::PlanRequired
        | Code::NotFound
        | Code::BadUserInput
        | Code::AnswerLimitExceeded
        | Code::BodyLimitExceeded
        | Code::UnsupportedMediaType
        | Code::MethodNotAllowed
        | Code::Conflict
        | Code::Timeout
        | Code::Unavailable
        | Code::Internal => false,
    }
}

pub(super) fn status(code: Code) -> StatusCode {
    match code {
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::Forbidden | Code::BillingLocked => StatusCode::FORBIDDEN,
        Code::PlanRequired => StatusCode::PAYMENT_REQUIRED,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::BadUserInput
        | Code::GraphqlParseFailed
        | Code::GraphqlValidationFailed
        | Code::DepthLimitExceeded
        | Code::SelectionLimitExceeded
        | Code::AnswerLimitExceeded => StatusCode::BAD_REQUEST,
        Code::BodyLimitExceeded => StatusCode::PAYLOAD_TOO_LARGE,
        Code::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Code::Conflict => StatusCode::CONFLICT,
        Code::Timeout | Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
