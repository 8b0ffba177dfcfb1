//! Postgres killed and started again, a process killed with -9 and another one told to stop, under a stream of changes: whoever
//! comes back with its cursor has every event once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgPool};
use tenantry::clock;

use super::Office;
use super::client::{Heard, Socket, Stream};
use crate::cluster::{Content, TestDatabase};
use crate::own_server::{NAME, OwnServer};
use crate::program::Program;
use crate::unavailable::Address;
use crate::world::World;

const TOLD: &str =
    "subscription Told($id: ID!, $after: String) { organizationChanged(id: $id, after: $after) { id cursor action occurredAt } }";

/// Writes events until told to stop, whatever comes in between; the answer is how many there must be.
fn write(pool: PgPool, tenant: uuid::Uuid, organization: uuid::Uuid, done: Arc<AtomicBool>) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        while !done.load(Ordering::Relaxed) {
            let sql = format!(
                "insert into outbox_events (tenant_id, id, type, organization_id, resource_type, resource_id, data)
                 values ('{tenant}', '{}', 'organization.update', '{organization}', 'organization', '{organization}', '{{}}')",
                clock::new_id::<uuid::Uuid>()
            );
            // Of one that fails nobody knows whether it was written: the table knows.
            let written = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&pool).await;
            tokio::time::sleep(Duration::from_millis(if written.is_ok() { 5 } else { 100 })).await;
        }
    })
}

/// Listens, and comes back by its cursor whenever it is cut off.
struct Follower {
    token: String,
    id: String,
    after: String,
    told: Vec<Value>,
    socket: Option<Socket>,
}

impl Follower {
    fn new(office: &Office, after: String) -> Self {
        Self { token: office.boss.token.clone(), id: office.organization(0), after, told: Vec::new(), socket: None }
    }

    /// Listens for so long at one of these addresses: the first that opens.
    async fn follow(&mut self, addresses: &[&str], time: Duration) {
        let _ = tokio::time::timeout(time, async {
            loop {
                if self.socket.is_none() {
                    self.socket = self.connect(addresses).await;
                }
                let Some(socket) = &mut self.socket else {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                };
                match socket.heard().await {
                    Heard::Said(message) if message["type"] == "next" => {
                        let event = message["payload"]["data"]["organizationChanged"].clone();
                        event["cursor"].as_str().unwrap().clone_into(&mut self.after);
                        self.told.push(event);
                    }
                    Heard::Said(message) => {
                        let code = &message["payload"][0]["extensions"]["code"];
                        assert!(code == "UNAVAILABLE" || code == "SLOW_CONSUMER", "{message:#}");
                        self.socket = None;
                    }
                    Heard::Closed(..) | Heard::Gone => self.socket = None,
                }
            }
        })
        .await;
    }

    async fn connect(&self, addresses: &[&str]) -> Option<Socket> {
        for address in addresses {
            if tokio::net::TcpStream::connect(address).await.is_err() {
                continue;
            }
            let mut socket = Socket::open(address).await;
            socket
                .say(json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {}", self.token) } }))
                .await;
            if socket.heard().await == Heard::Said(json!({ "type": "connection_ack" })) {
                socket.begin("1", TOLD, json!({ "id": self.id, "after": self.after })).await;
                return Some(socket);
            }
        }
        None
    }

    /// Listens on until it has heard of all that was written.
    async fn has_heard_all(&mut self, pool: &PgPool, addresses: &[&str]) {
        let sql = "select id::text from outbox_events where type = 'organization.update' order by transaction, index_id";
        let written: Vec<String> = sqlx::query_scalar(sql).fetch_all(pool).await.unwrap();
        for _ in 0..600 {
            if self.told.len() >= written.len() {
                break;
            }
            self.follow(addresses, Duration::from_millis(100)).await;
        }
        let told: Vec<String> = self
            .told
            .iter()
            .map(|event| event["id"].as_str().unwrap().parse::<entity::id::EventId>().unwrap().uuid().to_string())
            .collect();
        assert_eq!(told, written, "each once, and in order");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_postgres_is_killed_under_a_stream_of_changes() {
    let mut server = OwnServer::start(Content::Empty, &[("synchronous_commit", "on")]).await;
    let address = Address::new().await;
    let url = address.lead_to(&server);
    let world = World::before(TestDatabase::elsewhere(NAME, url), |settings| tenantry::database::Settings {
        acquire_timeout: Duration::from_secs(2),
        ..settings
    })
    .await;
    let office = Office::before(world).await;
    let after = office.now(&office.boss).await;
    let done = Arc::new(AtomicBool::new(false));
    let mut writers: Vec<_> =
        (0..3).map(|_| write(office.world.pool.clone(), office.tenant, office.organizations[0], Arc::clone(&done))).collect();
    let mut follower = Follower::new(&office, after);
    let here = office.world.address.to_string();
    for _ in 0..2 {
        follower.follow(&[&here], Duration::from_secs(2)).await;
        let before = follower.told.len();
        assert!(before > 0, "it listens");
        server.kill().await;
        address.lead_nowhere();
        follower.follow(&[&here], Duration::from_millis(500)).await;
        server.start_again().await;
        address.lead_to(&server);
        for _ in 0..600 {
            if follower.told.len() > before + 20 {
                break;
            }
            follower.follow(&[&here], Duration::from_millis(100)).await;
        }
        assert!(follower.told.len() > before, "it goes on");
    }
    done.store(true, Ordering::Relaxed);
    for writer in writers.drain(..) {
        writer.await.unwrap();
    }
    follower.has_heard_all(&office.world.pool, &[&here]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_a_process_is_killed_and_another_told_to_stop() {
    // The world's own gateway stays idle: it lends its database.
    let office = Office::build().await;
    let after = office.now(&office.boss).await;
    let url = office.world.database_url();
    let [mut first, second, third] = [Program::serve(&url).await, Program::serve(&url).await, Program::serve(&url).await];
    let addresses = [first.address().to_owned(), second.address().to_owned(), third.address().to_owned()];
    let addresses = [&*addresses[0], &*addresses[1], &*addresses[2]];
    let done = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> =
        (0..3).map(|_| write(office.world.pool.clone(), office.tenant, office.organizations[0], Arc::clone(&done))).collect();
    let mut follower = Follower::new(&office, after);
    follower.follow(&addresses, Duration::from_secs(2)).await;
    assert!(!follower.told.is_empty());
    first.child.kill().await.unwrap();
    follower.follow(&addresses, Duration::from_secs(2)).await;
    // A stream and a socket on the second: both are told to go, each in its way.
    let mut socket = Socket::of(addresses[1], &office.boss.token).await;
    let body = json!({ "query": TOLD, "variables": { "id": office.organization(0) } });
    let mut stream = Stream::post(addresses[1], Some(&office.boss.token), &body, &[]).await;
    assert_eq!(stream.response().status(), 200);
    let before = follower.told.len();
    second.terminate().await;
    assert_eq!(socket.closed().await.0, 1001);
    while let Some(told) = stream.told().await {
        assert_eq!(told.event, "next", "it is not completed: its client is to come again");
    }
    let mut second = second;
    assert_eq!(second.ended().await, 0);
    follower.follow(&addresses, Duration::from_secs(2)).await;
    assert!(follower.told.len() > before);
    done.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    follower.has_heard_all(&office.world.pool, &addresses).await;
    assert_eq!(third.stop().await, 0);
}
