//! The connections on which requests run, all of them under the role of the application.
//!
//! A request that has read gives its connection back at once, its transaction still open; whoever takes it next ends that
//! transaction in the very message that opens its own, and the janitor ends those that nobody takes within a moment. So the
//! end of a transaction costs no round trip. That nothing leaks by it: a connection leaves the pool only through
//! [`Transaction::open`](super::Transaction::open), whose message begins by ending whatever is there.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection as _, Executor as _};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::Settings;
use crate::error::Error;

/// A transaction that has been read in stays open for so long at most, waiting for the next one.
const LINGER: Duration = Duration::from_millis(2);
/// After so long in the pool a connection may have died unnoticed.
const RESTED: Duration = Duration::from_secs(1);
/// A connection that nobody needed for so long is closed.
const UNUSED: Duration = Duration::from_secs(600);
/// Postgres has so long to end a transaction.
const PATIENCE: Duration = Duration::from_secs(15);

/// A bounded set of connections. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    shared: Arc<Shared>,
    permits: Arc<Semaphore>,
    size: u32,
}

#[derive(Debug)]
struct Shared {
    options: PgConnectOptions,
    acquire_timeout: Duration,
    /// The last one given back is the first one taken: its caches are warm.
    idle: Mutex<Vec<Idle>>,
    /// Rung when a connection is given back inside a transaction.
    lingering: Notify,
}

#[derive(Debug)]
struct Idle {
    connection: PgConnection,
    process: i32,
    in_transaction: bool,
    since: Instant,
}

/// A connection that somebody uses. Dropped, it is closed; only [`give_back`](Self::give_back) keeps it.
#[derive(Debug)]
pub(super) struct Taken {
    connection: PgConnection,
    /// The process of Postgres that serves it: what its statements are cancelled by.
    pub process: i32,
    /// Is the transaction of an earlier request still open on it?
    pub in_transaction: bool,
    /// Was it in the pool, and not made for the purpose?
    pub was_idle: bool,
    shared: Arc<Shared>,
    permit: OwnedSemaphorePermit,
}

impl Pool {
    /// A pool that connects when somebody needs it.
    pub fn new(settings: &Settings, options: PgConnectOptions) -> Self {
        let shared = Arc::new(Shared {
            options: options.options([
                ("role", "tenantry_app"),
                // The statements are few and always the same, and planning one costs more than running it.
                ("plan_cache_mode", "force_generic_plan"),
                // A statement that is a transaction of its own reads one snapshot too, functions within it included.
                ("default_transaction_isolation", "repeatable read"),
                ("default_transaction_read_only", "on"),
            ]),
            acquire_timeout: settings.acquire_timeout,
            idle: Mutex::default(),
            lingering: Notify::new(),
        });
        let size = settings.connections;
        Self { shared, permits: Arc::new(Semaphore::new(size as usize)), size }
    }

    /// A connection: one that is there, or a new one. Fails where none is free in time, or Postgres is out of reach.
    pub async fn take(&self) -> Result<Taken, Error> {
        let wait = async {
            let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| sqlx::Error::PoolClosed)?;
            let shared = Arc::clone(&self.shared);
            while let Some(mut idle) = shared.pop() {
                let rested = idle.since.elapsed();
                if rested < RESTED || (rested < UNUSED && idle.connection.ping().await.is_ok()) {
                    let Idle { connection, process, in_transaction, .. } = idle;
                    return Ok(Taken { connection, process, in_transaction, was_idle: true, shared, permit });
                }
            }
            let (connection, process) = shared.connect().await?;
            Ok(Taken { connection, process, in_transaction: false, was_idle: false, shared, permit })
        };
        tokio::time::timeout(self.shared.acquire_timeout, wait).await.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map_err(Error::from)
    }

    /// How many connections somebody holds, and how many there may be.
    pub fn in_use(&self) -> (usize, usize) {
        let size = self.size as usize;
        (size.saturating_sub(self.permits.available_permits()), size)
    }

    /// Closes all connections that nobody uses: where one has died, the others are no better.
    pub fn forget_idle(&self) {
        self.shared.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Ends transactions that nobody continues, for as long as the pool is there.
    pub fn start_janitor(&self) {
        let (shared, permits) = (Arc::downgrade(&self.shared), Arc::clone(&self.permits));
        tokio::spawn(async move {
            while let Some(shared) = shared.upgrade() {
                let rung = tokio::time::timeout(RESTED, shared.lingering.notified()).await;
                if rung.is_ok() {
                    tokio::time::sleep(LINGER).await;
                }
                // With a permit, as everybody, so that there are never more connections than permits. Where none is free,
                // somebody is about to take what lingers.
                while let Ok(permit) = Arc::clone(&permits).try_acquire_owned() {
                    let Some(idle) = shared.overdue() else { break };
                    tokio::spawn(Arc::clone(&shared).tidy(idle, permit));
                }
            }
        });
    }

    /// Waits for those inside, but not for ever; lets nobody in any more, and closes all connections.
    pub async fn close(&self) {
        let everyone = tokio::time::timeout(PATIENCE, self.permits.acquire_many(self.size)).await;
        self.permits.close();
        while let Some(idle) = self.shared.pop() {
            // It is closed either way; this way Postgres does not complain.
            let _ = idle.connection.close().await;
        }
        drop(everyone);
    }
}

impl Shared {
    async fn connect(&self) -> Result<(PgConnection, i32), sqlx::Error> {
        let mut connection = PgConnection::connect_with(&self.options).await?;
        let process = sqlx::query_scalar("SELECT pg_backend_pid()").persistent(false).fetch_one(&mut connection).await?;
        Ok((connection, process))
    }

    fn pop(&self) -> Option<Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn push(&self, idle: Idle) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(idle);
    }

    /// Takes out one that has lingered long enough, or that nobody needs.
    fn overdue(&self) -> Option<Idle> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let overdue = |idle: &Idle| (idle.in_transaction && idle.since.elapsed() >= LINGER) || idle.since.elapsed() > UNUSED;
        let place = idle.iter().position(overdue)?;
        Some(idle.remove(place))
    }

    /// Ends what is open on a connection that nobody holds.
    async fn tidy(self: Arc<Self>, mut idle: Idle, permit: OwnedSemaphorePermit) {
        let end = idle.connection.execute("COMMIT");
        if idle.since.elapsed() < UNUSED && matches!(tokio::time::timeout(PATIENCE, end).await, Ok(Ok(_))) {
            self.push(Idle { in_transaction: false, ..idle });
        }
        drop(permit);
    }
}

impl Taken {
    /// The connection.
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    /// Puts a new connection in the place of this one.
    pub async fn connect_anew(&mut self) -> Result<(), Error> {
        let connect = self.shared.connect();
        (self.connection, self.process) =
            tokio::time::timeout(self.shared.acquire_timeout, connect).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))?;
        (self.in_transaction, self.was_idle) = (false, false);
        Ok(())
    }

    /// Gives it back. INVARIANT: Postgres has answered everything that was asked on it; a transaction on it only read.
    pub fn give_back(self, in_transaction: bool) {
        self.shared.push(Idle { connection: self.connection, process: self.process, in_transaction, since: Instant::now() });
        if in_transaction {
            self.shared.lingering.notify_one();
        }
        drop(self.permit);
    }

    /// Rolls back, whatever it takes, and gives it back; closes it where that fails.
    pub async fn roll_back(mut self) {
        let ended = tokio::time::timeout(PATIENCE, self.connection.execute("ROLLBACK")).await;
        if matches!(ended, Ok(Ok(_))) {
            self.give_back(false);
        }
    }
}
