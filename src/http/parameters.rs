//! What comes in: the parameters of a GraphQL request, <https://graphql.github.io/graphql-over-http/draft/>.

use async_graphql::{Name, Value, indexmap::IndexMap};
use axum::body::Bytes;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use serde::Deserialize;
use serde_json::Map;
use sha2::{Digest, Sha256};

use super::answer::Refusal;
use crate::error::{Code, Error};
use crate::platform::persisted_document::DocumentId;

/// Which document a request means.
#[derive(Debug)]
pub(super) enum Asked {
    /// This text.
    Text(String),
    /// The one that is known by this id.
    Id(DocumentId),
    /// This text, to be known by its hash from now on.
    AutomaticText(String, [u8; 32]),
    /// The text that was sent before, or is registered, with this hash.
    AutomaticHash([u8; 32], DocumentId),
}

/// A request as its parameters say it.
#[derive(Debug)]
pub(super) struct Parameters {
    /// The document.
    pub asked: Asked,
    /// Which of its operations.
    pub operation_name: Option<String>,
    variables: IndexMap<Name, Value>,
    /// Is only its price wanted?
    pub is_dry_run: bool,
}

/// The parameters as they come.
#[derive(Debug, Deserialize)]
struct Sent {
    #[serde(default)]
    query: Option<String>,
    /// Relay's network layers say `id` or `doc_id`.
    #[serde(default, rename = "documentId", alias = "id", alias = "doc_id")]
    document_id: Option<String>,
    #[serde(default, rename = "operationName")]
    operation_name: Option<String>,
    #[serde(default)]
    variables: Option<Value>,
    #[serde(default)]
    extensions: Option<Value>,
}

/// The parameters of a GET, where variables are JSON in a text.
#[derive(Debug, Deserialize)]
pub(super) struct InUrl {
    query: Option<String>,
    #[serde(rename = "documentId", alias = "id", alias = "doc_id")]
    document_id: Option<String>,
    #[serde(rename = "operationName")]
    operation_name: Option<String>,
    variables: Option<String>,
    extensions: Option<String>,
}

impl Parameters {
    /// Reads a body.
    pub fn of_body(body: &Bytes) -> Result<Self, Refusal> {
        if body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
            let message = "the body is an array: send requests one by one";
            return Err(Refusal::malformed(Error::client(Code::BatchLimitExceeded, message)));
        }
        let sent: Sent = serde_json::from_slice(body).map_err(|error| {
            let place = format!("(line {}, column {})", error.line(), error.column());
            match error.classify() {
                serde_json::error::Category::Data => Refusal::malformed(Error::bad_input(format!(
                    "the body is no GraphQL request: it must be an object with `query` or `documentId`, and perhaps `variables` and `operationName` {place}"
                ))),
                _ => Error::bad_input(format!("the body is not JSON {place}")).into(),
            }
        })?;
        sent.checked()
    }

    /// Reads what stands in a URL, where an empty text is as good as none.
    pub fn of_url(InUrl { query, document_id, operation_name, variables, extensions }: InUrl) -> Result<Self, Refusal> {
        let json = |name: &str, text: Option<String>| {
            let value = text.filter(|text| !text.is_empty()).map(|text| serde_json::from_str(&text)).transpose();
            value.map_err(|_| malformed(format!("`{name}` is not JSON")))
        };
        Sent {
            query,
            document_id: document_id.filter(|id| !id.is_empty()),
            operation_name: operation_name.filter(|name| !name.is_empty()),
            variables: json("variables", variables)?,
            extensions: json("extensions", extensions)?,
        }
        .checked()
    }

    fn of_path(document_id: String, in_url: InUrl) -> Result<Self, Refusal> {
        if in_url.query.is_some() || in_url.document_id.is_some() {
            return Err(malformed("the path names the document: send neither `query` nor `documentId` along"));
        }
        Self::of_url(InUrl { document_id: Some(document_id), ..in_url })
    }

    /// The same, as a handler is given it.
    pub fn of_query(parameters: Result<Query<InUrl>, QueryRejection>) -> Result<Self, Refusal> {
        Self::of_url(in_url(parameters)?)
    }

    /// The same, where the document is named by the path.
    pub fn of_path_and_query(document_id: String, parameters: Result<Query<InUrl>, QueryRejection>) -> Result<Self, Refusal> {
        Self::of_path(document_id, in_url(parameters)?)
    }

    /// Reads the payload of a message.
    pub fn of_members(members: Map<String, serde_json::Value>) -> Result<Self, Refusal> {
        let sent: Sent = serde_json::from_value(members.into()).map_err(|_| {
            malformed("the payload is no GraphQL request: it must be an object with `query` or `documentId`, and perhaps `variables` and `operationName`")
        })?;
        sent.checked()
    }

    /// The variables by name.
    pub fn variables(&self) -> IndexMap<Name, Value> {
        self.variables.clone()
    }
}

