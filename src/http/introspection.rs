//! Who is shown the schema: by introspection, and by suggestions of what may have been meant.

use async_graphql::parser::types::ExecutableDocument;

use super::answer::Refusal;
use super::parameters::Parameters;
use super::payment;
use super::settings::Audience;
use crate::document;
use crate::error::{Code, Error};
use crate::gateway::Gateway;
use crate::graph::{self, Answer, StockLoader};
use crate::request::Request;

/// What is wrong with a document; what may have been meant only for those who may see the schema. A variable that
/// nobody uses is the smaller mistake where its value does not fit either.
pub(super) async fn complaints(
    gateway: &Gateway,
    request: &Request,
    parameters: &Parameters,
    refusal: document::Refusal,
) -> Refusal {
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
        Audience::SignedIn if request.is_anonymous() => false,
        Audience::SignedIn => payment::payer(request).await.is_ok() && payment::enter(request).await.is_ok(),
        Audience::Nobody => false,
    };
    if shown { suggesting.into() } else { errors.into() }
}

/// May this caller see the schema?
pub(super) fn sees_schema(gateway: &Gateway, request: &Request) -> Result<(), Error> {
    match gateway.door.settings.schema {
        Audience::SignedIn if request.is_anonymous() => {
            Err(Error::unauthenticated("sign in first: the schema is shown to those who have"))
        }
        Audience::Nobody => Err(Error::client(Code::Forbidden, "the schema is not shown here")),
        Audience::Everybody | Audience::SignedIn => Ok(()),
    }
}

/// Introspection is async-graphql's. It costs what it may cost.
pub(super) async fn introspect(
    gateway: &Gateway,
    request: &Request,
    parameters: &Parameters,
    document: &ExecutableDocument,
) -> Result<Answer, Error> {
    let mut inner = async_graphql::Request::new("")
        .data(request.clone())
        .data(StockLoader::batching(request.clone(), gateway.tables.clone()))
        .variables(async_graphql::Variables::from_value(async_graphql::Value::Object(parameters.variables())));
    if let Some(name) = &parameters.operation_name {
        inner = inner.operation_name(name);
    }
    inner.set_parsed_query(document.clone());
    let response = gateway.schema.execute(inner).await;
    let mut body = b"{\"data\":".to_vec();
    serde_json::to_writer(&mut body, &response.data).map_err(Error::internal)?;
    let errors = response.errors.iter().map(serde_json::to_value).collect::<Result<_, _>>().map_err(Error::internal)?;
    Ok(Answer::of(body, errors, request.charge().map_or(0, |charge| charge.requested)))
}
