//! What callers may spend: each has a bucket that what they ask for fills, and that drains at a steady rate.
//!
//! What a request may cost at most is charged before it runs, and what it did not cost is given back when it has run. With Redis
//! all processes share the buckets; without it, or while it is away, each process has its own.

mod bucket;
mod memory;
mod payer;
mod shared;

use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;

use self::memory::Memory;
use self::shared::Shared;

pub use bucket::{Rate, Standing};
pub use payer::{Network, Payer};

/// What one attempt with a token that does not hold costs the address that it came from.
pub const FAILED_ATTEMPT: u64 = 10;

/// How much callers may spend.
#[derive(Clone, Debug)]
pub struct Settings {
    /// A user, in all sessions together.
    pub user: Rate,
    /// An address without credentials; and, apart from that, one whose tokens do not hold.
    pub anonymous: Rate,
    /// What one request may cost at most.
    pub request: u64,
    /// Where the buckets are shared: `redis://host:port`.
    pub redis: Option<String>,
}

impl Settings {
    /// What one request may cost: six times as much as a tree of fifty organizations with 25 members each and their roles.
    pub const REQUEST: u64 = 50_000;
    /// What a user may spend at once, and by the minute.
    pub const USER: Rate = Rate { capacity: 500_000, per_minute: 600_000 };
    /// What an address without credentials may spend at once, and by the minute.
    pub const ANONYMOUS: Rate = Rate { capacity: 20_000, per_minute: 12_000 };
}

impl Default for Settings {
    fn default() -> Self {
        Self { user: Self::USER, anonymous: Self::ANONYMOUS, request: Self::REQUEST, redis: None }
    }
}

/// The buckets of all callers. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Budgets {
    settings: Arc<Settings>,
    memory: Memory,
    shared: Option<Arc<Shared>>,
}

/// The bucket is too full for what was asked.
#[derive(Clone, Copy, Debug)]
pub struct Exhausted {
    /// How it stands.
    pub standing: Standing,
    /// When there is room.
    pub room_after: Duration,
}

/// What was charged before a request, so that the rest can be given back.
#[derive(Clone, Debug)]
pub struct Charge {
    payer: Payer,
    /// Was it charged where all processes see it? There it is given back.
    is_shared: bool,
    /// How much it was.
    pub requested: u64,
    /// How the bucket stood then.
    pub standing: Standing,
}

impl Budgets {
    /// Empty buckets. Redis need not be reachable yet. Made inside a runtime.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let shared = settings.redis.as_deref().map(Shared::new).transpose()?;
        Ok(Self { settings: Arc::new(settings), memory: Memory::default(), shared: shared.map(Arc::new) })
    }

    /// What one request of a payer may cost at most.
    #[must_use]
    pub fn most(&self, payer: &Payer) -> u64 {
        // More than a bucket holds could never be paid.
        self.settings.request.min(self.rate(payer).capacity)
    }

    /// How fast, and how far, a payer's bucket fills.
    fn rate(&self, payer: &Payer) -> Rate {
        match payer {
            Payer::ApiKey(_, Some(rate)) => *rate,
            Payer::User(_) | Payer::ApiKey(_, None) => self.settings.user,
            Payer::Address(_) | Payer::Attempts(_) => self.settings.anonymous,
        }
    }

    /// Charges a payer, all or nothing.
    pub async fn charge(&self, payer: Payer, cost: u64) -> Result<Charge, Exhausted> {
        let rate = self.rate(&payer);
        let shared = match &self.shared {
            Some(shared) => shared.charge(&payer, rate, cost).await,
            None => None,
        };
        let is_shared = shared.is_some();
        let (is_paid, level) = shared.unwrap_or_else(|| self.memory.charge(&payer, rate, cost));
        let standing = rate.standing(level);
        if is_paid {
            return Ok(Charge { payer, is_shared, requested: cost, standing });
        }
        Err(Exhausted { standing, room_after: rate.room_after(level, cost) })
    }

    /// Gives back what a request did not cost; says how the bucket stands then.
    #[must_use]
    pub fn settle(&self, charge: &Charge, actual: u64) -> Standing {
        let unspent = charge.requested.saturating_sub(actual);
        if unspent == 0 {
            return charge.standing;
        }
        let rate = self.rate(&charge.payer);
        match self.shared.as_ref().filter(|_| charge.is_shared) {
            None => rate.standing(self.memory.refund(&charge.payer, rate, unspent)),
            Some(shared) => {
                shared.refund(&charge.payer, rate, unspent);
                // What Redis will say, but for what others spend in this moment; nobody waits for it.
                charge.standing.with_refund(unspent)
            }
        }
    }

    /// Are the buckets shared with other processes at this moment? `None`: they are not meant to be.
    #[must_use]
    pub fn are_shared(&self) -> Option<bool> {
        self.shared.as_ref().map(|shared| !shared.is_away())
    }
}
