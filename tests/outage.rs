//! Everything goes away under load, one after the other: Postgres, Redis, a process. Whoever asks is told so clearly and for a
//! short time, nothing needs a restart, and nothing is lost or done twice.

mod asking;
mod clerk;
mod ledger;
mod load;

use std::time::Duration;

use self::load::Load;
use crate::cluster::{Content, TestDatabase};
use crate::live::Office;
use crate::own_server::{NAME, OwnServer};
use crate::program::Program;
use crate::redis_server::RedisServer;
use crate::unavailable::Address;
use crate::world::World;

/// Load runs for so long between two outages.
const WHILE: Duration = Duration::from_millis(800);

/// Two processes, and all that they need.
struct Site {
    office: Office,
    postgres: OwnServer,
    way: Address,
    redis: RedisServer,
    programs: Vec<Program>,
    addresses: [String; 2],
}

impl Site {
    async fn build() -> Self {
        // A server for tests loses its last commits with its process, unless it is told to keep them.
        let postgres = OwnServer::start(Content::Empty, &[("synchronous_commit", "on")]).await;
        let way = Address::new().await;
        let url = way.lead_to(&postgres);
        let redis = RedisServer::start().await;
        // The world's own gateway stays idle: it lends its database.
        let office = Office::before(World::before(TestDatabase::elsewhere(NAME, url), |settings| settings).await).await;
        let mut site = Self { office, postgres, way, redis, programs: Vec::new(), addresses: Default::default() };
        for place in 0..2 {
            let program = site.program("127.0.0.1:0").await;
            program.address().clone_into(&mut site.addresses[place]);
            site.programs.push(program);
        }
        site
    }

    async fn program(&self, listen: &str) -> Program {
        let environment = [
            ("TENANTRY_LISTEN", listen),
            ("REDIS_URL", &self.redis.url()),
            // Nobody waits for seconds here: a database that is gone refuses soon.
            ("TENANTRY_ACQUIRE_TIMEOUT_MS", "2000"),
        ];
        Program::serve_with(&self.office.world.database_url(), &environment).await
    }

    /// Waits until both processes say themselves that they are ready.
    async fn is_ready(&self) {
        for program in &self.programs {
            let mut said = String::new();
            for _ in 0..300 {
                let ready = program.get("/readyz").await;
                if ready.status().as_u16() == 200 {
                    said.clear();
                    break;
                }
                said = ready.text().await.unwrap();
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            assert_eq!(said, "");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_all_comes_back_when_postgres_redis_or_a_process_goes_away_under_load() {
    let mut site = Site::build().await;
    let load = Load::begin(&site.office, &site.addresses).await;
    load.runs(WHILE).await;

    // Postgres is started anew, then it dies.
    for kill in [false, true] {
        if kill {
            site.postgres.kill().await;
        } else {
            site.postgres.stop().await;
        }
        site.way.lead_nowhere();
        load.is_refused_on(&[0, 1]).await;
        site.postgres.start_again().await;
        site.way.lead_to(&site.postgres);
        load.recovers().await;
        site.is_ready().await;
        load.runs(WHILE).await;
    }

    // Redis stands still, then it dies. Nobody is refused for that: each process counts for itself.
    site.redis.freeze(true).await;
    load.is_answered_on(&[0, 1]).await;
    site.redis.freeze(false).await;
    let nobody = RedisServer::start().await;
    let port = std::mem::replace(&mut site.redis, nobody).stop().await;
    load.is_answered_on(&[0, 1]).await;
    site.is_ready().await;
    site.redis = RedisServer::at(port).await.expect("it starts where it was");
    load.recovers().await;

    // A process dies; the other one goes on by itself.
    site.programs[0].child.kill().await.unwrap();
    load.is_answered_on(&[1]).await;
    site.programs[0] = site.program(&site.addresses[0]).await;
    load.recovers().await;
    load.runs(WHILE).await;

    // All of it at once.
    site.programs[0].child.kill().await.unwrap();
    site.postgres.kill().await;
    site.redis.freeze(true).await;
    site.way.lead_nowhere();
    load.is_refused_on(&[1]).await;
    site.postgres.start_again().await;
    site.way.lead_to(&site.postgres);
    site.redis.freeze(false).await;
    site.programs[0] = site.program(&site.addresses[0]).await;
    load.recovers().await;
    site.is_ready().await;

    load.ends(&site.office).await;
    for program in site.programs {
        assert_eq!(program.lines("a panic"), Vec::<serde_json::Value>::new());
        assert_eq!(program.stop().await, 0);
    }
}
