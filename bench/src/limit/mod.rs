//! The limit: what the same answers cost without GraphQL, guards and tenancy.

mod base_role;
mod me;
mod org_tree;
mod point;
mod pool;
mod role;
mod statement;
mod timestamp;
mod type_id;
mod user;

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderValue, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::{get, post},
    serve::ListenerExt,
};
use serde::Serialize;
use tokio::net::TcpListener;
use uuid::Uuid;

use self::pool::Pool;
use crate::{ServeArguments, failure::Failure};

/// Serves until it is killed.
pub(crate) async fn run(arguments: ServeArguments) -> Result<(), Failure> {
    let pool = Arc::new(Pool::open(&arguments.database_url).await?);
    let router = Router::new()
        .route("/readyz", get(async || StatusCode::OK))
        .route("/org-tree", post(org_tree))
        .route("/point", post(point))
        .route("/me", post(me))
        .with_state(pool);
    let listener = TcpListener::bind(arguments.listen).await?.tap_io(|stream| {
        // An answer that is sent a little later is still right.
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, router).await?)
}

async fn org_tree(State(pool): State<Arc<Pool>>, body: Bytes) -> Response {
    let answer = async {
        let question: org_tree::Question = serde_json::from_slice(&body)?;
        org_tree::answer(&*pool.lease().await?, &question).await
    };
    respond(answer.await)
}

async fn point(State(pool): State<Arc<Pool>>, body: Bytes) -> Response {
    let answer = async {
        let question: point::Question = serde_json::from_slice(&body)?;
        point::answer(&*pool.lease().await?, &question).await
    };
    respond(answer.await)
}

async fn me(State(pool): State<Arc<Pool>>, body: Bytes) -> Response {
    let answer = async {
        let question: me::Question = serde_json::from_slice(&body)?;
        me::answer(&*pool.lease().await?, &question).await
    };
    respond(answer.await)
}

fn respond(answer: Result<Vec<u8>, Failure>) -> Response {
    match answer {
        Ok(body) => {
            let json = HeaderValue::from_static("application/json");
            ([(CONTENT_TYPE, json)], body).into_response()
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// An identifier in a question.
fn id(prefix: &str, text: &str) -> Result<Uuid, Failure> {
    type_id::parse(prefix, text).ok_or_else(|| format!("`{text}` is not an id of the form `{prefix}_…`").into())
}

/// What an answer looks like from outside.
#[derive(Serialize)]
struct Answer<T> {
    data: T,
}

/// A list, as connections are selected here.
#[derive(Serialize)]
struct Nodes<T> {
    nodes: T,
}

fn write(data: impl Serialize, expected_length: usize) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::with_capacity(expected_length);
    serde_json::to_writer(&mut body, &Answer { data })?;
    Ok(body)
}
