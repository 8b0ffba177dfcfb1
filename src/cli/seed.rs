//! `tenantry seed`

use std::process::ExitCode;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::Failure;
use super::development::Development;
use crate::clock;
use crate::config::DevelopmentDatabase;
use crate::database::{self, Database};
use crate::seed::large::{self, Size};

#[derive(Debug, Args)]
pub(super) struct Seed {
    /// Tenants
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    tenants: u32,
    /// Organizations in each tenant
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    organizations: u32,
    /// Members of each organization
    #[arg(long, default_value_t = 25, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    members: u32,
    /// The same seed gives the same rows; another one gives further rows
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    database: DevelopmentDatabase,
}

pub(super) async fn run(command: Seed) -> Result<ExitCode, Failure> {
    let development = Development::start(&command.database).await?;
    let database = Database::new(&database::Settings {
        // Constraints of half a million rows are checked in one statement.
        statement_timeout: std::time::Duration::ZERO,
        ..database::Settings::new(&development.url)
    })?;
    let seeded = seed(&command, &database).await;
    database.close().await;
    development.stop().await?;
    seeded?;
    Ok(ExitCode::SUCCESS)
}

async fn seed(command: &Seed, database: &Database) -> Result<(), Failure> {
    database.migrate_up().await?;
    let size =
        Size { tenants: command.tenants, organizations: command.organizations, members: command.members, seed: command.seed };
    let bar = ProgressBar::new(size.memberships());
    bar.set_style(ProgressStyle::with_template("{bar:40} {human_pos} of {human_len} memberships  {per_sec}  {eta} to go")?);
    let summary = large::write(database.owner(), size, clock::now(), |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    })
    .await?;
    bar.finish();
    println!(
        "{} tenants, {} people, {} organizations, {} memberships, {} assigned roles, {} subscriptions",
        summary.tenants, summary.users, summary.organizations, summary.memberships, summary.member_roles, summary.subscriptions
    );
    Ok(())
}
