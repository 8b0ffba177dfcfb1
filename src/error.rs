//! What can go wrong: the client's fault, whose text may be shown, and ours, which is logged and masked.

mod denial;

use std::borrow::Cow;
use std::sync::Arc;

use sea_orm::DbErr;
use serde::Serialize;
use serde_json::{Map, Value, json};

pub use denial::{Denial, Detail, Reason};

/// The stable codes of `extensions.code`; `docs/errors.md` explains each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Code {
    /// No credential, or one that is unknown, expired or revoked.
    Unauthenticated,
    /// The caller lacks the permission.
    Forbidden,
    /// Whoever acts as somebody else may not do this.
    ImpersonationForbidden,
    /// The organization is past due.
    BillingLocked,
    /// The organization's plan lacks the feature.
    PlanRequired,
    /// It does not exist, or the caller may not know of it.
    NotFound,
    /// The request, a variable or an argument is wrong.
    BadUserInput,
    /// The document is not GraphQL.
    GraphqlParseFailed,
    /// The document does not fit the schema.
    GraphqlValidationFailed,
    /// The document is nested too deep.
    DepthLimitExceeded,
    /// The document selects too much.
    SelectionLimitExceeded,
    /// The document has too many tokens.
    TokenLimitExceeded,
    /// List and object literals are nested too deep.
    NestingLimitExceeded,
    /// Too many fields are renamed.
    AliasLimitExceeded,
    /// The operation has too many fields at its root.
    RootFieldLimitExceeded,
    /// The document has too many directives.
    DirectiveLimitExceeded,
    /// The document defines too many fragments.
    FragmentLimitExceeded,
    /// A fragment spreads itself, directly or through others.
    FragmentCycle,
    /// No document is known by this id, to whoever asks.
    PersistedQueryNotFound,
    /// The request would cost more than one may.
    CostLimitExceeded,
    /// The caller has spent what it may for now.
    RateLimited,
    /// Several requests came in one body.
    BatchLimitExceeded,
    /// The answer would be too large.
    AnswerLimitExceeded,
    /// The request body is too large.
    BodyLimitExceeded,
    /// The media type of the body is none that is read, or none that is written is accepted.
    UnsupportedMediaType,
    /// The method does not fit: mutations come by POST.
    MethodNotAllowed,
    /// There are as many subscriptions as there may be.
    SubscriptionLimitExceeded,
    /// A subscription did not take its events.
    SlowConsumer,
    /// What came after a cursor of events is no longer known.
    CursorExpired,
    /// The API key runs registered documents only.
    DocumentRequired,
    /// It contradicts what is stored.
    Conflict,
    /// It took too long.
    Timeout,
    /// The database cannot be reached, or the server is too busy.
    Unavailable,
    /// Our fault.
    Internal,
}

impl Code {
    /// Every code.
    pub const ALL: [Self; 34] = [
        Self::Unauthenticated,
        Self::Forbidden,
        Self::ImpersonationForbidden,
        Self::BillingLocked,
        Self::PlanRequired,
        Self::NotFound,
        Self::BadUserInput,
        Self::GraphqlParseFailed,
        Self::GraphqlValidationFailed,
        Self::DepthLimitExceeded,
        Self::SelectionLimitExceeded,
        Self::TokenLimitExceeded,
        Self::NestingLimitExceeded,
        Self::AliasLimitExceeded,
        Self::RootFieldLimitExceeded,
        Self::DirectiveLimitExceeded,
        Self::FragmentLimitExceeded,
        Self::FragmentCycle,
        Self::PersistedQueryNotFound,
        Self::CostLimitExceeded,
        Self::RateLimited,
        Self::BatchLimitExceeded,
        Self::AnswerLimitExceeded,
        Self::BodyLimitExceeded,
        Self::UnsupportedMediaType,
        Self::MethodNotAllowed,
        Self::SubscriptionLimitExceeded,
        Self::SlowConsumer,
        Self::CursorExpired,
        Self::DocumentRequired,
        Self::Conflict,
        Self::Timeout,
        Self::Unavailable,
        Self::Internal,
    ];

