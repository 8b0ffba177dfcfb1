//! One migration: a name, the SQL that goes up, and the SQL that takes all of it down again.

use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::ConnectionTrait};

/// A step is plain SQL, because policies, triggers and deferred constraints have no other readable form.
/// On Postgres each runs in one transaction, so that a step is there wholly or not at all.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) up: fn() -> String,
    pub(crate) down: fn() -> String,
}

impl MigrationName for Step {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &(self.up)()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &(self.down)()).await
    }
}

async fn run(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    manager.get_connection().execute_unprepared(sql).await?;
    Ok(())
}
