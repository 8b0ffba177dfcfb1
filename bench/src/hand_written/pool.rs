//! A few connections that are lent to one request at a time.

use std::sync::{Mutex, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_postgres::{Client, Config, NoTls};

use super::Program;
use crate::failure::Failure;

/// As many as the gateway opens at most.
const CONNECTIONS: usize = 16;

/// A connection and what is prepared on it.
pub(crate) struct Session<S> {
    /// The connection.
    pub(crate) client: Client,
    /// The statements of the program.
    pub(crate) statements: S,
}

/// All connections, open from the beginning.
pub(super) struct Pool<S> {
    sessions: Vec<Session<S>>,
    /// The places of those that are not lent. The last that came back goes first: its server process is
    /// the one whose memory is still in the processor's cache.
    free: Mutex<Vec<usize>>,
    permits: Semaphore,
}

/// A connection for as long as this lives.
pub(super) struct Lease<'a, S> {
    pool: &'a Pool<S>,
    place: usize,
    _permit: SemaphorePermit<'a>,
}

impl<S> Pool<S> {
    /// Opens all connections.
    pub(super) async fn open<P: Program<Statements = S>>(database_url: &str) -> Result<Self, Failure> {
        let mut config: Config = database_url.parse()?;
        config.options(P::OPTIONS).application_name(P::NAME);
        let mut sessions = Vec::with_capacity(CONNECTIONS);
        for _ in 0..CONNECTIONS {
            let (client, connection) = config.connect(NoTls).await?;
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    eprintln!("a connection broke: {error}");
                }
            });
            let statements = P::prepare(&client).await?;
            sessions.push(Session { client, statements });
        }
        Ok(Self { free: Mutex::new((0..sessions.len()).collect()), permits: Semaphore::new(sessions.len()), sessions })
    }

    /// A connection, when there is one.
    pub(super) async fn lease(&self) -> Result<Lease<'_, S>, Failure> {
        let permit = self.permits.acquire().await?;
        let place = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Ok(Lease { pool: self, place: place.ok_or("a permit without a connection")?, _permit: permit })
    }
}

impl<S> std::ops::Deref for Lease<'_, S> {
    type Target = Session<S>;

    fn deref(&self) -> &Session<S> {
        &self.pool.sessions[self.place]
    }
}

impl<S> Drop for Lease<'_, S> {
    fn drop(&mut self) {
        // Before the permit, which is a field and is dropped after this.
        self.pool.free.lock().unwrap_or_else(PoisonError::into_inner).push(self.place);
    }
}
