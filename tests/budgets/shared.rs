//! Budgets that processes share by Redis, and what becomes of them while it is away.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use tenantry::budget;
use tenantry::gateway::{self, Gateway};

use super::{TEN, drained_slowly, is_refused};
use crate::redis_server::RedisServer;
use crate::world::World;

/// Two gateways before one database, with budgets of so many points.
struct Pair {
    world: World,
    second: Gateway,
    addresses: [SocketAddr; 2],
    token: String,
}

impl Pair {
    async fn new(points: u64, redis: Option<String>) -> Self {
        let budgets = budget::Settings { user: drained_slowly(points), redis, ..budget::Settings::default() };
        let adjust = |settings| gateway::Settings { budgets: budgets.clone(), ..settings };
        let world = World::behind(adjust).await;
        let (second, address) = world.another_gateway(adjust).await;
        let token = world.act_as("owner").await;
        Self { addresses: [world.address, address], world, second, token }
    }

    /// Is what costs ten refused by this gateway?
    async fn refuses(&self, gateway: usize) -> bool {
        is_refused(&self.world.ask_at(self.addresses[gateway], &self.token, TEN, json!({})).await)
    }

    /// How many of sixty are answered by both gateways, as many at a time as the door lets in whatever the load is.
    async fn answered_of_sixty(&self) -> usize {
        let mut answered = 0;
        for _ in 0..15 {
            let refused = join_all((0..4).map(|number| self.refuses(number % 2))).await;
            answered += refused.into_iter().filter(|refused| !refused).count();
        }
        answered
    }

    fn are_shared(&self) -> [Option<bool>; 2] {
        [&self.world.gateway, &self.second].map(|gateway| gateway.services.budgets.are_shared())
    }

    async fn until_shared(&self, shared: bool) {
        for _ in 0..1_000 {
            if self.are_shared() == [Some(shared); 2] {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("never so: {shared}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_never_sell_more_than_there_is_and_go_on_while_redis_is_away() {
    let redis = RedisServer::start().await;
    let pair = Arc::new(Pair::new(200, Some(redis.url())).await);
    assert_eq!(pair.are_shared(), [Some(true); 2]);
    assert_eq!(pair.answered_of_sixty().await, 20);
    assert!(pair.refuses(0).await && pair.refuses(1).await);

    // Redis stops while both are busy.
    let (stop, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let load: Vec<_> = (0..4)
        .map(|number| {
            let (pair, stop, asked) = (Arc::clone(&pair), Arc::clone(&stop), Arc::clone(&asked));
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let address = pair.addresses[number % 2];
                    let answer =
                        pair.world.ask_at(address, &pair.token, "{ viewer { user { id } } rateLimit { cost } }", json!({})).await;
                    // The bucket is full: refused is what costs anything, and nothing else goes wrong.
                    is_refused(&answer);
                    asked.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let port = redis.stop().await;
    pair.until_shared(false).await;
    stop.store(true, Ordering::Relaxed);
    for task in load {
        task.await.unwrap();
    }
    assert!(asked.load(Ordering::Relaxed) > 0);
    // Each has a budget of its own now, and is ready.
    assert!(!pair.refuses(0).await && !pair.refuses(1).await);
    for address in pair.addresses {
        let ready = pair.world.client().get(format!("http://{address}/readyz")).send().await.unwrap();
        assert_eq!(ready.status().as_u16(), 200);
    }

    let redis = RedisServer::at(port).await.expect("it starts where it was");
    pair.until_shared(true).await;
    // It kept nothing: all is to be had again, together.
    assert_eq!(pair.answered_of_sixty().await, 20);
    redis.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_process_never_sells_more_than_there_is() {
    let pair = Pair::new(200, None).await;
    assert_eq!(pair.are_shared(), [None; 2]);
    // Each of the two counts for itself.
    assert_eq!(pair.answered_of_sixty().await, 40);
    assert!(pair.refuses(0).await && pair.refuses(1).await);
}

#[tokio::test]
async fn a_gateway_starts_without_its_redis() {
    let pair = Pair::new(20, Some("redis://127.0.0.1:1".to_owned())).await;
    assert_eq!([pair.refuses(0).await, pair.refuses(0).await, pair.refuses(0).await], [false, false, true]);
    assert_eq!(pair.are_shared()[0], Some(false));
    let unusable = budget::Settings { redis: Some("localhost".to_owned()), ..budget::Settings::default() };
    assert!(budget::Budgets::new(unusable).is_err());
}
