//! The settings, read once: from arguments, or from the environment.

mod live;
mod signing_in;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use chrono::TimeDelta;
use clap::builder::RangedU64ValueParser;
use clap::{Args, value_parser};

use crate::budget::{self, Rate};
use crate::gateway::{self, Mode};
use crate::http::{self, Audience, Origin};
use crate::request::SignIn;
use crate::{database, document};

pub use live::Live;
pub use signing_in::SigningIn;

/// How much of Postgres is used.
#[derive(Clone, Debug, Args)]
pub struct Pool {
    /// Connections to Postgres at most
    #[arg(long, env = "TENANTRY_DATABASE_CONNECTIONS", default_value_t = 16, value_parser = value_parser!(u32).range(1..))]
    pub database_connections: u32,
    /// Milliseconds that one SQL statement may take
    #[arg(long, env = "TENANTRY_STATEMENT_TIMEOUT_MS", default_value_t = 10_000, value_parser = value_parser!(u64).range(1..))]
    pub statement_timeout_ms: u64,
    /// Milliseconds that a request waits for a free connection to Postgres
    #[arg(long, env = "TENANTRY_ACQUIRE_TIMEOUT_MS", default_value_t = 5_000, value_parser = value_parser!(u64).range(1..))]
    pub acquire_timeout_ms: u64,
    /// Milliseconds from which on a SQL statement stands in the log as slow
    #[arg(long, env = "TENANTRY_SLOW_STATEMENT_MS", default_value_t = 500)]
    pub slow_statement_ms: u64,
}

impl Pool {
    /// The settings of the pool for a database.
    #[must_use]
    pub fn settings(&self, url: impl Into<String>) -> database::Settings {
        database::Settings {
            connections: self.database_connections,
            statement_timeout: Duration::from_millis(self.statement_timeout_ms),
            acquire_timeout: Duration::from_millis(self.acquire_timeout_ms),
            slow_statement: Duration::from_millis(self.slow_statement_ms),
            ..database::Settings::new(url)
        }
    }
}

/// How large a document and its answer may be: each limit has an error code of its own.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Limits")]
pub struct Limits {
    /// Names, numbers, strings and signs of a document
    #[arg(long, env = "TENANTRY_LIMIT_TOKENS", default_value_t = document::Limits::DEFAULT.tokens)]
    pub limit_tokens: usize,
    /// Lists and objects within each other, in the values of arguments
    #[arg(long, env = "TENANTRY_LIMIT_NESTING", default_value_t = document::Limits::DEFAULT.nesting)]
    pub limit_nesting: usize,
    /// Directives of a document
    #[arg(long, env = "TENANTRY_LIMIT_DIRECTIVES", default_value_t = document::Limits::DEFAULT.directives)]
    pub limit_directives: usize,
    /// Fragments that a document defines
    #[arg(long, env = "TENANTRY_LIMIT_FRAGMENTS", default_value_t = document::Limits::DEFAULT.fragments)]
    pub limit_fragments: usize,
    /// Fields within fields, fragments expanded; introspection is measured apart
    #[arg(long, env = "TENANTRY_LIMIT_DEPTH", default_value_t = document::Limits::DEFAULT.depth)]
    pub limit_depth: usize,
    /// Fields of a document, fragments expanded
    #[arg(long, env = "TENANTRY_LIMIT_SELECTIONS", default_value_t = document::Limits::DEFAULT.selections)]
    pub limit_selections: usize,
    /// Fields at the root of an operation, fragments expanded
    #[arg(long, env = "TENANTRY_LIMIT_ROOT_FIELDS", default_value_t = document::Limits::DEFAULT.root_fields)]
    pub limit_root_fields: usize,
    /// Aliases of an operation, fragments expanded
    #[arg(long, env = "TENANTRY_LIMIT_ALIASES", default_value_t = document::Limits::DEFAULT.aliases)]
    pub limit_aliases: usize,
    /// Errors of one answer; further ones are counted
    #[arg(long, env = "TENANTRY_LIMIT_ERRORS", default_value_t = 50, value_parser = value_parser!(u16).range(1..))]
    pub limit_errors: u16,
    /// Rows of the largest page, 100 at most
    #[arg(long, env = "TENANTRY_LIMIT_PAGE", default_value_t = 100, value_parser = value_parser!(u32).range(1..=100))]
    pub limit_page: u32,
}

