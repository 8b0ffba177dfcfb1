//! One transaction of one request, safe against clients that hang up.
//!
//! A request's future can be dropped at any point. A connection that then still is inside a transaction, with a tenant set,
//! must never serve another request as it is. So a connection is closed where it is dropped, unless it was given back: while
//! the opening statement has not been answered nobody knows its state, and later a task of its own rolls it back first. A
//! statement that still runs then is cancelled in Postgres: nobody waits for it any more.

mod connection_trait;

use std::borrow::Cow;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use entity::id::{TenantId, UserId};
use sea_orm::{ConnectionTrait as _, Value, Values};
use sea_query_sqlx::SqlxValues;
use sqlx::postgres::{PgPool, PgRow};
use sqlx::{AssertSqlSafe, Executor};
use tokio::sync::Mutex;
use tracing::Instrument as _;

use super::batch::{Part, Queue, hand_out, let_others_in, together};
use super::pool::Taken;
use super::presumption::Presumption;
use super::row::{ByKey, FromRow, rows, rows_in_columns, statement, statement_along};
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
    /// What compares a row with the tenant is taken out of the statements: only for the test that shows that row-level security holds alone.
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
    queue: Queue,
    /// Has the caller been presumed, so that there is one statement only?
    is_presumed: bool,
    statements: AtomicU32,
    micros: AtomicU64,
    mode: Mode,
    slow_statement: Duration,
    tenant_filter: TenantFilter,
}

/// The connection of an open transaction, until it has been ended.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) taken: Option<Taken>,
    /// Has something been asked that was not answered yet?
    is_busy: bool,
    /// Where all is presumed: how that stands.
    pub(super) presumption: Option<Presumption>,
    /// By way of which a statement is cancelled.
    owner: PgPool,
}

/// Cancelling is a courtesy: it must not hold a connection for long.
const PATIENCE: Duration = Duration::from_secs(2);
/// So much of a slow statement is logged.
const LONGEST_STATEMENT: usize = 2_000;

impl Transaction {
    /// Opens a transaction and enters the tenant of the credential, in one round trip. The role is that of the connection.
    pub async fn open(database: &Database, credential: &Credential, mode: Mode) -> Result<(Self, Option<Entered>), Error> {
        let mut taken = database.pool.take().await?;
        let mut start = Instant::now();
        let begin = match mode {
            Mode::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ",
            Mode::Write => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; ",
        };
        let known = database.sessions.known(credential);
        let enter = format!("{begin}{}", credential.enter_sql(known.as_deref()));
        let sql = if taken.in_transaction { format!("COMMIT; {enter}") } else { enter.clone() };
        let opened = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_one(taken.connection()).await;
        let row = match opened {
            // The connection died in the pool, as all do when Postgres is started anew. Nothing has been done on it, so
            // the same may be said on a new one.
            Err(error) if taken.was_idle && is_broken(&error) => {
                database.pool.forget_idle();
                taken.connect_anew().await?;
                start = Instant::now();
                sqlx::raw_sql(AssertSqlSafe(enter)).fetch_one(taken.connection()).await?
            }
            opened => opened?,
        };
        let transaction = Self::on(database, Some(taken), None, mode);
        transaction.count(start, "enter");
        let entered = Entered::of(&row, known.as_deref())?;
        let held = |entered: &Entered| (entered.tenant_id, entered.access_version);
        if let Some(entered) = entered.as_ref().filter(|entered| known.is_none_or(|known| held(&known) != held(entered))) {
            database.sessions.keep(credential, entered);
        }
        Ok((transaction, entered))
    }

    pub(super) fn on(database: &Database, taken: Option<Taken>, presumption: Option<Presumption>, mode: Mode) -> Self {
        let is_presumed = presumption.is_some();
        let held = Held { taken, is_busy: false, presumption, owner: database.owner.clone() };
        Self {
            connection: Mutex::new(held),
            queue: Queue::default(),
            is_presumed,
            statements: AtomicU32::new(0),
            micros: AtomicU64::new(0),
            mode,
            slow_statement: database.slow_statement,
            tenant_filter: database.tenant_filter,
        }
    }

    /// Is everything that it has read true of the caller? Only of one that was presumed it may not be.
    pub async fn holds(&self) -> Result<bool, Error> {
        self.connection.lock().await.presumption.as_mut().map_or(Ok(true), Presumption::holds)
    }

    /// Does it see one snapshot, from its beginning to its end?
    #[must_use]
    pub fn is_snapshot(&self) -> bool {
        self.mode == Mode::Read
    }

