//! A leaky bucket: what is spent fills it, and it drains at a steady rate. Counted in parts of a point, so small that a
//! millisecond drains a whole number of them: as many as points come back in a minute.

use std::time::Duration;

/// Parts of a point.
pub(super) type Level = u64;

/// Parts of a point: the milliseconds of a minute.
pub(super) const PARTS: u64 = 60_000;

/// How much a bucket holds, and how fast it drains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rate {
    /// Points that can be spent at once.
    pub capacity: u64,
    /// Points that come back each minute.
    pub per_minute: u64,
}

/// How a bucket stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Points that it holds.
    pub limit: u64,
    /// Points that come back each minute.
    pub per_minute: u64,
    /// Points that can be spent now.
    pub remaining: u64,
    /// When it is empty again, if nothing is spent until then.
    pub empty_after: Duration,
}

/// How full a bucket was at a moment.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bucket {
    level: Level,
    /// Milliseconds since some beginning.
    at: u64,
}

impl Rate {
    fn room(self) -> Level {
        self.capacity.saturating_mul(PARTS)
    }

    /// How long it takes to drain so much.
    fn drained_after(self, level: Level) -> Duration {
        Duration::from_millis(level.div_ceil(self.per_minute.max(1)))
    }

    /// How long a full bucket takes to be empty.
    pub(super) fn drain(self) -> Duration {
        self.drained_after(self.room())
    }

    pub(super) fn standing(self, level: Level) -> Standing {
        Standing {
            limit: self.capacity,
            per_minute: self.per_minute,
            remaining: self.room().saturating_sub(level) / PARTS,
            empty_after: self.drained_after(level),
        }
    }

    /// When a bucket of this level has room for so much.
    pub(super) fn room_after(self, level: Level, cost: u64) -> Duration {
        let excess = level.saturating_add(cost.saturating_mul(PARTS)).saturating_sub(self.room());
        self.drained_after(excess)
    }
}

impl Standing {
    /// How long a full bucket takes to be empty.
    #[must_use]
    pub fn window(&self) -> Duration {
        Rate { capacity: self.limit, per_minute: self.per_minute }.drain()
    }

    /// The same after so much was given back.
    pub(super) fn with_refund(self, points: u64) -> Self {
        let rate = Rate { capacity: self.limit, per_minute: self.per_minute };
        let back = rate.drained_after(points.saturating_mul(PARTS));
        Self {
            remaining: self.remaining.saturating_add(points).min(self.limit),
            empty_after: self.empty_after.saturating_sub(back),
            ..self
        }
    }
}

impl Bucket {
    /// Pours in what is asked for, where it fits; says whether it did, and the level.
    pub fn charge(&mut self, rate: Rate, cost: u64, now: u64) -> (bool, Level) {
        self.drain(rate, now);
        let filled = self.level.saturating_add(cost.saturating_mul(PARTS));
        let fits = filled <= rate.room();
        if fits {
            self.level = filled;
        }
        (fits, self.level)
    }

    /// Takes out what was not used.
    pub fn refund(&mut self, rate: Rate, points: u64, now: u64) -> Level {
        self.drain(rate, now);
        self.level = self.level.saturating_sub(points.saturating_mul(PARTS));
        self.level
    }

    fn drain(&mut self, rate: Rate, now: u64) {
        let drained = now.saturating_sub(self.at).saturating_mul(rate.per_minute);
        self.level = self.level.saturating_sub(drained);
        self.at = self.at.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { capacity: 100, per_minute: 600 };

    #[test]
    fn a_bucket_takes_what_fits_and_drains_at_its_rate() {
        let mut bucket = Bucket::default();
        assert_eq!(bucket.charge(RATE, 100, 5_000), (true, 100 * PARTS));
        assert_eq!(bucket.charge(RATE, 1, 5_000), (false, 100 * PARTS));
        assert_eq!(RATE.room_after(100 * PARTS, 1), Duration::from_millis(100));
        assert!(!bucket.charge(RATE, 1, 5_099).0);
        assert_eq!(bucket.charge(RATE, 1, 5_100), (true, 100 * PARTS));
        // Nothing that was refused was spent, and no more comes back than was spent.
        assert_eq!(bucket.refund(RATE, 60, 5_100), 40 * PARTS);
        assert_eq!(bucket.charge(RATE, 100, 60_000), (true, 100 * PARTS));
        // A clock that goes back gives nothing.
        assert!(!bucket.charge(RATE, 1, 0).0);
    }

    #[test]
    fn a_standing_says_what_is_left_and_when_all_is_back() {
        let standing = RATE.standing(30 * PARTS + PARTS / 2);
        assert_eq!((standing.limit, standing.remaining, standing.empty_after), (100, 69, Duration::from_millis(3_050)));
        let refunded = standing.with_refund(20);
        assert_eq!((refunded.remaining, refunded.empty_after), (89, Duration::from_millis(1_050)));
        assert_eq!(standing.with_refund(u64::MAX).remaining, 100);
        assert_eq!(RATE.drain(), Duration::from_secs(10));
    }

    #[test]
    fn the_slowest_rate_drains_too() {
        let slow = Rate { capacity: 1, per_minute: 1 };
        let mut bucket = Bucket::default();
        assert!(bucket.charge(slow, 1, 0).0);
        assert!(!bucket.charge(slow, 1, 59_999).0);
        assert!(bucket.charge(slow, 1, 60_000).0);
    }
}
