//! How many may stay open, and how much each may ask for.

use std::time::Duration;

/// Bounds of what stays open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Sockets and event streams at a time.
    pub connections: usize,
    /// Of one caller.
    pub of_caller: usize,
    /// Operations at a time on one socket.
    pub operations: usize,
    /// Messages that a socket may send in ten seconds.
    pub messages: u32,
    /// What a client may take to introduce itself.
    pub introduction: Duration,
    /// Who says nothing for so long is asked whether it is there; who does not answer is gone.
    pub ping: Duration,
}

impl Settings {
    /// Sockets and event streams at a time.
    pub const CONNECTIONS: u32 = 512;
    /// Of one caller.
    pub const OF_CALLER: u16 = 20;
    /// Operations at a time on one socket.
    pub const OPERATIONS: u16 = 50;
    /// Messages that a socket may send in ten seconds.
    pub const MESSAGES: u32 = 500;
    /// Milliseconds that a client may take to introduce itself.
    pub const INTRODUCTION_MS: u64 = 5_000;
    /// Milliseconds of silence: less than proxies wait.
    pub const PING_MS: u64 = 20_000;
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connections: Self::CONNECTIONS as usize,
            of_caller: Self::OF_CALLER.into(),
            operations: Self::OPERATIONS.into(),
            messages: Self::MESSAGES,
            introduction: Duration::from_millis(Self::INTRODUCTION_MS),
            ping: Duration::from_millis(Self::PING_MS),
        }
    }
}
