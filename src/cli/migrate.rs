//! `tenantry migrate`

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::Failure;
use crate::config::DatabaseUrl;
use crate::database::{self, Database};

#[derive(Debug, Args)]
pub(super) struct Migrate {
    #[command(subcommand)]
    direction: Direction,
    #[command(flatten)]
    database: DatabaseUrl,
}

#[derive(Debug, Subcommand)]
enum Direction {
    /// Run all migrations that have not run
    Up,
    /// Undo the newest migrations; what only they stored is lost
    Down {
        /// How many
        #[arg(long, default_value_t = 1)]
        steps: u32,
    },
    /// List all migrations, and whether they have run; exit code 3 where some have not
    Status,
}

pub(super) async fn run(command: Migrate) -> Result<ExitCode, Failure> {
    let database = Database::new(&database::Settings {
        // A migration may take its time.
        statement_timeout: std::time::Duration::ZERO,
        ..database::Settings::new(&command.database.database_url)
    })?;
    match command.direction {
        Direction::Up => database.migrate_up().await?,
        Direction::Down { steps } => database.migrate_down(steps).await?,
        Direction::Status => {}
    }
    let migrations = database.migrations().await?;
    let mut pending = 0;
    for (name, has_run) in &migrations {
        pending += u32::from(!has_run);
        println!("{}  {name}", if *has_run { "has run" } else { "pending" });
    }
    database.close().await;
    Ok(match command.direction {
        Direction::Status if pending > 0 => ExitCode::from(3),
        _ => ExitCode::SUCCESS,
    })
}