impl Sent {
    fn checked(self) -> Result<Parameters, Refusal> {
        let variables = object("variables", self.variables)?.unwrap_or_default();
        let extensions = object("extensions", self.extensions)?;
        let query = self.query.filter(|query| !query.trim().is_empty());
        let automatic = Automatic::read(extensions.as_ref().and_then(|extensions| extensions.get("persistedQuery")))?;
        let asked = match (query, self.document_id, automatic) {
            (None, Some(id), None) => Asked::Id(DocumentId::read(&id).ok_or_else(not_an_id)?),
            (Some(text), None, None) => Asked::Text(text),
            (Some(text), None, Some(Automatic { hash, .. })) => {
                let own = Sha256::digest(&text).into();
                if hash != Some(own) {
                    // In the words of other servers: there are clients that know them.
                    return Err(malformed("provided sha does not match query"));
                }
                Asked::AutomaticText(text, own)
            }
            (None, None, Some(Automatic { hash: Some(hash), id })) => Asked::AutomaticHash(hash, id),
            (None, None, Some(Automatic { hash: None, id })) => Asked::Id(id),
            (None, None, None) => return Err(malformed("`query` is missing: send a GraphQL document, or `documentId`")),
            (_, Some(_), _) => return Err(malformed("send one of `query`, `documentId` and `extensions.persistedQuery`")),
        };
        let is_dry_run = extensions.as_ref().and_then(|extensions| extensions.get("dryRun")) == Some(&Value::Boolean(true));
        Ok(Parameters { asked, operation_name: self.operation_name, variables, is_dry_run })
    }
}

fn malformed(message: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::malformed(Error::bad_input(message))
}

fn not_an_id() -> Refusal {
    malformed("`documentId` is no id: send `sha256:` and 64 hexadecimal digits, or the id that your manifest has")
}

fn object(name: &str, value: Option<Value>) -> Result<Option<IndexMap<Name, Value>>, Refusal> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(members)) => Ok(Some(members)),
        Some(_) => Err(malformed(format!("`{name}` must be an object"))),
    }
}

/// What a client with automatic persisted queries sends: an id, with its bytes where it is a SHA-256. Front ends with a manifest
/// send what their manifest has, by the same protocol.
struct Automatic {
    hash: Option<[u8; 32]>,
    id: DocumentId,
}

impl Automatic {
    /// `None` where nothing is sent.
    fn read(sent: Option<&Value>) -> Result<Option<Self>, Refusal> {
        let members = match sent {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Object(members)) => Some(members),
            Some(_) => None,
        };
        let is_first = |version: &Value| matches!(version, Value::Number(version) if version.as_u64() == Some(1));
        let members = members.filter(|members| members.get("version").is_some_and(is_first));
        match members.and_then(|members| members.get("sha256Hash")) {
            Some(Value::String(text)) => DocumentId::read(text),
            _ => None,
        }
        .map(|id| Some(Self { hash: bytes(&id), id }))
        .ok_or_else(|| malformed("`extensions.persistedQuery` must be `{ version: 1, sha256Hash: … }`, with 64 hexadecimal digits"))
    }
}

fn bytes(id: &DocumentId) -> Option<[u8; 32]> {
    let DocumentId::Sha256(digits) = id else { return None };
    let mut bytes = [0; 32];
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(bytes)
}

fn in_url(parameters: Result<Query<InUrl>, QueryRejection>) -> Result<InUrl, Refusal> {
    parameters.map(|Query(in_url)| in_url).map_err(|_| {
        Refusal::malformed(Error::bad_input(
            "the parameters of the URL cannot be read: send each of `query`, `documentId`, `variables`, `operationName` and `extensions` once, in UTF-8",
        ))
    })
}
