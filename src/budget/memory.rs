//! The buckets of this process.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use moka::Expiry;
use moka::sync::Cache;

use super::bucket::{Bucket, Level, Rate};
use super::payer::Payer;

/// Buckets at a time. Whoever fills more from many addresses makes other debts forgotten, and does nothing worse.
const MOST: u64 = 100_000;

/// The buckets of late.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    buckets: Cache<Payer, Arc<Kept>>,
    beginning: Instant,
}

#[derive(Debug)]
struct Kept {
    bucket: Mutex<Bucket>,
    /// One that nobody has touched for as long as it takes to drain is as good as a new one.
    drain: Duration,
}

impl Default for Memory {
    fn default() -> Self {
        Self { buckets: Cache::builder().max_capacity(MOST).expire_after(UntilDrained).build(), beginning: Instant::now() }
    }
}

impl Memory {
    /// Charges a payer, all or nothing.
    pub fn charge(&self, payer: &Payer, rate: Rate, cost: u64) -> (bool, Level) {
        self.with(payer, rate, |bucket, now| bucket.charge(rate, cost, now))
    }

    /// Gives back what was not used.
    pub fn refund(&self, payer: &Payer, rate: Rate, points: u64) -> Level {
        self.with(payer, rate, |bucket, now| bucket.refund(rate, points, now))
    }

    fn with<R>(&self, payer: &Payer, rate: Rate, change: impl FnOnce(&mut Bucket, u64) -> R) -> R {
        let new = || Arc::new(Kept { bucket: Mutex::default(), drain: rate.drain() });
        let kept = self.buckets.get(payer).unwrap_or_else(|| self.buckets.get_with(*payer, new));
        let mut bucket = kept.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        // Read under the lock, so that time does not go back for the bucket.
        let now = u64::try_from(self.beginning.elapsed().as_millis()).unwrap_or(u64::MAX);
        change(&mut bucket, now)
    }
}

struct UntilDrained;

impl Expiry<Payer, Arc<Kept>> for UntilDrained {
    fn expire_after_create(&self, _: &Payer, kept: &Arc<Kept>, _: Instant) -> Option<Duration> {
        Some(kept.drain)
    }

    fn expire_after_read(&self, _: &Payer, kept: &Arc<Kept>, _: Instant, _: Option<Duration>, _: Instant) -> Option<Duration> {
        Some(kept.drain)
    }
}
