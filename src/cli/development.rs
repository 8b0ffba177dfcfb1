//! What the development commands share: a database that is named or started, and sessions made without signing in.

use chrono::TimeDelta;
use entity::id::{SessionId, TenantId, UserId};
use sqlx::PgPool;

use super::Failure;
use crate::clock;
use crate::config::DevelopmentDatabase;
use crate::database::TokenHash;
use crate::database::embedded::{Durability, EmbeddedPostgres, Search, Settings};
use crate::identity::SESSION_PREFIX;

/// The name of the database in the private Postgres.
const NAME: &str = "tenantry";
/// Sessions made here last so long.
const LIFE: TimeDelta = TimeDelta::days(365);

/// A database to develop with.
pub(super) struct Development {
    /// Where it is.
    pub url: String,
    server: Option<EmbeddedPostgres>,
}

impl Development {
    /// The database that is named, or the private one, which is started unless it runs.
    pub async fn start(settings: &DevelopmentDatabase) -> Result<Self, Failure> {
        if let Some(url) = &settings.database_url {
            return Ok(Self { url: url.clone(), server: None });
        }
        let extra = settings.postgres_settings.iter().filter_map(|setting| setting.split_once('='));
        let server = EmbeddedPostgres::start(&Settings {
            directory: settings.data_dir.join("postgres"),
            durability: Durability::Safe,
            search: Search {
                pg_bindir: settings.pg_bindir.clone(),
                path: settings.path.clone(),
                npm_roots: vec![settings.npm_root.clone()],
            },
            max_connections: 100,
            extra: extra.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        })
        .await?;
        let maintenance = PgPool::connect(&server.url("postgres")).await?;
        let known: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
            .bind(NAME)
            .fetch_one(&maintenance)
            .await?;
        if !known {
            let made = sqlx::query(sqlx::AssertSqlSafe(format!("create database {NAME}"))).execute(&maintenance).await;
            let faster = |error: &sqlx::Error| {
                error.as_database_error().and_then(|error| error.code().map(|code| matches!(&*code, "42P04" | "23505")))
            };
            // Where another process was faster, it is there all the same.
            if let Err(error) = made
                && faster(&error) != Some(true)
            {
                return Err(error.into());
            }
        }
        maintenance.close().await;
        Ok(Self { url: server.url(NAME), server: Some(server) })
    }

    /// What the private Postgres is; nothing where the database was named.
    pub fn version(&self) -> Option<u32> {
        self.server.as_ref().map(EmbeddedPostgres::version)
    }

    /// Stops what was started.
    pub async fn stop(self) -> Result<(), Failure> {
        match self.server {
            Some(server) => Ok(server.stop().await?),
            None => Ok(()),
        }
    }
}

/// A new session of somebody: its token. There is no such door in `serve`: whoever runs this has the database itself.
pub(super) async fn session(pool: &PgPool, user: UserId, tenant: TenantId) -> Result<String, Failure> {
    let token = clock::secret(SESSION_PREFIX);
    sqlx::query(
        "insert into sessions (id, user_id, tenant_id, token_hash, device, expires_at) values ($1, $2, $3, $4, 'development', $5)",
    )
    .bind(clock::new_id::<SessionId>().uuid())
    .bind(user.uuid())
    .bind(tenant.uuid())
    .bind(TokenHash::of(&token).bytes())
    .bind(clock::now() + LIFE)
    .execute(pool)
    .await?;
    Ok(token)
}