    /// As clients see it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::ImpersonationForbidden => "IMPERSONATION_FORBIDDEN",
            Self::BillingLocked => "BILLING_LOCKED",
            Self::PlanRequired => "PLAN_REQUIRED",
            Self::NotFound => "NOT_FOUND",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::GraphqlParseFailed => "GRAPHQL_PARSE_FAILED",
            Self::GraphqlValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Self::DepthLimitExceeded => "DEPTH_LIMIT_EXCEEDED",
            Self::SelectionLimitExceeded => "SELECTION_LIMIT_EXCEEDED",
            Self::TokenLimitExceeded => "TOKEN_LIMIT_EXCEEDED",
            Self::NestingLimitExceeded => "NESTING_LIMIT_EXCEEDED",
            Self::AliasLimitExceeded => "ALIAS_LIMIT_EXCEEDED",
            Self::RootFieldLimitExceeded => "ROOT_FIELD_LIMIT_EXCEEDED",
            Self::DirectiveLimitExceeded => "DIRECTIVE_LIMIT_EXCEEDED",
            Self::FragmentLimitExceeded => "FRAGMENT_LIMIT_EXCEEDED",
            Self::FragmentCycle => "FRAGMENT_CYCLE",
            Self::PersistedQueryNotFound => "PERSISTED_QUERY_NOT_FOUND",
            Self::CostLimitExceeded => "COST_LIMIT_EXCEEDED",
            Self::RateLimited => "RATE_LIMITED",
            Self::BatchLimitExceeded => "BATCH_LIMIT_EXCEEDED",
            Self::AnswerLimitExceeded => "ANSWER_LIMIT_EXCEEDED",
            Self::BodyLimitExceeded => "BODY_LIMIT_EXCEEDED",
            Self::UnsupportedMediaType => "UNSUPPORTED_MEDIA_TYPE",
            Self::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Self::SubscriptionLimitExceeded => "SUBSCRIPTION_LIMIT_EXCEEDED",
            Self::SlowConsumer => "SLOW_CONSUMER",
            Self::CursorExpired => "CURSOR_EXPIRED",
            Self::DocumentRequired => "DOCUMENT_REQUIRED",
            Self::Conflict => "CONFLICT",
            Self::Timeout => "TIMEOUT",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }
}

/// Why something was not done. Cheap to clone: one failed load is the error of every row that needed it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// What the client did, or may not do.
    #[error("{}", .0.message)]
    Client(Arc<ClientError>),
    /// The database is out of reach.
    #[error("the database cannot be reached: {0}")]
    Unavailable(Arc<str>),
    /// A statement took longer than it may.
    #[error("the database took too long")]
    Timeout,
    /// Our fault; the text is for the log only.
    #[error("{0}")]
    Internal(Arc<str>),
}

/// An error whose text may be shown.
#[derive(Debug)]
pub struct ClientError {
    /// Its stable code.
    pub code: Code,
    /// What is wrong and what to do, lower case, the client's words in backticks.
    pub message: Cow<'static, str>,
    /// Further members of `extensions`.
    pub extensions: Map<String, Value>,
}

/// Messages repeat the client's words, but not a megabyte of them.
const LONGEST_MESSAGE: usize = 400;

impl Error {
    /// An error of the client with this code and text.
    #[must_use]
    pub fn client(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self::Client(Arc::new(ClientError { code, message: shortened(message.into()), extensions: Map::new() }))
    }

    /// The same with further members of `extensions`.
    #[must_use]
    pub fn with_extensions(code: Code, message: impl Into<Cow<'static, str>>, extensions: Map<String, Value>) -> Self {
        Self::Client(Arc::new(ClientError { code, message: shortened(message.into()), extensions }))
    }

