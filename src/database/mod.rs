//! The only way to Postgres: a pool, transactions that enter a tenant, and a count of what they cost.

mod activity;
mod batch;
mod binds;
pub mod embedded;
mod enter;
mod listener;
mod migrate;
mod pool;
mod presumption;
mod row;
mod transaction;

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::id::{SessionId, TenantId, UserId};
use sea_orm::{DatabaseConnection, SqlxPostgresConnector};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

use crate::error::Error;

pub use binds::{Binds, contains};
pub use enter::{
    Credential, Entered, EnteredApiKey, EnteredImpersonation, IMPERSONATION_PREFIX, SESSION_PREFIX, SessionState, TokenHash,
};
pub use listener::{Listener, Notification};
pub use migrate::MigrationState;
pub use row::{ByKey, COLUMNS, CURSOR, Child, Column, FromRow, KEYS, Row, Wanted};
pub use sea_orm::Value;
pub use transaction::{Cost, Mode, TenantFilter, Transaction};

/// Connections of the owner, for what is not a request.
const OWNERS: u32 = 4;

/// How to reach Postgres, and how much of it to use.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `postgres://user:password@host:port/database`
    pub url: String,
    /// Connections at most.
    pub connections: u32,
    /// How long a request waits for a free connection.
    pub acquire_timeout: Duration,
    /// How long one statement may take.
    pub statement_timeout: Duration,
    /// A statement that takes longer stands in the log.
    pub slow_statement: Duration,
    /// Whether statements name their tenant; see [`TenantFilter`].
    pub tenant_filter: TenantFilter,
}

impl Settings {
    /// The defaults for this URL.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            connections: 16,
            acquire_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(10),
            slow_statement: Duration::from_millis(500),
            tenant_filter: TenantFilter::Enforced,
        }
    }
}

/// One database: connections for requests, and a few of its owner's for the rest.
#[derive(Clone, Debug)]
pub struct Database {
    pool: pool::Pool,
    owner: PgPool,
    /// How those connect who listen.
    listening: PgConnectOptions,
    sessions: enter::Sessions,
    activity: activity::Activity,
    slow_statement: Duration,
    tenant_filter: TenantFilter,
}

impl Database {
    /// Connects when it is first needed, so that a gateway starts, and recovers, without its database. Made inside a runtime.
    pub fn new(settings: &Settings) -> Result<Self, Error> {
        let options =
            PgConnectOptions::from_str(&settings.url)?.application_name("tenantry").statement_cache_capacity(512).options([
                ("statement_timeout", settings.statement_timeout.as_millis().to_string()),
                // A transaction whose gateway died must not hold its snapshot for ever.
                ("idle_in_transaction_session_timeout", "60s".to_owned()),
                // Statements of some milliseconds: compiling them takes longer than running them.
                ("jit", "off".to_owned()),
            ]);
        let owner = PgPoolOptions::new()
            .max_connections(OWNERS)
            .acquire_timeout(settings.acquire_timeout)
            .connect_lazy_with(options.clone().application_name("tenantry owner"));
        let listening = options.clone().application_name("tenantry live");
        let pool = pool::Pool::new(settings, options);
        pool.start_janitor();
        let activity = activity::Activity::default();
        activity.start(owner.clone());
        let Settings { slow_statement, tenant_filter, .. } = *settings;
        Ok(Self { pool, owner, listening, sessions: enter::Sessions::default(), activity, slow_statement, tenant_filter })
    }

    /// sea-orm's own connection, as the owner of the tables: for migrations and the command line, never for requests.
    #[must_use]
    pub fn unscoped(&self) -> DatabaseConnection {
        SqlxPostgresConnector::from_sqlx_postgres_pool(self.owner.clone())
    }

    /// Connections of the owner of the tables: for seeds and the command line, never for requests.
    #[must_use]
    pub fn owner(&self) -> &PgPool {
        &self.owner
    }

    /// What is known of a credential that was used of late. Whether it still holds shows when it is used.
    #[must_use]
    pub fn known(&self, credential: &Credential) -> Option<Arc<Entered>> {
        self.sessions.known(credential)
    }

    /// How many connections requests hold, and how many there may be.
    #[must_use]
    pub fn connections(&self) -> (usize, usize) {
        self.pool.in_use()
    }

    /// Notes that somebody is there; it is written later, and at most once a minute.
    pub fn seen(&self, session: SessionId, user: UserId, tenant: Option<TenantId>, at: DateTime<Utc>) {
        self.activity.note(session, user, tenant, at);
    }

    /// Ends all connections, waiting for those in use.
    pub async fn close(&self) {
        self.pool.close().await;
        self.activity.write(&self.owner).await;
        self.owner.close().await;
    }
}
