//! A database that is gone, slow or full: the gateway says so at once, and recovers by itself.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use tenantry::database::Settings;
use tokio::net::{TcpListener, TcpStream};

use crate::cluster::{Content, TestDatabase};
use crate::own_server::{NAME, OwnServer};
use crate::world::{Answer, World};

const NAMES: &str = "{ organizations(first: 1) { nodes { name } } }";

/// An address that stays while the server behind it comes and goes.
pub struct Address {
    port: u16,
    upstream: Arc<Mutex<Option<u16>>>,
}

impl Address {
    pub async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let upstream = Arc::new(Mutex::new(None));
        let current = Arc::clone(&upstream);
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let Some(port) = *current.lock().unwrap() else { continue };
                tokio::spawn(async move {
                    if let Ok(mut server) = TcpStream::connect(("127.0.0.1", port)).await {
                        drop(tokio::io::copy_bidirectional(&mut client, &mut server).await);
                    }
                });
            }
        });
        Self { port, upstream }
    }

    /// Leads to this server from now on; the URL of its database by way of this address is the answer.
    pub fn lead_to(&self, server: &OwnServer) -> String {
        let mut url = reqwest::Url::parse(&server.url()).unwrap();
        *self.upstream.lock().unwrap() = url.port();
        url.set_port(Some(self.port)).unwrap();
        url.into()
    }

    pub fn lead_nowhere(&self) {
        *self.upstream.lock().unwrap() = None;
    }
}

async fn health(world: &World, path: &str) -> (u16, Value) {
    let answer = world.send(world.client().get(world.url(path))).await;
    (answer.status.as_u16(), answer.body)
}

fn is_unavailable(answer: &Answer, code: &str) {
    assert_eq!((answer.status.as_u16(), answer.codes()), (503, vec![code]), "{:#}", answer.body);
    assert!(answer.body.get("data").is_none());
    assert!(answer.headers[RETRY_AFTER].to_str().unwrap().parse::<u32>().unwrap() > 0);
    // Where the database is, and what it said, is nobody's business.
    let text = answer.body.to_string();
    assert!(!text.contains("127.0.0.1") && !text.contains("sqlx") && !text.contains("onnection"), "{text}");
}

