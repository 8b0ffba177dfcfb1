//! A few connections that are lent to one request at a time.

use std::sync::{Mutex, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_postgres::{Client, Config, NoTls};

use super::statement::Statements;
use crate::failure::Failure;

/// As many as the gateway opens at most.
const CONNECTIONS: usize = 16;

/// A planner that looks at every array anew takes longer than the statement; and it would compile
/// statements that run for a millisecond.
const OPTIONS: &str = "-c plan_cache_mode=force_generic_plan -c jit=off";

/// A connection and what is prepared on it.
pub(super) struct Session {
    pub(super) client: Client,
    pub(super) statements: Statements,
}

/// All connections, open from the beginning.
pub(super) struct Pool {
    sessions: Vec<Session>,
    /// The places of those that are not lent. The last that came back goes first: its server process is
    /// the one whose memory is still in the processor's cache.
    free: Mutex<Vec<usize>>,
    permits: Semaphore,
}

/// A connection for as long as this lives.
pub(super) struct Lease<'a> {
    pool: &'a Pool,
    place: usize,
    _permit: SemaphorePermit<'a>,
}

impl Pool {
    /// Opens all connections.
    pub(super) async fn open(database_url: &str) -> Result<Self, Failure> {
        let mut config: Config = database_url.parse()?;
        config.options(OPTIONS).application_name("bench limit");
        let mut sessions = Vec::with_capacity(CONNECTIONS);
        for _ in 0..CONNECTIONS {
            let (client, connection) = config.connect(NoTls).await?;
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    eprintln!("a connection broke: {error}");
                }
            });
            let statements = Statements::prepare(&client).await?;
            sessions.push(Session { client, statements });
        }
        Ok(Self { free: Mutex::new((0..sessions.len()).collect()), permits: Semaphore::new(sessions.len()), sessions })
    }

    /// A connection, when there is one.
    pub(super) async fn lease(&self) -> Result<Lease<'_>, Failure> {
        let permit = self.permits.acquire().await?;
        let place = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Ok(Lease { pool: self, place: place.ok_or("a permit without a connection")?, _permit: permit })
    }
}

impl std::ops::Deref for Lease<'_> {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.pool.sessions[self.place]
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        // Before the permit, which is a field and is dropped after this.
        self.pool.free.lock().unwrap_or_else(PoisonError::into_inner).push(self.place);
    }
}
