//! The command line: one file a command.

mod dev;
mod development;
mod migrate;
mod permissions;
mod postgres;
mod printed;
mod schema;
mod seed;
mod serve;
mod token;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::config;

/// The organization graph of a B2B SaaS as one GraphQL endpoint.
#[derive(Debug, Parser)]
#[command(
    name = "tenantry",
    version,
    about,
    after_help = "Exit codes: 0 done, 1 failed, 2 called wrongly, 3 not as expected (schema --check, permissions --check, migrate status)."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// How the log is written
    #[arg(long, global = true, env = "TENANTRY_LOG_FORMAT", value_enum)]
    log_format: Option<LogFormat>,
    /// What is logged: a level, or `target=level` with commas between
    #[arg(long, global = true, env = "TENANTRY_LOG", default_value = "info")]
    log: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum LogFormat {
    /// A JSON object a line; `serve` writes so
    Json,
    /// For people; all other commands write so
    Text,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start everything on this machine: a private Postgres, demo data, the gateway and its playground
    Dev(config::Dev),
    /// Start the gateway for customers: no playground, no demo identities
    Serve(config::Serve),
    /// Bring a database to this version, or back
    Migrate(migrate::Migrate),
    /// Fill a development database with many realistic rows, the same for the same seed
    Seed(seed::Seed),
    /// Run a program with the private Postgres that `dev` uses, and stop it afterwards
    Postgres(postgres::Postgres),
    /// Print the GraphQL schema, or compare a file with it
    Schema(schema::Schema),
    /// Print the table of permissions and base roles, or compare a file with it
    Permissions(permissions::Permissions),
    /// Make bearer tokens for people of a development database
    Token(token::Token),
}

/// Why a command did not do what it was told to.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Runs the command that the arguments name.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    start_log(&cli);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    let outcome = runtime.block_on(async {
        match cli.command {
            Command::Dev(settings) => dev::run(settings).await,
            Command::Serve(settings) => serve::run(settings).await,
            Command::Migrate(command) => migrate::run(command).await,
            Command::Seed(command) => seed::run(command).await,
            Command::Postgres(command) => postgres::run(command).await,
            Command::Schema(command) => schema::run(&command),
            Command::Permissions(command) => permissions::run(&command),
            Command::Token(command) => token::run(command).await,
        }
    });
    outcome.unwrap_or_else(|failure| failed(&failure))
}

fn failed(failure: &Failure) -> ExitCode {
    eprintln!("tenantry: {failure}");
    ExitCode::FAILURE
}

fn start_log(cli: &Cli) {
    let default = if matches!(cli.command, Command::Serve(_)) { LogFormat::Json } else { LogFormat::Text };
    let filter = EnvFilter::try_new(&cli.log).unwrap_or_else(|_| EnvFilter::new("info"));
    // sqlx and migrations tell of every statement at `info`.
    let quiet = ["sqlx=warn", "sea_orm_migration=warn"].into_iter().filter_map(|directive| directive.parse().ok());
    let filter = quiet.fold(filter, EnvFilter::add_directive);
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match cli.log_format.unwrap_or(default) {
        LogFormat::Json => log.json().flatten_event(true).with_current_span(false).init(),
        LogFormat::Text => log.with_target(false).init(),
    }
}
