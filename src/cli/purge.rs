//! `tenantry purge`

use std::process::ExitCode;

use clap::Args;

use super::Failure;
use crate::config::DatabaseUrl;
use crate::database::{self, Database};
use crate::retention::{self, Purge as How};

#[derive(Debug, Args)]
pub(super) struct Purge {
    /// Only say what would be taken away
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    database: DatabaseUrl,
}

pub(super) async fn run(command: Purge) -> Result<ExitCode, Failure> {
    let database = Database::new(&database::Settings::new(&command.database.database_url))?;
    let how = if command.dry_run { How::DryRun } else { How::ForGood };
    let report = retention::purge(&database, how).await?;
    database.close().await;
    match report {
        Some(report) => println!("{}{report}", if command.dry_run { "would be taken away: " } else { "taken away: " }),
        None => return Err("another purge is under way".into()),
    }
    Ok(ExitCode::SUCCESS)
}
