//! How fast a document is, by experience.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Of a new measurement, one part in so many counts.
const MEMORY: u32 = 8;

/// The time that a document takes where next to nothing else runs.
#[derive(Debug, Default)]
pub struct Pace(AtomicU32);

impl Pace {
    /// Takes note of a run that had the machine to itself.
    pub fn note(&self, time: Duration) {
        let time = u32::try_from(time.as_micros()).unwrap_or(u32::MAX).max(1);
        let known = self.0.load(Ordering::Relaxed);
        let next = if known == 0 { time } else { known - known / MEMORY + time / MEMORY };
        // Of two that come at the same moment one may be lost.
        self.0.store(next.max(1), Ordering::Relaxed);
    }

    /// How many times as long as alone this took; none where that is not known.
    #[must_use]
    pub fn stretch(&self, time: Duration) -> Option<f64> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            alone => Some(time.as_secs_f64() * 1e6 / f64::from(alone)),
        }
    }
}
