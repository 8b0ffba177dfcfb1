//! Migrations: run, undone, counted.

use migration::Migrator;
use sea_orm_migration::MigratorTrait as _;

use super::Database;
use crate::error::Error;

/// How a database stands to this version of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MigrationState {
    /// All migrations have run.
    Current,
    /// So many are to be run.
    Behind(usize),
    /// Migrations have run that this version does not know.
    Ahead,
}

/// Any number that nobody else uses: two processes that start at once migrate one after the other.
const LOCK: i64 = 0x7465_6e61_6e74_7279;

impl Database {
    /// Runs all migrations that have not run. Processes that do so at once wait for each other.
    pub async fn migrate_up(&self) -> Result<(), Error> {
        let mut lock = self.owner.acquire().await?;
        sqlx::query("select pg_advisory_lock($1)").bind(LOCK).execute(&mut *lock).await?;
        let mut done = Migrator::up(&self.unscoped(), None).await.map_err(Error::from);
        if done.is_ok() {
            done = self.ensure_audit_partitions().await;
        }
        sqlx::query("select pg_advisory_unlock($1)").bind(LOCK).execute(&mut *lock).await?;
        done
    }

    /// Makes the partitions of the audit log, and of people's events, for the months to come, where they are missing. Each start of a gateway does it; rows of
    /// a month without one are kept all the same, and moved when it is made.
    pub async fn ensure_audit_partitions(&self) -> Result<(), Error> {
        sqlx::query("select tenantry_ensure_audit_partitions(), tenantry_ensure_user_event_partitions()")
            .execute(&self.owner)
            .await?;
        Ok(())
    }

    /// Undoes the newest `steps` migrations.
    pub async fn migrate_down(&self, steps: u32) -> Result<(), Error> {
        Ok(Migrator::down(&self.unscoped(), Some(steps)).await?)
    }

    /// The names of all migrations of this version, and whether each has run.
    pub async fn migrations(&self) -> Result<Vec<(String, bool)>, Error> {
        let applied: Vec<String> = self.applied().await?;
        Ok(known().into_iter().map(|name| (name.clone(), applied.contains(&name))).collect())
    }

    /// How the database stands to this version.
    pub async fn migration_state(&self) -> Result<MigrationState, Error> {
        let applied = self.applied().await?;
        let known = known();
        let pending = known.iter().filter(|name| !applied.contains(name)).count();
        Ok(match pending {
            0 if applied.iter().all(|name| known.contains(name)) => MigrationState::Current,
            0 => MigrationState::Ahead,
            pending => MigrationState::Behind(pending),
        })
    }

    async fn applied(&self) -> Result<Vec<String>, Error> {
        let made: bool = sqlx::query_scalar("select to_regclass('seaql_migrations') is not null").fetch_one(&self.owner).await?;
        if !made {
            return Ok(Vec::new());
        }
        Ok(sqlx::query_scalar("select version from seaql_migrations order by version").fetch_all(&self.owner).await?)
    }
}

fn known() -> Vec<String> {
    Migrator::migrations().into_iter().map(|migration| migration.name().to_owned()).collect()
}
