//! The private Postgres server behind `tenantry dev` and the tests.
//!
//! [`EmbeddedPostgres::start`] adopts the server that already runs on a folder, or makes one: it
//! looks for an installation (`search`), decides which user may run it (`identity`), creates the
//! data directory once (`cluster`), and waits until a login succeeds (`server`). A file lock around
//! all of that lets any number of processes start at once and share one server.

mod cluster;
mod error;
mod home;
mod identity;
mod login;
mod postmaster;
mod search;
mod server;

use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

pub use error::EmbeddedError;
pub use search::{Search, candidates};

use home::Home;
use postmaster::Running;
use server::Server;

/// Right after a `kill -9` the lock file and the shared memory of the dead server still stand.
const RETRY_FOR: Duration = Duration::from_secs(5);
const RETRY_WAIT: Duration = Duration::from_millis(200);

/// What the server is, and where it lives.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The folder that holds `data/`, `password`, `log` and `lock`; it is created when missing.
    pub directory: PathBuf,
    /// What a crash of the machine may cost.
    pub durability: Durability,
    /// Where to look for the programs of Postgres.
    pub search: Search,
    /// How many clients may be connected at once.
    pub max_connections: u16,
    /// Further server settings, name and value; they win over the built-in ones, but for `port`.
    pub extra: Vec<(String, String)>,
}

/// What a crash of the machine may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Committed data survives: for a developer's database.
    Safe,
    /// Everything may be lost, in exchange for speed: for tests.
    Disposable,
}

/// A running server; dropping it leaves the server running, for others to adopt.
pub struct EmbeddedPostgres {
    home: Home,
    password: String,
    running: Running,
    /// Only a server that this process started is here, and only that one is ever stopped.
    server: Option<Server>,
}

impl EmbeddedPostgres {
    /// Adopts the server that runs on the directory, or starts one there.
    pub async fn start(settings: &Settings) -> Result<Self, EmbeddedError> {
        let home = Home::open(&settings.directory)?;
        let lock = home.lock().await?;
        let started = Self::start_locked(settings, home).await;
        drop(lock);
        started
    }

    /// The address of one of the server's databases, password included.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        let (password, port) = (&self.password, self.running.port);
        format!("postgres://{}:{password}@127.0.0.1:{port}/{database}", login::USER)
    }

    /// The major version of the server, such as 15.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.running.major
    }

    /// Whether another process had started the server already.
    #[must_use]
    pub fn was_running(&self) -> bool {
        self.server.is_none()
    }

    /// Stops the server if this process started it; an adopted one is left to its owner.
    pub async fn stop(self) -> Result<(), EmbeddedError> {
        let Some(server) = self.server else {
            return Ok(());
        };
        // Under the lock, so that nobody adopts a server that is about to go.
        let lock = self.home.lock().await?;
        let stopped = server.stop(&self.home).await;
        drop(lock);
        stopped
    }

    async fn start_locked(settings: &Settings, home: Home) -> Result<Self, EmbeddedError> {
        let (running, password, server) = match postmaster::adopt(&home).await? {
            Some((running, password)) => (running, password, None),
            None => launch(settings, &home).await?,
        };
        Ok(Self { home, password, running, server })
    }
}

impl fmt::Debug for EmbeddedPostgres {
    /// Without the password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_struct("EmbeddedPostgres");
        debug.field("home", &self.home).field("running", &self.running);
        debug.finish_non_exhaustive()
    }
}

/// Starts a server on the data directory, which is created when there is none. Another server may
/// turn up while we retry; that one is adopted.
async fn launch(settings: &Settings, home: &Home) -> Result<(Running, String, Option<Server>), EmbeddedError> {
    let existing = cluster::major(home)?;
    let installation = search::find(&settings.search, existing, home.directory()).await?;
    let password = cluster::prepare(home, &installation, existing).await?;
    let deadline = Instant::now() + RETRY_FOR;
    loop {
        match Server::launch(settings, home, &installation, &password).await {
            Ok((running, server)) => {
                if existing.is_none() && settings.durability == Durability::Safe {
                    cluster::sync_in_background(home, &installation);
                }
                return Ok((running, password, Some(server)));
            }
            Err(error) if error.is_collision() && Instant::now() < deadline => {
                tracing::debug!(%error, "the database server could not start yet");
                tokio::time::sleep(RETRY_WAIT).await;
            }
            Err(error) => return Err(error),
        }
        if let Some((running, password)) = postmaster::adopt(home).await? {
            return Ok((running, password, None));
        }
    }
}
