//! `tenantry postgres`: the private Postgres alone, for other programs.

use std::process::ExitCode;

use clap::Args;
use tokio::process::Command;

use super::Failure;
use super::development::Development;
use crate::config::DevelopmentDatabase;

#[derive(Debug, Args)]
pub(super) struct Postgres {
    /// A program and its arguments; it finds the database in DATABASE_URL. Its exit code becomes this one's
    #[arg(last = true, required = true, num_args = 1.., value_name = "COMMAND")]
    command: Vec<String>,
    #[command(flatten)]
    database: DevelopmentDatabase,
}

pub(super) async fn run(command: Postgres) -> Result<ExitCode, Failure> {
    let development = Development::start(&command.database).await?;
    let ended = match command.command.split_first() {
        Some((program, arguments)) => {
            let run = Command::new(program).args(arguments).env("DATABASE_URL", &development.url).kill_on_drop(true).status().await;
            run.map_err(|error| Failure::from(format!("{program}: {error}")))
        }
        None => Err("name a command".into()),
    };
    development.stop().await?;
    let code = ended?.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Ok(ExitCode::from(code))
}
