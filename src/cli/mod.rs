//! The command line: one file a command.

mod dev;
mod development;
mod documents;
mod log;
mod migrate;
mod permissions;
mod postgres;
mod printed;
mod purge;
mod schema;
mod seed;
mod serve;
mod token;
mod traces;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

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
    /// How it says what it does
    #[command(flatten)]
    log: log::Log,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start everything on this machine: a private Postgres, demo data, the gateway and its playground
    Dev(config::Dev),
    /// Start the gateway for customers: no playground, no demo identities
    Serve(config::Serve),
    /// Bring a database to this version, or back
    Migrate(migrate::Migrate),
    /// Register GraphQL documents for partners, list, deprecate and revoke them
    Documents(documents::Documents),
    /// Take away for good what was deleted, and what is older than its tenant keeps it
    Purge(purge::Purge),
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
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    let default = if matches!(cli.command, Command::Serve(_)) { log::Format::Json } else { log::Format::Text };
    let traces = match cli.log.start(default, runtime.handle()) {
        Ok(traces) => traces,
        Err(failure) => return failed(&failure),
    };
    let outcome = runtime.block_on(async {
        match cli.command {
            Command::Dev(settings) => dev::run(settings).await,
            Command::Serve(settings) => serve::run(settings).await,
            Command::Migrate(command) => migrate::run(command).await,
            Command::Documents(command) => documents::run(command).await,
            Command::Purge(command) => purge::run(command).await,
            Command::Seed(command) => seed::run(command).await,
            Command::Postgres(command) => postgres::run(command).await,
            Command::Schema(command) => schema::run(&command),
            Command::Permissions(command) => permissions::run(&command),
            Command::Token(command) => token::run(command).await,
        }
    });
    // While the runtime is there to send them.
    traces.end();
    outcome.unwrap_or_else(|failure| failed(&failure))
}

/// Every command with its arguments and the variables that they can be given in.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}

fn failed(failure: &Failure) -> ExitCode {
    eprintln!("tenantry: {failure}");
    ExitCode::FAILURE
}