    /// `BAD_USER_INPUT`
    #[must_use]
    pub fn bad_input(message: impl Into<Cow<'static, str>>) -> Self {
        Self::client(Code::BadUserInput, message)
    }

    /// `UNAUTHENTICATED`
    #[must_use]
    pub fn unauthenticated(message: &'static str) -> Self {
        Self::client(Code::Unauthenticated, message)
    }

    /// The same about one of many things that the client sent.
    #[must_use]
    pub fn within(&self, place: &str) -> Self {
        match self {
            Self::Client(error) => Self::Client(Arc::new(ClientError {
                code: error.code,
                message: format!("`{place}`: {}", error.message).into(),
                extensions: error.extensions.clone(),
            })),
            Self::Unavailable(_) | Self::Timeout | Self::Internal(_) => self.clone(),
        }
    }

    /// Something that must not happen; `message` goes to the log.
    #[must_use]
    pub fn internal(message: impl std::fmt::Display) -> Self {
        Self::Internal(message.to_string().into())
    }

    /// Its code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Client(error) => error.code,
            Self::Unavailable(_) => Code::Unavailable,
            Self::Timeout => Code::Timeout,
            Self::Internal(_) => Code::Internal,
        }
    }

    /// Does it end the whole request, because nothing further can be read?
    #[must_use]
    pub fn ends_request(&self) -> bool {
        !matches!(self, Self::Client(_))
    }

    /// The text that a client may read. Internals are masked: the request id leads to the log.
    #[must_use]
    pub fn public_message(&self) -> &str {
        match self {
            Self::Client(error) => &error.message,
            Self::Unavailable(_) => "the service is unavailable for a moment: try again",
            Self::Timeout => "the request took too long: ask for less",
            Self::Internal(_) => "something went wrong on the server",
        }
    }

    /// `extensions` as a client sees it. What went wrong on our side can be found in the log by the id of the request.
    #[must_use]
    pub fn extensions(&self, request_id: &str) -> Map<String, Value> {
        let mut extensions = Map::new();
        extensions.insert("code".to_owned(), json!(self.code().name()));
        if matches!(self, Self::Internal(_)) {
            extensions.insert("requestId".to_owned(), json!(request_id));
        }
        if let Self::Client(error) = self {
            extensions.extend(error.extensions.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
        extensions
    }
}

fn shortened(message: Cow<'static, str>) -> Cow<'static, str> {
    match message.char_indices().nth(LONGEST_MESSAGE) {
        Some((end, _)) => format!("{}…", &message[..end]).into(),
        None => message,
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        let text = error.to_string();
        let source = match &error {
            DbErr::Conn(sea_orm::RuntimeErr::SqlxError(source))
            | DbErr::Exec(sea_orm::RuntimeErr::SqlxError(source))
            | DbErr::Query(sea_orm::RuntimeErr::SqlxError(source)) => Some(source),
            _ => None,
        };
        source.map_or_else(|| Self::internal(&text), |source| of_sqlx(source))
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        of_sqlx(&error)
    }
}

/// Classes of SQLSTATE: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn of_sqlx(error: &sqlx::Error) -> Error {
    let text: Arc<str> = error.to_string().into();
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Protocol(_) => Error::Unavailable(text),
        sqlx::Error::Database(database) => match database.code().as_deref() {
            Some("57014") => Error::Timeout,
            // A serialization failure, or a deadlock, of which one side must give way.
            Some("40001" | "40P01") => Error::client(Code::Conflict, "somebody changed the same at this moment: try again"),
            // Connection exceptions, too many connections, shutdown, starting up.
            Some(code) if code.starts_with("08") || matches!(code, "53300" | "57P01" | "57P02" | "57P03") => {
                Error::Unavailable(text)
            }
            _ => Error::Internal(text),
        },
        _ => Error::Internal(text),
    }
}
