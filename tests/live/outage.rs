//! Postgres killed and started again, a process killed with -9 and another one told to stop, under a stream of changes: whoever
//! comes back with its cursor has every event once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;
use sqlx::{AssertSqlSafe, PgPool};
use tenantry::clock;

use super::Office;
use super::client::{Socket, Stream};
use super::follower::{Follower, TOLD};
use crate::cluster::{Content, TestDatabase};
use crate::own_server::{NAME, OwnServer};
use crate::program::Program;
use crate::unavailable::Address;
use crate::world::World;

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
    let mut follower = Follower::new(&office.boss.token, &office.organization(0), after);
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
    let mut follower = Follower::new(&office.boss.token, &office.organization(0), after);
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
