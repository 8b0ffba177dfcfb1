//! What the two hand-written programs are made of: the server around their answers.

mod base_role;
mod pool;
mod question;
mod status;
mod timestamp;
mod type_id;

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
use tokio_postgres::{Client, Error};

use self::pool::Pool;
pub(crate) use self::{
    base_role::BaseRole,
    pool::Session,
    question::{Me, OrgTree, Point},
    status::{member_status, subscription_status},
    timestamp::Timestamp,
    type_id::TypeId,
};
use crate::{ServeArguments, failure::Failure};

/// A hand-written program: the statements that it prepares on each connection, and how it answers with them.
pub(crate) trait Program: 'static {
    /// What it prepares.
    type Statements: Send + Sync + 'static;

    /// How Postgres knows its connections.
    const NAME: &'static str;

    /// The settings of its connections, as an address has them in `options`.
    const OPTIONS: &'static str;

    /// Prepares its statements.
    fn prepare(client: &Client) -> impl Future<Output = Result<Self::Statements, Error>> + Send;

    /// Organizations with all that hangs on them.
    fn org_tree(session: &Session<Self::Statements>, question: &OrgTree) -> impl Future<Output = Result<Vec<u8>, Failure>> + Send;

    /// One organization with its owner's e-mail.
    fn point(session: &Session<Self::Statements>, question: &Point) -> impl Future<Output = Result<Vec<u8>, Failure>> + Send;

    /// A person's memberships with organization and roles.
    fn me(session: &Session<Self::Statements>, question: &Me) -> impl Future<Output = Result<Vec<u8>, Failure>> + Send;
}

/// Serves until it is killed.
pub(crate) async fn run<P: Program>(arguments: ServeArguments) -> Result<(), Failure> {
    let pool = Arc::new(Pool::open::<P>(&arguments.database_url).await?);
    let router = Router::new()
        .route("/readyz", get(async || StatusCode::OK))
        .route("/org-tree", post(org_tree::<P>))
        .route("/point", post(point::<P>))
        .route("/me", post(me::<P>))
        .with_state(pool);
    let listener = TcpListener::bind(arguments.listen).await?.tap_io(|stream| {
        // An answer that is sent a little later is still right.
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, router).await?)
}

async fn org_tree<P: Program>(State(pool): State<Arc<Pool<P::Statements>>>, body: Bytes) -> Response {
    let answer = async { P::org_tree(&*pool.lease().await?, &serde_json::from_slice(&body)?).await };
    respond(answer.await)
}

async fn point<P: Program>(State(pool): State<Arc<Pool<P::Statements>>>, body: Bytes) -> Response {
    let answer = async { P::point(&*pool.lease().await?, &serde_json::from_slice(&body)?).await };
    respond(answer.await)
}

async fn me<P: Program>(State(pool): State<Arc<Pool<P::Statements>>>, body: Bytes) -> Response {
    let answer = async { P::me(&*pool.lease().await?, &serde_json::from_slice(&body)?).await };
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

/// What an answer looks like from outside.
#[derive(Serialize)]
struct Answer<T> {
    data: T,
}

/// A list, as connections are selected here.
#[derive(Serialize)]
pub(crate) struct Nodes<T> {
    /// What is in it.
    pub(crate) nodes: Vec<T>,
}

/// The answer as JSON, in a buffer that need not grow where the length was expected.
pub(crate) fn write(data: impl Serialize, expected_length: usize) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::with_capacity(expected_length);
    serde_json::to_writer(&mut body, &Answer { data })?;
    Ok(body)
}