/// What callers may spend: what is asked for has a cost, which `@cost` and `@listSize` of the schema tell.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Budgets")]
pub struct Budgets {
    /// What one request may cost
    #[arg(long, env = "TENANTRY_LIMIT_COST", default_value_t = budget::Settings::REQUEST, value_parser = value_parser!(u64).range(1..))]
    pub limit_cost: u64,
    /// What a user may spend at once, in all sessions together
    #[arg(long, env = "TENANTRY_BUDGET_USER", default_value_t = budget::Settings::USER.capacity, value_parser = points())]
    pub budget_user: u64,
    /// What a user gets back each minute
    #[arg(long, env = "TENANTRY_BUDGET_USER_PER_MINUTE", default_value_t = budget::Settings::USER.per_minute, value_parser = points())]
    pub budget_user_per_minute: u64,
    /// What an address without credentials may spend at once
    #[arg(long, env = "TENANTRY_BUDGET_ANONYMOUS", default_value_t = budget::Settings::ANONYMOUS.capacity, value_parser = points())]
    pub budget_anonymous: u64,
    /// What an address without credentials gets back each minute
    #[arg(long, env = "TENANTRY_BUDGET_ANONYMOUS_PER_MINUTE", default_value_t = budget::Settings::ANONYMOUS.per_minute, value_parser = points())]
    pub budget_anonymous_per_minute: u64,
    /// Redis, by which processes share what callers have spent: `redis://host:port`; without it each counts for itself
    #[arg(long, env = "REDIS_URL", hide_env_values = true)]
    pub redis_url: Option<String>,
}

/// Budgets are counted in small parts, and in Redis by floating point.
fn points() -> RangedU64ValueParser {
    RangedU64ValueParser::new().range(1..=10_000_000_000)
}

/// What the door lets in.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Door")]
pub struct Door {
    /// KiB of the largest body
    #[arg(long, env = "TENANTRY_LIMIT_BODY_KIB", default_value_t = http::Settings::BODY_KIB, value_parser = value_parser!(u32).range(1..))]
    pub limit_body_kib: u32,
    /// Requests that are answered at a time; further ones get 503 at once
    #[arg(long, env = "TENANTRY_LIMIT_RUNNING", default_value_t = http::Settings::RUNNING, value_parser = value_parser!(u16).range(1..))]
    pub limit_running: u16,
    /// Connections of clients at a time; further ones wait to be accepted
    #[arg(long, env = "TENANTRY_LIMIT_CONNECTIONS", default_value_t = http::Settings::CONNECTIONS, value_parser = value_parser!(u32).range(1..))]
    pub limit_connections: u32,
    /// Milliseconds that an answer may take
    #[arg(long, env = "TENANTRY_REQUEST_TIMEOUT_MS", default_value_t = http::Settings::PATIENCE_MS, value_parser = value_parser!(u64).range(1..))]
    pub request_timeout_ms: u64,
    /// Milliseconds that a client may take to send a body
    #[arg(long, env = "TENANTRY_BODY_TIMEOUT_MS", default_value_t = http::Settings::SENDING_MS, value_parser = value_parser!(u64).range(1..))]
    pub body_timeout_ms: u64,
    /// Milliseconds that a client may take to read 64 KiB of an answer
    #[arg(long, env = "TENANTRY_WRITE_TIMEOUT_MS", default_value_t = http::Settings::WRITING_MS, value_parser = value_parser!(u64).range(1..))]
    pub write_timeout_ms: u64,
    /// Milliseconds that a connection may wait for the head of its next request
    #[arg(long, env = "TENANTRY_IDLE_TIMEOUT_MS", default_value_t = http::Settings::IDLE_MS, value_parser = value_parser!(u64).range(1..))]
    pub idle_timeout_ms: u64,
    /// Who may see the schema, by introspection and by suggestions; by default everybody in `dev`, the signed-in in `serve`
    #[arg(long, env = "TENANTRY_SCHEMA_SHOWN_TO", value_enum)]
    pub schema_shown_to: Option<Audience>,
    /// Origins whose pages may ask, with commas between, such as `https://app.example.com`
    #[arg(long, env = "TENANTRY_CORS_ORIGINS", value_delimiter = ',')]
    pub cors_origins: Vec<Origin>,
    /// KiB of the documents that front ends register by sending them once; 0: none are kept
    #[arg(long, env = "TENANTRY_AUTOMATIC_DOCUMENTS_KIB", default_value_t = http::Settings::AUTOMATIC_DOCUMENTS_KIB)]
    pub automatic_documents_kib: u32,
    /// Answers of more bytes are compressed where the client accepts it; 0: none is
    #[arg(long, env = "TENANTRY_COMPRESS_ABOVE_BYTES", default_value_t = http::Settings::COMPRESS_ABOVE)]
    pub compress_above_bytes: u64,
    /// The address to show metrics on, at `/metrics`; where it is left out, none are collected
    #[arg(long, env = "TENANTRY_METRICS_LISTEN")]
    pub metrics_listen: Option<SocketAddr>,
}

/// How the gateway answers: what `dev` and `serve` share.
#[derive(Clone, Debug, Args)]
pub struct Gateway {
    /// The pool
    #[command(flatten)]
    pub pool: Pool,
    /// The limits
    #[command(flatten)]
    pub limits: Limits,
    /// The budgets
    #[command(flatten)]
    pub budgets: Budgets,
    /// The door
    #[command(flatten)]
    pub door: Door,
    /// What is told live
    #[command(flatten)]
    pub live: Live,
    /// Signing in
    #[command(flatten)]
    pub signing_in: SigningIn,
}

