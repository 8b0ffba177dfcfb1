//! How long events are kept, and how much waits for whom.

use std::time::Duration;

/// How events are handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// So long an event can be asked for again; then it is taken away.
    pub retention: Duration,
    /// A subscription that hears nothing is looked at anew after so long: does it still hold?
    pub recheck: Duration,
    /// Where no bell rings, somebody looks after so long.
    pub poll: Duration,
    /// Events that wait for one subscription; one that is further behind is closed.
    pub waiting: usize,
    /// Subscriptions that read at a time, so that events leave connections to requests.
    pub reading: usize,
    /// Subscriptions at a time.
    pub subscriptions: usize,
}

impl Settings {
    /// Hours that events are kept.
    pub const RETENTION_HOURS: u32 = 168;
    /// Milliseconds after which a subscription that hears nothing is looked at.
    pub const RECHECK_MS: u64 = 30_000;
    /// Subscriptions at a time.
    pub const SUBSCRIPTIONS: u32 = 5_000;
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            retention: Duration::from_secs(u64::from(Self::RETENTION_HOURS) * 3_600),
            recheck: Duration::from_millis(Self::RECHECK_MS),
            poll: Duration::from_secs(3),
            waiting: 256,
            reading: 4,
            subscriptions: Self::SUBSCRIPTIONS as usize,
        }
    }
}
