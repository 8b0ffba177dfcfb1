//! The settings, read once: from arguments, or from the environment.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::database;

/// Where the gateway listens, and how it treats its callers.
#[derive(Clone, Debug, Args)]
pub struct Pool {
    /// Connections to Postgres at most
    #[arg(long, env = "TENANTRY_DATABASE_CONNECTIONS", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..))]
    pub database_connections: u32,
    /// Milliseconds that one SQL statement may take
    #[arg(long, env = "TENANTRY_STATEMENT_TIMEOUT_MS", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub statement_timeout_ms: u64,
}

impl Pool {
    /// The settings of the pool for a database.
    #[must_use]
    pub fn settings(&self, url: impl Into<String>) -> database::Settings {
        database::Settings {
            connections: self.database_connections,
            statement_timeout: Duration::from_millis(self.statement_timeout_ms),
            ..database::Settings::new(url)
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
    /// The pool
    #[command(flatten)]
    pub pool: Pool,
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
    /// The pool
    #[command(flatten)]
    pub pool: Pool,
}
