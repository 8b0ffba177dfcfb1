//! The only way to Postgres: a pool, transactions that enter a tenant, and a count of what they cost.

pub mod embedded;
mod binds;
mod enter;
mod migrate;
mod row;
mod transaction;

use std::str::FromStr;
use std::time::Duration;

use sea_orm::{DatabaseConnection, SqlxPostgresConnector};
use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

use crate::error::Error;

pub use binds::{Binds, contains};
pub use enter::{Credential, Entered, SessionState, TokenHash};
pub use migrate::MigrationState;
pub use row::{FromRow, Row};
pub use sea_orm::Value;
pub use transaction::{Cost, Mode, Transaction, TenantFilter};

/// After so long in the pool a connection may have died unnoticed.
const RESTED: Duration = Duration::from_secs(1);

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
            tenant_filter: TenantFilter::Enforced,
        }
    }
}

/// A pool of connections to one database.
#[derive(Clone, Debug)]
pub struct Database {
    pool: PgPool,
    tenant_filter: TenantFilter,
}

impl Database {
    /// A pool that connects when it is first needed, so that a gateway starts, and recovers, without its database.
    pub fn new(settings: &Settings) -> Result<Self, Error> {
        let options = PgConnectOptions::from_str(&settings.url)?
            .application_name("tenantry")
            .statement_cache_capacity(512)
            .options([
                ("statement_timeout", settings.statement_timeout.as_millis().to_string()),
                // A transaction whose gateway died must not hold its snapshot for ever.
                ("idle_in_transaction_session_timeout", "60s".to_owned()),
                // Statements of some milliseconds: compiling them takes longer than running them.
                ("jit", "off".to_owned()),
            ]);
        let pool = PgPoolOptions::new()
            .max_connections(settings.connections)
            .acquire_timeout(settings.acquire_timeout)
            // A ping before each use would double the round trips; a connection that rested a while is worth one.
            .test_before_acquire(false)
            .before_acquire(|connection, metadata| {
                Box::pin(async move {
                    if metadata.idle_for > RESTED {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(options);
        Ok(Self { pool, tenant_filter: settings.tenant_filter })
    }

    /// sea-orm's own connection over the same pool: for migrations and the command line, never for requests.
    #[must_use]
    pub fn unscoped(&self) -> DatabaseConnection {
        SqlxPostgresConnector::from_sqlx_postgres_pool(self.pool.clone())
    }

    /// The pool itself: for COPY.
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Does Postgres answer?
    pub async fn ping(&self) -> Result<(), Error> {
        sqlx::query("select 1").execute(&self.pool).await?;
        Ok(())
    }

    /// Ends all connections, waiting for those in use.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
