//! What goes out: answers and refusals, with the statuses of GraphQL over HTTP,
//! <https://graphql.github.io/graphql-over-http/draft/#sec-Status-Codes>.
//!
//! The draft contradicts itself in two places, and its audits contradict it in a third. Where fields fail and `data` is
//! there, it wants 294 in one section and 200 in another: it is 200, which every client and proxy knows. Variables that
//! cannot be coerced are 422 by its text and 400 by the audits that are run against servers: it is 400.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::accept::MediaType;
use crate::error::{Code, Error};
use crate::graph::request_errors;

/// Why a request has no `data`.
#[derive(Debug)]
pub(super) struct Refusal {
    pub errors: Vec<Error>,
    /// What its first error does not say by its code.
    status: Option<StatusCode>,
    header: Option<(HeaderName, HeaderValue)>,
    kind: Kind,
}

/// How far a request was understood. Clients that know `application/json` alone expect 200 for whatever is wrong with a
/// document, and know of no other status for what they send than 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// It is JSON, and yet no GraphQL request, or names no operation.
    Malformed,
    /// The document, or its variables, are wrong.
    Document,
    /// The rest.
    Other,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        vec![error].into()
    }
}

impl From<Vec<Error>> for Refusal {
    fn from(errors: Vec<Error>) -> Self {
        let kind = match errors.first().map_or(Code::Internal, Error::code) {
            code if is_about_the_document(code) => Kind::Document,
            _ => Kind::Other,
        };
        Self { errors, status: None, header: None, kind }
    }
}

impl Refusal {
    /// The parameters make no request.
    pub fn malformed(error: Error) -> Self {
        Self { kind: Kind::Malformed, ..Self::from(error) }
    }

    /// The variables do not fit their types.
    pub fn of_variables(errors: Vec<Error>) -> Self {
        let refusal = Self::from(errors);
        let is_theirs = refusal.errors.first().is_some_and(|error| error.code() == Code::BadUserInput);
        Self { kind: if is_theirs { Kind::Document } else { refusal.kind }, ..refusal }
    }

    /// A status that the code does not have.
    pub fn with_status(self, status: StatusCode) -> Self {
        Self { status: Some(status), ..self }
    }

    /// A header that the status asks for.
    pub fn with_header(self, name: HeaderName, value: HeaderValue) -> Self {
        Self { header: Some((name, value)), ..self }
    }

    /// As an answer.
    pub fn response(&self, media_type: MediaType, request_id: &str) -> Response {
        let code = self.errors.first().map_or(Code::Internal, Error::code);
        let status = match (media_type, self.kind) {
            (MediaType::Json, Kind::Document) => StatusCode::OK,
            (MediaType::Json, Kind::Malformed) => StatusCode::BAD_REQUEST,
            (MediaType::GraphqlResponse, Kind::Malformed) => StatusCode::UNPROCESSABLE_ENTITY,
            _ => self.status.unwrap_or(status(code)),
        };
        let body = request_errors(&self.errors, request_id);
        self.with_headers((status, [(header::CONTENT_TYPE, media_type.header())], body).into_response())
    }

    /// As an answer to those who do not speak GraphQL: a status, and a text.
    pub fn text(&self) -> Response {
        let code = self.errors.first().map_or(Code::Internal, Error::code);
        let message = self.errors.first().map_or("", Error::public_message).to_owned();
        self.with_headers((self.status.unwrap_or(status(code)), message).into_response())
    }

    fn with_headers(&self, mut response: Response) -> Response {
        let status = response.status();
        let headers = response.headers_mut();
        match status {
            // As RFC 6750 wants it.
            StatusCode::UNAUTHORIZED => drop(headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))),
            StatusCode::SERVICE_UNAVAILABLE => drop(headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"))),
            _ => {}
        }
        if let Some((name, value)) = &self.header {
            headers.insert(name, value.clone());
        }
        response
    }
}

/// An answer with data.
pub(super) fn answer(media_type: MediaType, body: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, media_type.header())], body).into_response()
}

/// Was the request understood, and its document refused?
fn is_about_the_document(code: Code) -> bool {
    match code {
        Code::GraphqlParseFailed
        | Code::GraphqlValidationFailed
        | Code::DepthLimitExceeded
        | Code::SelectionLimitExceeded
        | Code::TokenLimitExceeded
        | Code::NestingLimitExceeded
        | Code::AliasLimitExceeded
        | Code::RootFieldLimitExceeded
        | Code::DirectiveLimitExceeded
        | Code::FragmentLimitExceeded
        | Code::FragmentCycle
        | Code::PersistedQueryNotFound
        | Code::CostLimitExceeded => true,
        Code::Unauthenticated
        | Code::Forbidden
        | Code::ImpersonationForbidden
        | Code::BillingLocked
        | Code::PlanRequired
        | Code::NotFound
        | Code::BadUserInput
        | Code::RateLimited
        | Code::BatchLimitExceeded
        | Code::AnswerLimitExceeded
        | Code::BodyLimitExceeded
        | Code::UnsupportedMediaType
        | Code::MethodNotAllowed
        | Code::SubscriptionLimitExceeded
        | Code::SlowConsumer
        | Code::CursorExpired
        | Code::DocumentRequired
        | Code::Conflict
        | Code::Timeout
        | Code::Unavailable
        | Code::Internal => false,
    }
}

/// The status of an error with this code.
pub(super) fn status(code: Code) -> StatusCode {
    match code {
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::Forbidden | Code::ImpersonationForbidden | Code::BillingLocked | Code::DocumentRequired => StatusCode::FORBIDDEN,
        Code::PlanRequired => StatusCode::PAYMENT_REQUIRED,
        Code::NotFound | Code::PersistedQueryNotFound => StatusCode::NOT_FOUND,
        Code::BadUserInput | Code::GraphqlParseFailed | Code::AnswerLimitExceeded => StatusCode::BAD_REQUEST,
        Code::GraphqlValidationFailed
        | Code::DepthLimitExceeded
        | Code::SelectionLimitExceeded
        | Code::TokenLimitExceeded
        | Code::NestingLimitExceeded
        | Code::AliasLimitExceeded
        | Code::RootFieldLimitExceeded
        | Code::DirectiveLimitExceeded
        | Code::FragmentLimitExceeded
        | Code::FragmentCycle
        | Code::CostLimitExceeded
        | Code::BatchLimitExceeded => StatusCode::UNPROCESSABLE_ENTITY,
        Code::BodyLimitExceeded => StatusCode::PAYLOAD_TOO_LARGE,
        Code::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Code::RateLimited | Code::SubscriptionLimitExceeded | Code::SlowConsumer => StatusCode::TOO_MANY_REQUESTS,
        Code::CursorExpired => StatusCode::GONE,
        Code::Conflict => StatusCode::CONFLICT,
        Code::Timeout | Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