/// Asks again as `Retry-After` says, until the pool has found out which of its connections are dead.
async fn recovers(world: &World, token: &str) {
    for _ in 0..100 {
        let answer = world.ask(token, NAMES, json!({})).await;
        if answer.status == 200 {
            return;
        }
        is_unavailable(&answer, "UNAVAILABLE");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it never recovers");
}

async fn is_well(world: &World, token: &str) {
    let answer = world.ask(token, NAMES, json!({})).await;
    assert_eq!(answer.data()["organizations"]["nodes"][0]["name"], "Northgate Robotics");
    assert_eq!(health(world, "/readyz").await, (200, json!({ "status": "ready" })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_outlives_its_database() {
    // A server for tests loses its last commits with its process, unless it is told to keep them.
    let mut server = OwnServer::start(Content::Demo, &[("synchronous_commit", "on")]).await;
    let address = Address::new().await;
    let url = address.lead_to(&server);
    // Nobody waits for seconds here: a database that is gone refuses at once.
    let world = World::before(TestDatabase::elsewhere(NAME, url), |settings| Settings {
        acquire_timeout: Duration::from_secs(2),
        ..settings
    })
    .await;
    let token = world.act_as("owner").await;
    let create =
        "mutation { createOrganization(input: { name: \"Too early\", idempotencyKey: \"once\" }) { organization { name } } }";
    for _ in 0..2 {
        is_well(&world, &token).await;
        server.kill().await;
        address.lead_nowhere();
        for query in [NAMES, "{ viewer { user { displayName } } }", "{ __typename }", create] {
            is_unavailable(&world.ask(&token, query, json!({})).await, "UNAVAILABLE");
        }
        assert_eq!(
            health(&world, "/readyz").await,
            (503, json!({ "status": "unavailable", "reason": "the database cannot be reached" }))
        );
        assert_eq!(health(&world, "/healthz").await.0, 200);
        // What needs no database is answered: a document that is refused, an honest question of nobody.
        assert_eq!(world.ask_as_stranger("{ nobody }").await.codes(), ["GRAPHQL_VALIDATION_FAILED"]);
        assert_eq!(world.ask_as_stranger("{ viewer { user { id } } }").await.data(), &json!({ "viewer": null }));
        server.start_again().await;
        address.lead_to(&server);
        recovers(&world, &token).await;
    }
    is_well(&world, &token).await;
    assert_eq!(world.ask(&token, create, json!({})).await.data()["createOrganization"]["organization"]["name"], "Too early");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_starts_before_its_database() {
    let address = Address::new().await;
    let shared = TestDatabase::new(Content::Demo).await;
    let mut url = reqwest::Url::parse(&shared.url()).unwrap();
    let port = url.port();
    url.set_port(Some(address.port)).unwrap();
    let world = World::before(TestDatabase::elsewhere(shared.name(), url.into()), |settings| Settings {
        acquire_timeout: Duration::from_secs(2),
        ..settings
    })
    .await;
    is_unavailable(&world.ask("ts_any", NAMES, json!({})).await, "UNAVAILABLE");
    assert_eq!(health(&world, "/readyz").await.0, 503);
    *address.upstream.lock().unwrap() = port;
    let token = world.act_as("owner").await;
    is_well(&world, &token).await;
}

#[tokio::test]
async fn a_gateway_before_a_database_without_its_tables_is_not_ready() {
    let world = World::empty().await;
    assert_eq!(health(&world, "/readyz").await.0, 200);
    world.sql("delete from seaql_migrations where version = (select max(version) from seaql_migrations)").await;
    let (status, body) = health(&world, "/readyz").await;
    assert_eq!((status, body["reason"].as_str().unwrap()), (503, "1 migrations are to be run: `tenantry migrate up`"));
    world.sql("insert into seaql_migrations (version, applied_at) values ('m9999_of_tomorrow', 0)").await;
    assert_eq!(health(&world, "/readyz").await.0, 503);
    world.sql("drop table seaql_migrations").await;
    assert_eq!(health(&world, "/readyz").await.0, 503);
}

/// Locks a table until the transaction is dropped.
async fn lock(world: &World, table: &str) -> sqlx::Transaction<'static, sqlx::Postgres> {
    let mut lock = world.pool.begin().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(format!("lock table {table} in access exclusive mode"))).execute(&mut *lock).await.unwrap();
    lock
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_cancelled_and_told() {
    let world = World::with(Content::Demo, |settings| Settings {
        statement_timeout: Duration::from_millis(200),
        connections: 2,
        ..settings
    })
    .await;
    let token = world.act_as("owner").await;
    for table in ["organizations", "sessions"] {
        let held = lock(&world, table).await;
        for _ in 0..3 {
            is_unavailable(&world.ask(&token, NAMES, json!({})).await, "TIMEOUT");
        }
        let waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
        assert_eq!(world.value(waiting).await.unwrap(), "0");
        held.rollback().await.unwrap();
        is_well(&world, &token).await;
    }
    let held = lock(&world, "organization_memberships").await;
    let create = "mutation { createOrganization(input: { name: \"Too slow\" }) { organization { name } } }";
    let answer = world.ask(&token, create, json!({})).await;
    assert_eq!(answer.codes(), ["TIMEOUT"], "{:#}", answer.body);
    held.rollback().await.unwrap();
    assert_eq!(world.value("select count(*) from organizations where name = 'Too slow'").await.unwrap(), "0");
    is_well(&world, &token).await;
}

#[tokio::test]
async fn a_full_pool_is_told_instead_of_waited_for() {
    // Long enough for the first two to connect, on a busy machine too.
    let world =
        World::with(Content::Demo, |settings| Settings { acquire_timeout: Duration::from_secs(2), connections: 2, ..settings })
            .await;
    let token = world.act_as("owner").await;
    let held = lock(&world, "organizations").await;
    let waiting = async { tokio::join!(world.ask(&token, NAMES, json!({})), world.ask(&token, NAMES, json!({}))) };
    let told = async {
        // Both connections wait for the lock before a third request comes.
        let waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
        while world.value(waiting).await.unwrap() != "2" {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        is_unavailable(&world.ask(&token, NAMES, json!({})).await, "UNAVAILABLE");
        assert_eq!(health(&world, "/healthz").await.0, 200);
        held.rollback().await.unwrap();
    };
    let ((first, second), ()) = tokio::join!(waiting, told);
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (200, 200));
    is_well(&world, &token).await;
}
