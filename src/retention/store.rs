//! Every statement of a purge, on one connection of the owner that nobody else purges beside.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor as _, Row as _};
use uuid::Uuid;

use super::Purge;
use crate::database::Database;
use crate::error::Error;

/// Held by whoever purges.
const LOCK: &str = "hashtextextended('tenantry purge', 0)";
/// How long what belongs to no tenant is kept, as tenants keep theirs where nothing else is said.
const USUAL_DAYS: i32 = 2_555;

/// A deletion whose time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Due {
    pub tenant: Uuid,
    pub id: Uuid,
    deleted_at: DateTime<Utc>,
}

/// The connection of a purge. It holds the lock until it is closed, or its process dies.
pub(super) struct Broom {
    connection: PgConnection,
    how: Purge,
}

impl Broom {
    /// Takes the lock. `None` where somebody has it.
    pub async fn take(database: &Database, how: Purge) -> Result<Option<Self>, Error> {
        let mut connection = database.owner().acquire().await?.detach();
        let sql = format!("select pg_try_advisory_lock({LOCK}), set_config('statement_timeout', '0', false)");
        let is_taken: bool = connection.fetch_one(sqlx::AssertSqlSafe(sql)).await?.try_get(0)?;
        if !is_taken {
            connection.close().await?;
            return Ok(None);
        }
        Ok(Some(Self { connection, how }))
    }

    /// Gives the lock back.
    pub async fn put_away(self) -> Result<(), Error> {
        Ok(self.connection.close().await?)
    }

    /// Tenants that are deleted, or have left, and whose time is over.
    pub async fn tenants_that_left(&mut self) -> Result<Vec<Uuid>, Error> {
        const LEFT: &str = "
            select tenant.id from tenants tenant
            where tenant.status = 'churned'
                    and coalesce(tenant.deleted_at, tenant.updated_at) < now() - make_interval(days => tenant.auto_delete_after_days)
                or tenant.deleted_at < now() - make_interval(days => tenant.data_retention_days)
            order by tenant.index_id";
        Ok(sqlx::query_scalar(LEFT).fetch_all(&mut self.connection).await?)
    }

    /// Takes a tenant away, some rows at a time; says how many there were.
    pub async fn purge_tenant(&mut self, tenant: Uuid) -> Result<u64, Error> {
        let mut rows = 0;
        if self.how == Purge::DryRun {
            let mut transaction = self.connection.begin().await?;
            while let taken @ 1.. = count(&mut transaction, "select tenantry_purge_tenant($1, 100000)", tenant).await? {
                rows += taken;
            }
            transaction.rollback().await?;
            return Ok(rows);
        }
        while let taken @ 1.. = count(&mut self.connection, "select tenantry_purge_tenant($1)", tenant).await? {
            rows += taken;
        }
        Ok(rows)
    }

    /// Some of the next deletions whose time is over, the oldest first. Those of people wait until the people are forgotten.
    pub async fn due_deletions(&mut self, after: Option<Due>) -> Result<Vec<Due>, Error> {
        const DUE: &str = "
            select deletion.tenant_id, deletion.id, deletion.deleted_at from deletions deletion
            join tenants tenant on tenant.id = deletion.tenant_id
            where deletion.deleted_at < now() - make_interval(days => tenant.data_retention_days)
                and ($4 or not (deletion.kind = 'user' and exists (select from users person
                    where person.id = deletion.resource_id and person.deletion_id = deletion.id and person.erased_at is null)))
                and ($1::timestamptz is null or (deletion.deleted_at, deletion.tenant_id, deletion.id) > ($1, $2, $3))
            order by deletion.deleted_at, deletion.tenant_id, deletion.id limit 500";
        let rows = sqlx::query(DUE)
            .bind(after.map(|due| due.deleted_at))
            .bind(after.map(|due| due.tenant))
            .bind(after.map(|due| due.id))
            // A trial forgets nobody.
            .bind(self.how == Purge::DryRun)
            .fetch_all(&mut self.connection)
            .await?;
        rows.iter().map(|row| Ok(Due { tenant: row.try_get(0)?, id: row.try_get(1)?, deleted_at: row.try_get(2)? })).collect()
    }

