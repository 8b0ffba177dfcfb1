//! `tenantry dev`: everything on this machine.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use sqlx::PgPool;
use tokio::net::TcpListener;

use super::Failure;
use super::development::{Development, session};
use super::serve::{Metrics, until_told_to_stop};
use crate::clock;
use crate::config::Dev;
use crate::database::{Database, TokenHash};
use crate::gateway::{DemoIdentity, Gateway, Mode};
use crate::seed::demo::{self, IDENTITIES};

pub(super) async fn run(settings: Dev) -> Result<ExitCode, Failure> {
    std::fs::create_dir_all(&settings.database.data_dir)
        .map_err(|error| format!("cannot make the folder {}: {error}", settings.database.data_dir.display()))?;
    // The address first: a second `dev` is told so at once.
    let listener = TcpListener::bind(settings.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}; name another address by TENANTRY_LISTEN", settings.listen))?;
    let development = Development::start(&settings.database).await?;
    let served = serve(&settings, &development, listener).await;
    development.stop().await?;
    served?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(settings: &Dev, development: &Development, listener: TcpListener) -> Result<(), Failure> {
    let metrics = Metrics::start(settings.gateway.door.metrics_listen).await?;
    let database = settings.gateway.pool.settings(&development.url);
    let setup = Database::new(&database)?;
    setup.migrate_up().await?;
    demo::write(setup.owner(), clock::now()).await?;
    let tokens_file = settings.database.data_dir.join("dev-tokens.json");
    let identities = identities(setup.owner(), &tokens_file).await?;
    setup.close().await;
    let gateway = Gateway::with(settings.gateway.settings(&development.url, Mode::Development(identities.clone())))?;
    metrics.serve(&gateway);
    gateway.services.mail.start(&gateway.services.database);
    announce(&listener, development, &identities, &tokens_file)?;
    until_told_to_stop(listener, &gateway).await
}

/// The demo identities with tokens that work: those of the last start, or new ones, written to a file of the user alone.
async fn identities(pool: &PgPool, file: &PathBuf) -> Result<Vec<DemoIdentity>, Failure> {
    let kept: BTreeMap<String, String> =
        std::fs::read(file).ok().and_then(|content| serde_json::from_slice(&content).ok()).unwrap_or_default();
    let mut identities = Vec::with_capacity(IDENTITIES.len());
    for identity in &IDENTITIES {
        let token = match kept.get(identity.key) {
            Some(token) if holds(pool, token, identity.user_id).await? => token.clone(),
            _ => session(pool, identity.user_id.into(), identity.tenant_id.into()).await?,
        };
        identities.push(DemoIdentity {
            key: identity.key.to_owned(),
            label: identity.label.to_owned(),
            description: identity.description.to_owned(),
            token,
        });
    }
    let tokens: BTreeMap<&str, &str> = identities.iter().map(|identity| (identity.key.as_str(), identity.token.as_str())).collect();
    if kept.iter().map(|(key, token)| (key.as_str(), token.as_str())).ne(tokens.iter().map(|(key, token)| (*key, *token))) {
        write_secret(file, &serde_json::to_vec_pretty(&tokens)?)?;
    }
    Ok(identities)
}

async fn holds(pool: &PgPool, token: &str, user: uuid::Uuid) -> Result<bool, Failure> {
    let sql = "select exists (select from sessions where token_hash = $1 and user_id = $2 and revoked_at is null and expires_at > now() + interval '1 day')";
    Ok(sqlx::query_scalar(sql).bind(TokenHash::of(token).bytes()).bind(user).fetch_one(pool).await?)
}

/// Written beside and renamed, so that no reader sees half a file.
pub(super) fn write_secret(file: &Path, content: &[u8]) -> Result<(), Failure> {
    let draft = file.with_extension("new");
    let _ = std::fs::remove_file(&draft);
    let mut open = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    open.write_all(content)?;
    std::fs::rename(&draft, file)?;
    Ok(())
}

fn announce(listener: &TcpListener, development: &Development, identities: &[DemoIdentity], tokens: &Path) -> Result<(), Failure> {
    let address = listener.local_addr()?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n  playground  http://{address}/")?;
    writeln!(out, "  graphql     http://{address}/graphql")?;
    writeln!(out, "  mailbox     http://{address}/dev/mailbox")?;
    if let Some(version) = development.version() {
        writeln!(out, "  postgres    {version}, private, below the data directory")?;
    }
    writeln!(out, "  tokens      {}\n", tokens.display())?;
    for identity in identities {
        writeln!(out, "  {:<10}  {} – {}", identity.key, identity.label, identity.description)?;
    }
    writeln!(out)?;
    out.flush()?;
    Ok(())
}
