//! sea-orm inside a transaction.

use std::time::Instant;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement, Values};
use sea_query_sqlx::SqlxValues;
use sqlx::{AssertSqlSafe, Executor};

use super::Transaction;

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
        held.is_busy = false;
        self.count(start, &statement.sql);
        done.map(ExecResult::from)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let mut held = self.connection.lock().await;
        let start = Instant::now();
        let done = held.connection().map_err(executing)?.execute(AssertSqlSafe(sql)).await.map_err(executing);
        held.is_busy = false;
        self.count(start, sql);
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
