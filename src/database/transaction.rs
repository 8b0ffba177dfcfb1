//! One transaction of one request, safe against clients that hang up.
//!
//! A request's future can be dropped at any point. A pooled connection that then still is inside a transaction, with a tenant
//! set, must never serve another request. So until Postgres has answered the opening statement the connection belongs to
//! nobody: dropped in that phase it is closed. Dropped later, a task of its own rolls it back before the pool gets it again.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement, Value, Values};
use sea_query_sqlx::SqlxValues;
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Executor, Postgres};
use tokio::sync::Mutex;

use super::row::{FromRow, Row};
use super::{Credential, Database, Entered};
use crate::error::Error;

/// What a transaction may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// One snapshot, read only.
    Read,
    /// Read and write.
    Write,
}

/// Whether statements name their tenant, which is the first of the two locks on tenancy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TenantFilter {
    /// As they are written.
    #[default]
    Enforced,
    /// Every `tenant_id = $1` is taken out of the statements: only for the test that shows that row-level security holds alone.
    Removed,
}

/// What a transaction has cost so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Round trips: opening and commit count as one each.
    pub statements: u32,
    /// Time spent waiting for them.
    pub time: Duration,
}

impl Cost {
    /// Both together.
    pub fn add(&mut self, other: Self) {
        self.statements += other.statements;
        self.time += other.time;
    }
}

/// An open transaction that has entered a tenant, or none.
#[derive(Debug)]
pub struct Transaction {
    connection: Mutex<Held>,
    statements: AtomicU32,
    micros: AtomicU64,
    tenant_filter: TenantFilter,
}

/// A pooled connection that cannot go back to the pool inside a transaction.
#[derive(Debug)]
struct Held {
    connection: Option<PoolConnection<Postgres>>,
    phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// BEGIN may or may not have reached Postgres.
    Opening,
    /// Inside the transaction.
    Open,
    /// COMMIT or ROLLBACK may or may not have reached Postgres.
    Ending,
    /// COMMIT or ROLLBACK has been answered.
    Ended,
}

impl Transaction {
    /// Opens a transaction, takes the role of the application and enters the tenant of the credential: one round trip.
    pub async fn open(database: &Database, credential: &Credential, mode: Mode) -> Result<(Self, Option<Entered>), Error> {
        let begin = match mode {
            Mode::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Mode::Write => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
        };
        let sql = format!("{begin}; SET LOCAL ROLE tenantry_app; {}", credential.enter_sql());
        let connection = database.pool.acquire().await?;
        let start = Instant::now();
        let mut held = Held { connection: Some(connection), phase: Phase::Opening };
        let rows: Vec<PgRow> = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(held.connection()?).await?;
        held.phase = Phase::Open;
        let transaction = Self {
            connection: Mutex::new(held),
            statements: AtomicU32::new(0),
            micros: AtomicU64::new(0),
            tenant_filter: database.tenant_filter,
        };
        transaction.count(start);
        let entered = rows.first().map(|row| Entered::from_row(&mut Row::new(row))).transpose()?;
        Ok((transaction, entered))
    }

    /// All rows of a statement. `$1` is the tenant, by convention of every `store.rs`.
    pub async fn all<T: FromRow>(&self, sql: impl Into<Cow<'static, str>>, values: Vec<Value>) -> Result<Vec<T>, Error> {
        let rows = self.fetch(sql.into(), values).await?;
        rows.iter().map(|row| T::from_row(&mut Row::new(row))).collect()
    }

    /// At most one row.
    pub async fn one<T: FromRow>(&self, sql: impl Into<Cow<'static, str>>, values: Vec<Value>) -> Result<Option<T>, Error> {
        Ok(self.all(sql, values).await?.into_iter().next())
    }

    /// Commits, and gives the connection back.
    pub async fn commit(self) -> Result<Cost, Error> {
        let start = Instant::now();
        {
            let mut held = self.connection.lock().await;
            held.end("COMMIT").await?;
        }
        self.count(start);
        Ok(self.cost())
    }

    /// Ends a transaction that only read, without waiting for Postgres' answer.
    pub fn finish(self) -> Cost {
        let mut cost = self.cost();
        cost.statements += 1;
        self.connection.into_inner().end_in_background("COMMIT");
        cost
    }

    /// What it has cost so far.
    #[must_use]
    pub fn cost(&self) -> Cost {
        Cost {
            statements: self.statements.load(Ordering::Relaxed),
            time: Duration::from_micros(self.micros.load(Ordering::Relaxed)),
        }
    }

    async fn fetch(&self, sql: Cow<'static, str>, values: Vec<Value>) -> Result<Vec<PgRow>, sqlx::Error> {
        let sql = match self.tenant_filter {
            TenantFilter::Enforced => sql,
            TenantFilter::Removed => sql.replace("tenant_id = $1", "tenant_id is distinct from nullif($1::uuid, $1::uuid)").into(),
        };
        let mut held = self.connection.lock().await;
        let start = Instant::now();
        let query = sqlx::query_with(AssertSqlSafe(sql.as_ref()), SqlxValues(Values(values)));
        let rows = query.fetch_all(held.connection()?).await;
        self.count(start);
        rows
    }

    fn count(&self, start: Instant) {
        self.statements.fetch_add(1, Ordering::Relaxed);
        let micros = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }
}

/// So that sea-orm's entities and queries run inside the transaction.
#[async_trait::async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let mut held = self.connection.lock().await;
        let start = Instant::now();
        let values = statement.values.unwrap_or_else(|| Values(Vec::new()));
        let query = sqlx::query_with(AssertSqlSafe(statement.sql.as_str()), SqlxValues(values));
        let done = query.execute(held.connection().map_err(executing)?).await.map_err(executing);
        self.count(start);
        done.map(ExecResult::from)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let mut held = self.connection.lock().await;
        let start = Instant::now();
        let done = held.connection().map_err(executing)?.execute(AssertSqlSafe(sql)).await.map_err(executing);
        self.count(start);
        done.map(ExecResult::from)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        Ok(self.query_all_raw(statement).await?.into_iter().next())
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let values = statement.values.map_or_else(Vec::new, |values| values.0);
        let rows = self.fetch(statement.sql.into(), values).await;
        Ok(rows.map_err(|error| DbErr::Query(RuntimeErr::SqlxError(error.into())))?.into_iter().map(QueryResult::from).collect())
    }
}

fn executing(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(error.into()))
}

impl Held {
    fn connection(&mut self) -> Result<&mut sqlx::PgConnection, sqlx::Error> {
        self.connection.as_deref_mut().ok_or(sqlx::Error::PoolClosed)
    }

    async fn end(&mut self, how: &'static str) -> Result<(), sqlx::Error> {
        self.connection()?.execute(how).await?;
        self.phase = Phase::Ended;
        Ok(())
    }

    /// INVARIANT: whatever the outcome, the pool gets the connection back only after Postgres has confirmed the end. Until
    /// then it is nobody's, so that a task that is cancelled, at the end of the runtime too, closes it and starts no other.
    fn end_in_background(mut self, how: &'static str) {
        const PATIENCE: Duration = Duration::from_secs(15);
        self.phase = Phase::Ending;
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            // Without an answer the connection is closed, as its phase says.
            let _ = tokio::time::timeout(PATIENCE, self.end(how)).await;
        });
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        match self.phase {
            Phase::Ended => drop(connection),
            Phase::Opening | Phase::Ending => drop(connection.detach()),
            Phase::Open => Self { connection: Some(connection), phase: self.phase }.end_in_background("ROLLBACK"),
        }
    }
}
