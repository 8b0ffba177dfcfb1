//! Identifiers, choices and moments that look random and are the same for the same seed.

use chrono::{DateTime, TimeDelta, Utc};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use uuid::{Builder, Uuid};

/// All the randomness of one stretch of rows.
pub(super) struct Generator {
    random: StdRng,
    base_millis: u64,
    made: u64,
}

impl Generator {
    /// The generator number `stream` of a seed; its identifiers are of the time `base` and later.
    pub(super) fn new(seed: u64, stream: u64, base: DateTime<Utc>) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        bytes[8..16].copy_from_slice(&stream.to_le_bytes());
        Self { random: StdRng::from_seed(bytes), base_millis: u64::try_from(base.timestamp_millis()).unwrap_or_default(), made: 0 }
    }

    /// An identifier of version 7, greater than all before it: 4096 to a millisecond, in the twelve bits
    /// behind the time, and the rest random.
    pub(super) fn id(&mut self) -> Uuid {
        let mut tail: [u8; 10] = self.random.random();
        let [.., high, low] = (self.made & 0xfff).to_be_bytes();
        tail[0] = high;
        tail[1] = low;
        let millis = self.base_millis + (self.made >> 12);
        self.made += 1;
        Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
    }

    /// A number below a bound, which is not zero.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.random.random_range(0..bound)
    }

    /// True so many times in a hundred.
    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of them, as often as its weight says.
    pub(super) fn weighted<T: Copy, const N: usize>(&mut self, choices: &[(usize, T); N]) -> T {
        let mut left = self.below(choices.iter().map(|(weight, _)| weight).sum());
        for &(weight, choice) in choices {
            if left < weight {
                return choice;
            }
            left -= weight;
        }
        choices[N - 1].1
    }

    /// A moment between two, to the second.
    pub(super) fn between(&mut self, from: DateTime<Utc>, to: DateTime<Utc>) -> DateTime<Utc> {
        let seconds = (to - from).num_seconds().max(1);
        from + TimeDelta::seconds(self.random.random_range(0..seconds))
    }

    /// A moment between two, as activity is spread: half of it in the last eighth.
    pub(super) fn lately(&mut self, since: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
        let drawn = self.random.random_range(0..1000_i64);
        let seconds = (now - since).num_seconds().max(0);
        now - TimeDelta::seconds(seconds * (drawn * drawn * drawn / 1_000_000) / 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::Generator;
    use chrono::{DateTime, Utc};

    const BASE: DateTime<Utc> = DateTime::UNIX_EPOCH;

    #[test]
    fn identifiers_are_of_version_7_and_ascend() {
        let mut generator = Generator::new(1, 0, BASE);
        let ids: Vec<_> = (0..10_000).map(|_| generator.id()).collect();
        assert!(ids.is_sorted());
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
    }

    #[test]
    fn the_same_seed_and_stream_say_the_same() {
        let draw = |seed, stream| {
            let mut generator = Generator::new(seed, stream, BASE);
            (generator.id(), generator.below(1000))
        };
        assert_eq!(draw(1, 2), draw(1, 2));
        assert_ne!(draw(1, 2), draw(2, 1));
    }

    #[test]
    fn a_choice_without_weight_is_never_made() {
        let mut generator = Generator::new(1, 0, BASE);
        assert!((0..100).all(|_| generator.weighted(&[(0, false), (7, true), (0, false)])));
    }
}
