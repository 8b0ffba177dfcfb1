//! The stock async-graphql executor over the same tables, with its own batching of loads.
//!
//! It serves `POST /graphql` as the gateway does, down to the credential and the transaction; only plan, walk and
//! writing are async-graphql's.

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use tenantry::{
    clock,
    gateway::{Gateway, Mode},
    graph::StockLoader,
    identity,
    request::Request,
};

use crate::{ServeArguments, failure::Failure};

/// Serves until it is killed.
pub(crate) async fn run(arguments: ServeArguments) -> Result<(), Failure> {
    let settings = tenantry::database::Settings::new(&arguments.database_url);
    let gateway = Gateway::new(&settings, Mode::Production)?;
    let router =
        Router::new().route("/readyz", get(|| async { StatusCode::OK })).route("/graphql", post(graphql)).with_state(gateway);
    let listener = tokio::net::TcpListener::bind(arguments.listen).await?;
    axum::serve(listener, router).await?;
    Ok(())
}

async fn graphql(State(gateway): State<Gateway>, headers: HeaderMap, Json(question): Json<async_graphql::Request>) -> Response {
    let Ok(credential) = identity::credential(&headers) else { return StatusCode::UNAUTHORIZED.into_response() };
    let request = Request::new(String::new(), gateway.services.clone(), credential, clock::now());
    let loader = StockLoader::batching(request.clone(), gateway.tables.clone());
    let response = gateway.schema.execute(question.data(request.clone()).data(loader)).await;
    request.forget().await;
    Json(response).into_response()
}
