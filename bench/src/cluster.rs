//! The database server, as it is watched from beside: its time on the processor, and the statements it ran.

use std::time::Duration;

use tokio_postgres::{Client, NoTls};

use crate::{failure::Failure, process};

/// A connection that only watches.
pub(crate) struct Cluster {
    client: Client,
    postmaster: Option<u32>,
    counts_statements: bool,
}

/// How much the server has done since it began to count.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Work {
    /// Statements that read or write, and beside them those that only begin, end or set.
    Statements {
        /// `select` and the like.
        statements: i64,
        /// `begin`, `commit`, `set` and the like.
        control: i64,
    },
    /// Where single statements are not counted: transactions.
    Transactions(i64),
}

/// Only what clients send counts, so what functions do inside is left out, and so is the watcher itself.
const STATEMENTS: &str = r"
select
    coalesce(sum(calls) filter (where not is_control), 0)::bigint,
    coalesce(sum(calls) filter (where is_control), 0)::bigint
from (
    select calls,
        query ~* '^\s*(begin|start|commit|end|rollback|abort|savepoint|release|set|reset|discard|deallocate)\M'
            as is_control
    from pg_stat_statements
    where toplevel and dbid = (select oid from pg_database where datname = current_database())
        and query not like '%pg_stat_%'
) counted";

const TRANSACTIONS: &str = "
select xact_commit + xact_rollback from pg_stat_database where datname = current_database()";

const SETTINGS: &str = "
select 'Postgres ' || current_setting('server_version')
    || ', shared_buffers ' || current_setting('shared_buffers')
    || ', fsync ' || current_setting('fsync')
    || ', synchronous_commit ' || current_setting('synchronous_commit')
    || ', jit ' || current_setting('jit')
    || ', database of ' || pg_size_pretty(pg_database_size(current_database()))";

/// Organizations that are past due are hidden from most people, which the programs written by hand know nothing of.
const PAY_ALL_BILLS: &str = "
update subscriptions set status = 'active', past_due_since = null, grace_until = null
where status in ('past_due', 'unpaid', 'paused') and deleted_at is null";

impl Cluster {
    /// Connects, finds the server's first process, and has statements counted if the server can.
    pub(crate) async fn connect(database_url: &str) -> Result<Self, Failure> {
        let (client, connection) = tokio_postgres::connect(database_url, NoTls).await?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                eprintln!("the watcher's connection broke: {error}");
            }
        });
        let backend: i32 = client.query_one("select pg_backend_pid()", &[]).await?.try_get(0)?;
        let postmaster = process::parent_of(backend.unsigned_abs(), "postgres");
        // Creating it succeeds without the library; only reading it fails.
        let _ = client.batch_execute("create extension if not exists pg_stat_statements").await;
        let counts_statements = client.query_one(STATEMENTS, &[]).await.is_ok();
        Ok(Self { client, postmaster, counts_statements })
    }

    /// Opens every organization to its members, so that all programs show the same.
    pub(crate) async fn pay_all_bills(&self) -> Result<(), Failure> {
        self.client.execute(PAY_ALL_BILLS, &[]).await?;
        Ok(())
    }

    /// The server's version and the settings that matter to the figures.
    pub(crate) async fn describe(&self) -> Result<String, Failure> {
        Ok(self.client.query_one(SETTINGS, &[]).await?.try_get(0)?)
    }

    /// The time that all processes of the server have taken.
    pub(crate) fn cpu(&self) -> Option<Duration> {
        process::cpu_of_family(self.postmaster?)
    }

    /// What the server has done so far.
    pub(crate) async fn work(&self) -> Result<Work, Failure> {
        if self.counts_statements {
            let row = self.client.query_one(STATEMENTS, &[]).await?;
            return Ok(Work::Statements { statements: row.try_get(0)?, control: row.try_get(1)? });
        }
        let row = self.client.query_one(TRANSACTIONS, &[]).await?;
        Ok(Work::Transactions(row.try_get(0)?))
    }
}
