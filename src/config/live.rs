//! The settings of what is told live.

use std::time::Duration;

use clap::{Args, value_parser};

use crate::{http, live};

/// What is told live, over sockets and event streams.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Live")]
pub struct Live {
    /// Sockets and event streams at a time; further ones get 503. Event streams are connections, too
    #[arg(long, env = "TENANTRY_LIMIT_LIVE_CONNECTIONS", default_value_t = http::LiveSettings::CONNECTIONS, value_parser = value_parser!(u32).range(1..))]
    pub limit_live_connections: u32,
    /// Sockets and event streams of one caller at a time
    #[arg(long, env = "TENANTRY_LIMIT_LIVE_CONNECTIONS_OF_CALLER", default_value_t = http::LiveSettings::OF_CALLER, value_parser = value_parser!(u16).range(1..))]
    pub limit_live_connections_of_caller: u16,
    /// Operations at a time on one socket
    #[arg(long, env = "TENANTRY_LIMIT_LIVE_OPERATIONS", default_value_t = http::LiveSettings::OPERATIONS, value_parser = value_parser!(u16).range(1..))]
    pub limit_live_operations: u16,
    /// Messages that a socket may send in ten seconds
    #[arg(long, env = "TENANTRY_LIMIT_LIVE_MESSAGES", default_value_t = http::LiveSettings::MESSAGES, value_parser = value_parser!(u32).range(1..))]
    pub limit_live_messages: u32,
    /// Subscriptions at a time
    #[arg(long, env = "TENANTRY_LIMIT_SUBSCRIPTIONS", default_value_t = live::Settings::SUBSCRIPTIONS, value_parser = value_parser!(u32).range(1..))]
    pub limit_subscriptions: u32,
    /// Milliseconds that a client may take to introduce itself on a socket
    #[arg(long, env = "TENANTRY_LIVE_INIT_TIMEOUT_MS", default_value_t = http::LiveSettings::INTRODUCTION_MS, value_parser = value_parser!(u64).range(1..))]
    pub live_init_timeout_ms: u64,
    /// Milliseconds of silence after which a socket is asked whether it is there; one that does not answer is closed
    #[arg(long, env = "TENANTRY_LIVE_PING_MS", default_value_t = http::LiveSettings::PING_MS, value_parser = value_parser!(u64).range(1..))]
    pub live_ping_ms: u64,
    /// Milliseconds after which a subscription that hears nothing is looked at anew: does it still hold?
    #[arg(long, env = "TENANTRY_LIVE_RECHECK_MS", default_value_t = live::Settings::RECHECK_MS, value_parser = value_parser!(u64).range(1..))]
    pub live_recheck_ms: u64,
    /// Hours that events can be asked for again; then they are taken away
    #[arg(long, env = "TENANTRY_EVENT_RETENTION_HOURS", default_value_t = live::Settings::RETENTION_HOURS, value_parser = value_parser!(u32).range(1..))]
    pub event_retention_hours: u32,
}

impl Live {
    pub(super) fn of_connections(self) -> http::LiveSettings {
        http::LiveSettings {
            connections: self.limit_live_connections as usize,
            of_caller: self.limit_live_connections_of_caller.into(),
            operations: self.limit_live_operations.into(),
            messages: self.limit_live_messages,
            introduction: Duration::from_millis(self.live_init_timeout_ms),
            ping: Duration::from_millis(self.live_ping_ms),
        }
    }

    pub(super) fn of_events(self) -> live::Settings {
        live::Settings {
            retention: Duration::from_secs(u64::from(self.event_retention_hours) * 3_600),
            recheck: Duration::from_millis(self.live_recheck_ms),
            subscriptions: self.limit_subscriptions as usize,
            ..live::Settings::default()
        }
    }
}
