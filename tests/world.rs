//! The world of a test: the real gateway on a real socket, before a database of its own.

use std::net::SocketAddr;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgPool};
use tenantry::budget::{self, Rate};
use tenantry::clock;
use tenantry::database::{self, TokenHash};
use tenantry::gateway::{self, Gateway, Mode};
use tenantry::http;
use tenantry::seed::demo::{IDENTITIES, Identity};
use uuid::Uuid;

use crate::cluster::{Content, TestDatabase};

/// A running gateway, its database, and a client.
pub struct World {
    /// The gateway that answers.
    pub gateway: Gateway,
    /// Where it listens.
    pub address: SocketAddr,
    /// The database behind it, as its owner sees it.
    pub pool: PgPool,
    client: reqwest::Client,
    // Dropped last: nothing is connected to it any more.
    database: TestDatabase,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, which is JSON whatever happens.
    pub body: Value,
}

impl Answer {
    /// `data` of an answer without errors.
    pub fn data(&self) -> &Value {
        assert!(self.body.get("errors").is_none(), "unexpected errors: {:#}", self.body);
        &self.body["data"]
    }

    /// The codes of all errors, in their order.
    pub fn codes(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        errors.iter().map(|error| error["extensions"]["code"].as_str().unwrap_or("(none)")).collect()
    }

    /// What it cost, as development shows it.
    pub fn statements(&self) -> u64 {
        self.body["extensions"]["sql"]["statements"].as_u64().expect("the answer says what it cost")
    }
}

impl World {
    /// A gateway before the demo data.
    pub async fn demo() -> Self {
        Self::with(Content::Demo, |settings| settings).await
    }

    /// A gateway before empty tables.
    pub async fn empty() -> Self {
        Self::with(Content::Empty, |settings| settings).await
    }

    /// A gateway with settings of its own.
    pub async fn with(content: Content, adjust: impl FnOnce(database::Settings) -> database::Settings) -> Self {
        Self::before(TestDatabase::new(content).await, adjust).await
    }

    /// A gateway before this database.
    pub async fn before(database: TestDatabase, adjust: impl FnOnce(database::Settings) -> database::Settings) -> Self {
        Self::set_up(database, |settings| gateway::Settings { database: adjust(settings.database), ..settings }).await
    }

    /// A gateway before the demo data that is set up in everything.
    pub async fn behind(adjust: impl FnOnce(gateway::Settings) -> gateway::Settings) -> Self {
        Self::made_of(Content::Demo, adjust).await
    }

    /// A gateway before this content that is set up in everything.
    pub async fn made_of(content: Content, adjust: impl FnOnce(gateway::Settings) -> gateway::Settings) -> Self {
        Self::set_up(TestDatabase::new(content).await, adjust).await
    }

    async fn set_up(database: TestDatabase, adjust: impl FnOnce(gateway::Settings) -> gateway::Settings) -> Self {
        let settings = database::Settings { connections: 8, ..database::Settings::new(database.url()) };
        let pool = PgPool::connect_lazy(&database.url()).unwrap();
        // One person asks for more here than anybody does elsewhere: what budgets do, the tests of budgets show.
        let endless = Rate { capacity: 10_000_000_000, per_minute: 10_000_000_000 };
        let budgets = budget::Settings { user: endless, anonymous: endless, request: endless.capacity, redis: None };
        let settings = gateway::Settings { budgets, ..gateway::Settings::new(settings, Mode::Development(Vec::new())) };
        let settings = adjust(settings);
        let gateway = Gateway::with(settings).unwrap();
        let address = serve(&gateway).await;
        Self { gateway, address, pool, client: reqwest::Client::new(), database }
    }

    /// A further gateway before the same database: another process, as far as the database can tell.
    pub async fn second_gateway(&self, mode: Mode) -> (Gateway, SocketAddr) {
        let gateway = Gateway::new(&database::Settings::new(self.database.url()), mode).unwrap();
        let address = serve(&gateway).await;
        (gateway, address)
    }

    /// The same, set up in everything.
    pub async fn another_gateway(&self, adjust: impl FnOnce(gateway::Settings) -> gateway::Settings) -> (Gateway, SocketAddr) {
        let settings = gateway::Settings::new(database::Settings::new(self.database.url()), Mode::Development(Vec::new()));
        let gateway = Gateway::with(adjust(settings)).unwrap();
        let address = serve(&gateway).await;
        (gateway, address)
    }

    /// Where the database is, for its owner.
    pub fn database_url(&self) -> String {
        self.database.url()
    }

    /// A token of one of the demo identities: `owner`, `readonly`, …
    pub async fn act_as(&self, key: &str) -> String {
        let Identity { user_id, tenant_id, .. } = identity(key);
        self.token(*user_id, Some(*tenant_id)).await
    }

    /// A token of a user in a tenant.
    pub async fn token(&self, user: Uuid, tenant: Option<Uuid>) -> String {
        self.session(user, tenant, clock::now() + TimeDelta::hours(1)).await
    }

    /// A token of a session that ends then.
    pub async fn session(&self, user: Uuid, tenant: Option<Uuid>, expires_at: DateTime<Utc>) -> String {
        let token = clock::secret("ts_");
        sqlx::query("insert into sessions (id, user_id, tenant_id, token_hash, expires_at) values ($1, $2, $3, $4, $5)")
            .bind(clock::new_id::<Uuid>())
            .bind(user)
            .bind(tenant)
            .bind(TokenHash::of(&token).bytes())
            .bind(expires_at)
            .execute(&self.pool)
            .await
            .unwrap();
        token
    }

    /// Asks as the holder of a token.
    pub async fn ask(&self, token: &str, query: &str, variables: Value) -> Answer {
        self.post(Some(token), &json!({ "query": query, "variables": variables })).await
    }

    /// Asks another gateway before the same database.
    pub async fn ask_at(&self, address: SocketAddr, token: &str, query: &str, variables: Value) -> Answer {
        let request = self.client.post(format!("http://{address}/graphql")).bearer_auth(token);
        self.send(request.json(&json!({ "query": query, "variables": variables }))).await
    }

    /// Asks as nobody.
    pub async fn ask_as_stranger(&self, query: &str) -> Answer {
        self.post(None, &json!({ "query": query })).await
    }

    /// Sends a body, as clients do.
    pub async fn post(&self, token: Option<&str>, body: &Value) -> Answer {
        self.send(self.request(token).json(body)).await
    }

    /// A POST to the gateway that is still to be filled.
    pub fn request(&self, token: Option<&str>) -> reqwest::RequestBuilder {
        let request = self.client.post(self.url("/graphql"));
        match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// The client, for requests of other kinds.
    pub fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Sends a request, whatever it is.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {status} {text}"));
        Answer { status, headers, body }
    }

    /// Runs SQL as the owner of the database.
    pub async fn sql(&self, sql: &str) {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&self.pool).await.unwrap();
    }

    /// One value of SQL, as text.
    pub async fn value(&self, sql: &str) -> Option<String> {
        sqlx::query_scalar(AssertSqlSafe(format!("select ({sql})::text"))).fetch_one(&self.pool).await.unwrap()
    }
}

/// One of the demo identities.
pub fn identity(key: &str) -> &'static Identity {
    IDENTITIES.iter().find(|identity| identity.key == key).unwrap_or_else(|| panic!("no identity `{key}`"))
}

async fn serve(gateway: &Gateway) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let gateway = gateway.clone();
    tokio::spawn(async move { http::serve(listener, gateway.router(), &gateway.door.settings, std::future::pending()).await });
    address
}
