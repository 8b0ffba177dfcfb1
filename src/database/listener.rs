//! A connection that listens: notifications of Postgres, and the statements of whoever follows them.

use std::time::Duration;

use sea_orm::{Value, Values};
use sea_query_sqlx::SqlxValues;
use sqlx::AssertSqlSafe;
use sqlx::postgres::{PgListener, PgPoolOptions};

use super::Database;
use super::row::{FromRow, rows};
use crate::error::Error;

/// Postgres answers a statement of a listener in this time, or is not there.
const PATIENCE: Duration = Duration::from_secs(10);

/// What woke a listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The channel.
    pub channel: String,
    /// What was said on it.
    pub payload: String,
}

/// A connection of the owner of the tables that listens. Where it fails it is dropped, and another one made.
pub struct Listener(PgListener);

impl Database {
    /// A new connection that listens on these channels.
    pub async fn listen(&self, channels: &[&str]) -> Result<Listener, Error> {
        let connect = async {
            // A pool of one, which ends with the listener.
            let pool = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
            let mut listener = PgListener::connect_with(&pool.connect_with(self.listening.clone()).await?).await?;
            listener.ignore_pool_close_event(true);
            listener.eager_reconnect(false);
            listener.listen_all(channels.iter().copied()).await?;
            Ok(Listener(listener))
        };
        tokio::time::timeout(PATIENCE, connect).await.map_err(|_| sqlx::Error::PoolTimedOut)?
    }

    /// Takes away events that are older than this, few at a time; says how many there were.
    pub async fn purge_outbox(&self, retention: Duration) -> Result<u64, Error> {
        let mut purged = 0;
        loop {
            let taken: i64 = sqlx::query_scalar("select tenantry_purge_outbox(make_interval(secs => $1))")
                .bind(retention.as_secs_f64())
                .fetch_one(&self.owner)
                .await?;
            match u64::try_from(taken) {
                Ok(taken) if taken > 0 => purged += taken,
                _ => return Ok(purged),
            }
        }
    }
}

impl Listener {
    /// Waits for the next notification. An error, where the connection is lost.
    pub async fn next(&mut self) -> Result<Notification, Error> {
        match self.0.try_recv().await? {
            Some(heard) => Ok(Notification { channel: heard.channel().to_owned(), payload: heard.payload().to_owned() }),
            None => Err(Error::Unavailable("the connection that listens is lost".into())),
        }
    }

    /// One that is there already.
    pub fn waiting(&mut self) -> Option<Notification> {
        let heard = self.0.next_buffered()?;
        Some(Notification { channel: heard.channel().to_owned(), payload: heard.payload().to_owned() })
    }

    /// All rows of a statement about all tenants.
    pub async fn all<T: FromRow>(&mut self, sql: &str, values: Vec<Value>) -> Result<Vec<T>, Error> {
        let statement = sqlx::query_with(AssertSqlSafe(sql.to_owned()), SqlxValues(Values(values)));
        let answer = tokio::time::timeout(PATIENCE, statement.fetch_all(&mut self.0)).await.map_err(|_| Error::Timeout)??;
        rows(&answer)
    }
}
