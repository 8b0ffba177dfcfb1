//! What comes in: the parameters of a GraphQL request, <https://graphql.github.io/graphql-over-http/draft/>.

use async_graphql::{Name, Value, indexmap::IndexMap};
use axum::body::Bytes;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use serde::Deserialize;
use serde_json::Map;

use super::answer::Refusal;
use crate::error::{Code, Error};

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
    variables: Option<Value>,
    /// What other servers understand.
    #[serde(default)]
    extensions: Option<Value>,
}

/// The parameters of a GET, where variables are JSON in a text.
#[derive(Debug, Deserialize)]
pub(super) struct InUrl {
    query: Option<String>,
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
        let parameters: Self = serde_json::from_slice(body).map_err(|error| {
            let place = format!("(line {}, column {})", error.line(), error.column());
            match error.classify() {
                serde_json::error::Category::Data => Refusal::malformed(Error::bad_input(format!(
                    "the body is no GraphQL request: it must be an object with `query`, and perhaps `variables` and `operationName` {place}"
                ))),
                _ => Error::bad_input(format!("the body is not JSON {place}")).into(),
            }
        })?;
        parameters.checked()
    }

    /// Reads what stands in a URL, where an empty text is as good as none.
    pub fn of_url(InUrl { query, operation_name, variables, extensions }: InUrl) -> Result<Self, Refusal> {
        let json = |name: &str, text: Option<String>| {
            let value = text.filter(|text| !text.is_empty()).map(|text| serde_json::from_str(&text)).transpose();
            value.map_err(|_| Refusal::malformed(Error::bad_input(format!("`{name}` is not JSON"))))
        };
        Self {
            query,
            operation_name: operation_name.filter(|name| !name.is_empty()),
            variables: json("variables", variables)?,
            extensions: json("extensions", extensions)?,
        }
        .checked()
    }

    /// The same, as a handler is given it.
    pub fn of_query(parameters: Result<Query<InUrl>, QueryRejection>) -> Result<Self, Refusal> {
        let Ok(Query(in_url)) = parameters else {
            return Err(Refusal::malformed(Error::bad_input(
                "the parameters of the URL cannot be read: send each of `query`, `variables`, `operationName` and `extensions` once, in UTF-8",
            )));
        };
        Self::of_url(in_url)
    }

    /// Reads the payload of a message.
    pub fn of_members(members: Map<String, serde_json::Value>) -> Result<Self, Refusal> {
        let parameters: Self = serde_json::from_value(members.into()).map_err(|_| {
            Refusal::malformed(Error::bad_input(
                "the payload is no GraphQL request: it must be an object with `query`, and perhaps `variables` and `operationName`",
            ))
        })?;
        parameters.checked()
    }

    fn checked(self) -> Result<Self, Refusal> {
        for (name, value) in [("variables", &self.variables), ("extensions", &self.extensions)] {
            if !matches!(value, None | Some(Value::Null | Value::Object(_))) {
                return Err(Refusal::malformed(Error::bad_input(format!("`{name}` must be an object"))));
            }
        }
        match self.query.as_deref() {
            Some(query) if !query.trim().is_empty() => Ok(self),
            _ => Err(Refusal::malformed(Error::bad_input("`query` is missing: send a GraphQL document"))),
        }
    }

    /// The document.
    pub fn document(&self) -> &str {
        self.query.as_deref().unwrap_or_default()
    }

    /// The variables by name.
    pub fn variables(&self) -> IndexMap<Name, Value> {
        match &self.variables {
            Some(Value::Object(variables)) => variables.clone(),
            _ => IndexMap::new(),
        }
    }
}