    /// Waits until no other transaction of the tenant changes access, then enters anew, so that what is known of the caller is
    /// what the last of them left. One round trip; the turn ends with the transaction.
    pub async fn take_turn(&self, tenant: TenantId, credential: &Credential) -> Result<Option<Entered>, Error> {
        let lock = format!("select pg_advisory_xact_lock(hashtextextended('access:{}', 0))", tenant.uuid());
        let mut held = self.connection.lock().await;
        let start = Instant::now();
        let sql = format!("{lock}; {}", credential.enter_sql(None));
        let rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(held.connection()?).await;
        held.is_busy = false;
        self.count(start, "enter anew");
        match rows?.last() {
            Some(row) => Entered::of(row, None),
            None => Err(Error::internal("entering gives no row")),
        }
    }

    /// From here on the transaction is this person's, and in this tenant. Only for those who have proven within it to be that
    /// person, and whose place in the tenant it has seen.
    pub async fn enter_as(&self, user: UserId, tenant: Option<TenantId>) -> Result<(), Error> {
        let tenant = tenant.map(|tenant| tenant.uuid().to_string()).unwrap_or_default();
        let sql =
            format!("select set_config('app.user_id', '{}', true), set_config('app.tenant_id', '{tenant}', true)", user.uuid());
        self.execute_unprepared(&sql).await?;
        Ok(())
    }

    /// All rows of a statement. `$1` is the tenant, by convention of every `store.rs`.
    pub async fn all<T: FromRow>(&self, sql: impl Into<Cow<'static, str>>, values: Vec<Value>) -> Result<Vec<T>, Error> {
        self.selected(sql, values, None).await
    }

    /// All rows of a statement, with the columns that these fields of the object type need; `None`: with all.
    pub async fn selected<T: FromRow>(
        &self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
        fields: Option<&[&str]>,
    ) -> Result<Vec<T>, Error> {
        if T::WANTED.is_empty() {
            return rows(&self.fetch(sql.into(), values).await?);
        }
        let (sql, columns) = statement::<T>(&sql.into(), fields);
        let Part { row, first } = self.fetch_together(sql.into(), values, columns).await?;
        row.map_or_else(|| Ok(Vec::new()), |row| rows_in_columns(&row, first, fields))
    }

    /// The same, and the rows of another type to which the column `key` leads, in the same statement.
    pub async fn selected_along<T: FromRow, C: ByKey>(
        &self,
        sql: &str,
        values: Vec<Value>,
        fields: Option<&[&str]>,
        key: &str,
        fields_along: Option<&[&str]>,
    ) -> Result<(Vec<T>, Vec<C>), Error> {
        let (sql, columns, columns_along) = statement_along::<T, C>(sql, fields, key, fields_along);
        let Part { row, first } = self.fetch_together(sql.into(), values, columns + columns_along).await?;
        match row {
            None => Ok((Vec::new(), Vec::new())),
            Some(row) => Ok((rows_in_columns(&row, first, fields)?, rows_in_columns(&row, first + columns, fields_along)?)),
        }
    }

    /// At most one row.
    pub async fn one<T: FromRow>(&self, sql: impl Into<Cow<'static, str>>, values: Vec<Value>) -> Result<Option<T>, Error> {
        Ok(self.all(sql, values).await?.into_iter().next())
    }

    /// Commits, and gives the connection back.
    pub async fn commit(self) -> Result<Cost, Error> {
        self.end("COMMIT").await
    }

    /// Undoes everything, and gives the connection back.
    pub async fn roll_back(self) -> Result<Cost, Error> {
        self.end("ROLLBACK").await
    }

    async fn end(self, how: &'static str) -> Result<Cost, Error> {
        let start = Instant::now();
        {
            let mut held = self.connection.lock().await;
            held.connection()?.execute(how).await?;
            if let Some(taken) = held.taken.take() {
                taken.give_back(false);
            }
        }
        self.count(start, how);
        Ok(self.cost())
    }

    /// Lets go of a transaction that only read. Its end is not waited for: the next one brings it about.
    pub fn finish(self) -> Cost {
        let cost = self.whole_cost();
        let mut held = self.connection.into_inner();
        // What still runs, because its request ran out of time, is cancelled where it is dropped.
        if !held.is_busy
            && let Some(taken) = held.taken.take()
        {
            taken.give_back(!self.is_presumed);
        }
        cost
    }