impl Gateway {
    /// The settings of a gateway to a database.
    #[must_use]
    pub fn settings(&self, url: impl Into<String>, mode: Mode) -> gateway::Settings {
        let Limits { limit_errors, limit_page, .. } = self.limits;
        let defaults = gateway::Settings::new(self.pool.settings(url), mode);
        gateway::Settings {
            documents: self.limits.documents(),
            answers: crate::request::Limits { errors: limit_errors.into(), page: limit_page },
            budgets: self.budgets.settings(),
            door: http::Settings { live: self.live.of_connections(), ..self.door.settings(defaults.door.schema) },
            live: self.live.of_events(),
            sign_in: SignIn { session: TimeDelta::hours(self.signing_in.session_hours.into()) },
            mail: self.signing_in.mail(),
            dns: self.signing_in.dns(),
            issuer: self.signing_in.issuer(),
            identity_webhook: self.signing_in.identity_webhook_secret.clone(),
            keys: self.signing_in.secret_key.clone().or(defaults.keys),
            ..defaults
        }
    }
}

impl Budgets {
    fn settings(&self) -> budget::Settings {
        budget::Settings {
            user: Rate { capacity: self.budget_user, per_minute: self.budget_user_per_minute },
            anonymous: Rate { capacity: self.budget_anonymous, per_minute: self.budget_anonymous_per_minute },
            request: self.limit_cost,
            redis: self.redis_url.clone(),
        }
    }
}

impl Limits {
    fn documents(self) -> document::Limits {
        document::Limits {
            tokens: self.limit_tokens,
            nesting: self.limit_nesting,
            directives: self.limit_directives,
            fragments: self.limit_fragments,
            depth: self.limit_depth,
            selections: self.limit_selections,
            root_fields: self.limit_root_fields,
            aliases: self.limit_aliases,
        }
    }
}

impl Door {
    fn settings(&self, schema: Audience) -> http::Settings {
        http::Settings {
            body: self.limit_body_kib as usize * 1024,
            running: self.limit_running.into(),
            connections: self.limit_connections as usize,
            patience: Duration::from_millis(self.request_timeout_ms),
            sending: Duration::from_millis(self.body_timeout_ms),
            writing: Duration::from_millis(self.write_timeout_ms),
            idle: Duration::from_millis(self.idle_timeout_ms),
            schema: self.schema_shown_to.unwrap_or(schema),
            cors_origins: self.cors_origins.clone(),
            automatic_documents: u64::from(self.automatic_documents_kib) * 1_024,
            compress_above: (self.compress_above_bytes > 0).then_some(self.compress_above_bytes),
            live: http::LiveSettings::default(),
        }
    }
}

/// A database that must be named.
#[derive(Clone, Debug, Args)]
pub struct DatabaseUrl {
    /// The database: `postgres://user:password@host:port/name`
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: String,
}

/// A database that is named, or one that is started for the purpose.
#[derive(Clone, Debug, Args)]
pub struct DevelopmentDatabase {
    /// The database; where it is left out, a private Postgres is started below the data directory
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Where state is kept: the private Postgres, the tokens of the demo identities
    #[arg(long, env = "TENANTRY_DATA_DIR", default_value = ".tenantry")]
    pub data_dir: PathBuf,
    /// The folder of Postgres' programs, where they are not found by themselves
    #[arg(long, env = "PG_BINDIR")]
    pub pg_bindir: Option<PathBuf>,
    /// The search path for programs
    #[arg(long, env = "PATH", hide = true)]
    pub path: Option<OsString>,
    /// A folder with `node_modules`, which may bring a Postgres along
    #[arg(long, env = "TENANTRY_NPM_ROOT", default_value = "web", hide = true)]
    pub npm_root: PathBuf,
    /// A further setting of the private Postgres, as `name=value`
    #[arg(long = "postgres-setting", env = "TENANTRY_POSTGRES_SETTINGS", value_delimiter = ';', hide = true)]
    pub postgres_settings: Vec<String>,
}

/// `tenantry dev`
#[derive(Clone, Debug, Args)]
pub struct Dev {
    /// The address to listen on
    #[arg(long, env = "TENANTRY_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// The database
    #[command(flatten)]
    pub database: DevelopmentDatabase,
    /// How it answers
    #[command(flatten)]
    pub gateway: Gateway,
}

/// `tenantry serve`
#[derive(Clone, Debug, Args)]
pub struct Serve {
    /// The address to listen on, such as `0.0.0.0:8080`
    #[arg(long, env = "TENANTRY_LISTEN", value_name = "TENANTRY_LISTEN")]
    pub listen: SocketAddr,
    /// The database
    #[command(flatten)]
    pub database: DatabaseUrl,
    /// How it answers
    #[command(flatten)]
    pub gateway: Gateway,
}