    /// Takes away what a deletion took; says how many rows that was. `None` where it stays, because something that lives would go
    /// with it.
    pub async fn purge_deletion(&mut self, due: &Due) -> Result<Option<u64>, Error> {
        let mut transaction = self.connection.begin().await?;
        let step = sqlx::query_scalar("select tenantry_purge_deletion($1, $2)").bind(due.tenant).bind(due.id);
        match step.fetch_one(&mut *transaction).await {
            Ok(rows) => {
                match self.how {
                    Purge::ForGood => transaction.commit().await?,
                    Purge::DryRun => transaction.rollback().await?,
                }
                Ok(Some(counted(rows)))
            }
            Err(sqlx::Error::Database(error)) if is_about_rows(error.code().as_deref()) => {
                tracing::warn!(%error, tenant = %due.tenant, deletion = %due.id, "a deletion cannot be purged");
                transaction.rollback().await?;
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Some of the next people who are deleted, and whom nobody can bring back any more.
    pub async fn due_people(&mut self, after: Option<Uuid>) -> Result<Vec<Uuid>, Error> {
        const DUE: &str = "
            select person.id from users person
            where person.deleted_at is not null and person.erased_at is null and ($1::uuid is null or person.id > $1)
                and person.deleted_at < now() - make_interval(days => coalesce((
                    select min(tenant.data_retention_days) from tenants tenant where tenant.id = any (person.tenant_ids)), $2))
            order by person.id limit 500";
        Ok(sqlx::query_scalar(DUE).bind(after).bind(USUAL_DAYS).fetch_all(&mut self.connection).await?)
    }

    /// Forgets who a person was.
    pub async fn purge_person(&mut self, person: Uuid) -> Result<bool, Error> {
        let mut transaction = self.connection.begin().await?;
        let is_forgotten = sqlx::query_scalar("select tenantry_purge_user($1)").bind(person).fetch_one(&mut *transaction).await?;
        match self.how {
            Purge::ForGood => transaction.commit().await?,
            Purge::DryRun => transaction.rollback().await?,
        }
        Ok(is_forgotten)
    }

    /// Takes away what the logs have kept for longer than the tenant, or the usual time, says; how many entries.
    pub async fn purge_logs(&mut self) -> Result<u64, Error> {
        const OLD: &str = "select count(*) from audit_logs entry where entry.tenant_id = $1 and entry.created_at < $2";
        const EVENTS: &str = "select count(*) from user_events event where event.created_at < $1";
        const TENANTS: &str = "select tenant.id, now() - make_interval(days => tenant.data_retention_days) from tenants tenant";
        let tenants: Vec<(Uuid, DateTime<Utc>)> = sqlx::query_as(TENANTS).fetch_all(&mut self.connection).await?;
        let before: DateTime<Utc> =
            sqlx::query_scalar("select now() - make_interval(days => $1)").bind(USUAL_DAYS).fetch_one(&mut self.connection).await?;
        let mut entries = 0;
        if self.how == Purge::DryRun {
            for (tenant, before) in tenants {
                entries += counted(sqlx::query_scalar(OLD).bind(tenant).bind(before).fetch_one(&mut self.connection).await?);
            }
            return Ok(entries + counted(sqlx::query_scalar(EVENTS).bind(before).fetch_one(&mut self.connection).await?));
        }
        for (tenant, before) in tenants {
            let step = sqlx::query_scalar("select tenantry_purge_audit($1, $2)").bind(tenant).bind(before);
            let mut taken = counted(step.fetch_one(&mut self.connection).await?);
            while taken > 0 {
                entries += taken;
                let step = sqlx::query_scalar("select tenantry_purge_audit($1, $2)").bind(tenant).bind(before);
                taken = counted(step.fetch_one(&mut self.connection).await?);
            }
        }
        loop {
            let step = sqlx::query_scalar("select tenantry_purge_user_events($1)").bind(before);
            match counted(step.fetch_one(&mut self.connection).await?) {
                0 => return Ok(entries),
                taken => entries += taken,
            }
        }
    }

    /// Drops the months of the logs that nobody keeps anything of; how many.
    pub async fn drop_months(&mut self) -> Result<u64, Error> {
        const DROP: &str = "
            select (tenantry_drop_months('audit_logs', now() - make_interval(days => greatest($1, (
                    select max(tenant.data_retention_days) from tenants tenant))))
                + tenantry_drop_months('user_events', now() - make_interval(days => $1)))::bigint";
        let mut transaction = self.connection.begin().await?;
        let months = sqlx::query_scalar(DROP).bind(USUAL_DAYS).fetch_one(&mut *transaction).await?;
        match self.how {
            Purge::ForGood => transaction.commit().await?,
            Purge::DryRun => transaction.rollback().await?,
        }
        Ok(counted(months))
    }
}

/// Did rows stand in the way: one that lives, a key that refers to another, or somebody who changed them at this moment?
fn is_about_rows(code: Option<&str>) -> bool {
    code.is_some_and(|code| code.starts_with("23") || code == "40P01")
}

async fn count(connection: &mut PgConnection, sql: &'static str, tenant: Uuid) -> Result<u64, Error> {
    Ok(counted(sqlx::query_scalar(sql).bind(tenant).fetch_one(connection).await?))
}

fn counted(rows: i64) -> u64 {
    u64::try_from(rows).unwrap_or_default()
}