    /// What a transaction that only reads has cost when it will have ended.
    #[must_use]
    pub fn whole_cost(&self) -> Cost {
        let mut cost = self.cost();
        cost.statements += u32::from(!self.is_presumed);
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

    /// Ends what an earlier request has left open on the connection. It has counted that itself.
    pub(super) async fn end_what_lingers(&self, held: &mut Held) -> Result<(), sqlx::Error> {
        let done = held.connection()?.execute("COMMIT").await;
        held.is_busy = false;
        done.map(drop)
    }

    async fn fetch(&self, sql: Cow<'static, str>, values: Vec<Value>) -> Result<Vec<PgRow>, sqlx::Error> {
        let sql = self.filtered(sql);
        self.send(&mut *self.connection.lock().await, &sql, values).await
    }

    /// What a statement answers in columns. It is sent together with those that wait beside it.
    async fn fetch_together(&self, sql: Cow<'static, str>, values: Vec<Value>, columns: usize) -> Result<Part, Error> {
        let mut answer = self.queue.push(self.filtered(sql), values, columns);
        let_others_in().await;
        let mut held = self.connection.lock().await;
        // Whoever had the connection first has taken all that waited; more than one batch at once holds is the exception.
        loop {
            if let Ok(answer) = answer.try_recv() {
                return answer;
            }
            let mut batch = self.queue.take();
            if batch.is_empty() {
                return Err(Error::internal("a statement was not sent"));
            }
            let (sql, values) = together(&mut batch);
            let rows = if self.is_presumed {
                self.enter_and_send(&mut held, &sql, values).await
            } else {
                self.send(&mut held, &sql, values).await.map_err(Error::from)
            };
            hand_out(batch, rows.map(|rows| rows.into_iter().next()));
        }
    }

    pub(super) async fn send(&self, held: &mut Held, sql: &str, values: Vec<Value>) -> Result<Vec<PgRow>, sqlx::Error> {
        let start = Instant::now();
        let query = sqlx::query_with(AssertSqlSafe(sql), SqlxValues(Values(values)));
        let span = tracing::debug_span!("statement", otel.kind = "client", db.system.name = "postgresql", db.query.text = %sql);
        let rows = query.fetch_all(held.connection()?).instrument(span).await;
        held.is_busy = false;
        self.count(start, sql);
        rows
    }

    fn filtered(&self, sql: Cow<'static, str>) -> Cow<'static, str> {
        match self.tenant_filter {
            TenantFilter::Enforced => sql,
            TenantFilter::Removed => sql
                .replace("tenant_id = $1", "tenant_id is distinct from nullif($1::uuid, $1::uuid)")
                .replace("$1::uuid = any(person.tenant_ids)", "$1::uuid is not null")
                .into(),
        }
    }

    fn count(&self, start: Instant, sql: &str) {
        self.statements.fetch_add(1, Ordering::Relaxed);
        let time = start.elapsed();
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(micros, Ordering::Relaxed);
        if time >= self.slow_statement {
            metrics::counter!("tenantry_slow_statements_total").increment(1);
            let statement = sql.get(..LONGEST_STATEMENT).unwrap_or(sql);
            // Bound values are not in it: they are customers' data.
            tracing::warn!(ms = time.as_secs_f64() * 1_000.0, statement, "slow statement");
        }
    }
}

/// Did the connection itself fail, or Postgres end it?
pub(super) fn is_broken(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code.starts_with("57P")),
        _ => false,
    }
}

impl Held {
    fn connection(&mut self) -> Result<&mut sqlx::PgConnection, sqlx::Error> {
        if self.presumption.as_mut().is_some_and(Presumption::give_up) {
            return Err(sqlx::Error::PoolClosed);
        }
        self.is_busy = true;
        self.taken.as_mut().map(Taken::connection).ok_or(sqlx::Error::PoolClosed)
    }
}

/// Ends a statement that nobody waits for, and then its transaction. The connection stays out of the pool until both are
/// done, so clients that hang up in a row cannot pile up work in Postgres.
async fn cancel(taken: Taken, owner: PgPool) {
    let told = sqlx::query("SELECT pg_cancel_backend($1)").bind(taken.process).execute(&owner);
    if matches!(tokio::time::timeout(PATIENCE, told).await, Ok(Ok(_))) {
        metrics::counter!("tenantry_statements_cancelled_total").increment(1);
    }
    taken.roll_back().await;
}

impl Drop for Held {
    fn drop(&mut self) {
        // Without a runtime there is nobody to roll back: the connection is closed, and Postgres does it.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        match self.taken.take() {
            Some(taken) if self.is_busy => drop(runtime.spawn(cancel(taken, self.owner.clone()))),
            Some(taken) => drop(runtime.spawn(taken.roll_back())),
            None => {}
        }
    }
}
