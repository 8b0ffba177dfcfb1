//! Buckets that all processes share, in Redis. While it is away each process goes on with its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, RedisError, Script};

use super::bucket::{Level, PARTS, Rate};
use super::payer::Payer;
use crate::error::Error;

/// Redis answers in a fraction of a millisecond, or it is away: requests do not wait for it.
const PATIENCE: Duration = Duration::from_millis(250);
/// While it is away it is asked this often whether it is back.
const ASKED: Duration = Duration::from_millis(250);
/// What is asked then.
const PROBE: Rate = Rate { capacity: 1_000, per_minute: 60_000 };
/// Commands on their way at a time.
const PIPELINE: usize = 1_024;

/// The way to Redis.
pub(super) struct Shared(Arc<Link>);

struct Link {
    connection: ConnectionManager,
    script: Script,
    is_away: AtomicBool,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Shared").field("is_away", &self.is_away()).finish_non_exhaustive()
    }
}

impl Shared {
    /// Connects when it is first needed.
    pub fn new(url: &str) -> Result<Self, Error> {
        let unusable = |error: RedisError| Error::internal(format!("REDIS_URL cannot be used: {error}"));
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_pipeline_buffer_size(PIPELINE)
            // Whether it is back is asked anyway, and often.
            .set_number_of_retries(0);
        let connection = Client::open(url).and_then(|client| client.get_connection_manager_lazy(config)).map_err(unusable)?;
        let script = Script::new(include_str!("charge.lua"));
        Ok(Self(Arc::new(Link { connection, script, is_away: AtomicBool::new(false) })))
    }

    /// Is it away, as far as is known?
    pub fn is_away(&self) -> bool {
        self.0.is_away.load(Ordering::Relaxed)
    }

    /// Charges a payer, all or nothing; says whether it was done, and the level. `None`: Redis is away.
    pub async fn charge(&self, payer: &Payer, rate: Rate, cost: u64) -> Option<(bool, Level)> {
        if self.is_away() {
            return None;
        }
        match self.0.pour(&payer.to_string(), rate, i64::try_from(cost).unwrap_or(i64::MAX)).await {
            Ok(outcome) => Some(outcome),
            Err(error) => {
                self.0.lose(&error);
                None
            }
        }
    }

    /// Gives back what was not used, without waiting.
    pub fn refund(&self, payer: &Payer, rate: Rate, points: u64) {
        let (link, key) = (Arc::clone(&self.0), payer.to_string());
        let points = i64::try_from(points).unwrap_or(i64::MAX);
        tokio::spawn(async move {
            if let Err(error) = link.pour(&key, rate, -points).await {
                link.lose(&error);
            }
        });
    }
}

impl Link {
    async fn pour(&self, key: &str, rate: Rate, points: i64) -> Result<(bool, Level), RedisError> {
        let mut connection = self.connection.clone();
        let mut call = self.script.key(key);
        call.arg(rate.capacity.saturating_mul(PARTS)).arg(rate.per_minute.max(1)).arg(points.saturating_mul(PARTS.cast_signed()));
        let answer = tokio::time::timeout(PATIENCE, call.invoke_async::<(u8, Level)>(&mut connection)).await;
        let (is_paid, level) = answer.map_err(|_| std::io::Error::from(std::io::ErrorKind::TimedOut))??;
        Ok((is_paid == 1, level))
    }

    /// Goes on without it until it is back. Said once, and looked after by one task.
    fn lose(self: &Arc<Self>, error: &RedisError) {
        if self.is_away.swap(true, Ordering::Relaxed) {
            return;
        }
        tracing::warn!(%error, "redis is away: until it is back, each process counts what callers spend for itself");
        let link = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(ASKED).await;
                let Some(link) = link.upgrade() else { return };
                // By what is asked of it: one that answers, and yet takes no writes, is as good as away.
                if link.pour("tenantry:budget:probe", PROBE, 1).await.is_ok() {
                    link.is_away.store(false, Ordering::Relaxed);
                    tracing::info!("redis is back: processes count together what callers spend");
                    return;
                }
            }
        });
    }
}
