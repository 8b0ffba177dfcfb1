//! How fast the gateway is, and how fast anything could be: the load, the peers and the figures.

mod failure;
mod stock;

mod access;
mod agreement;
mod attacks;
mod cluster;
mod hand_written;
mod identity;
mod limit;
mod load;
mod machine;
mod measure;
mod overload;
mod peer;
mod process;
mod question;
mod report;
mod run;
mod shape;
mod tuned;

use std::{net::SocketAddr, process::ExitCode};

use clap::{Args, Parser, Subcommand};
use tokio::runtime::{Builder, Runtime};

use crate::failure::Failure;

/// What the gateway allocates with, too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures the gateway beside two hand-written programs and the stock executor.
#[derive(Debug, Parser)]
#[command(name = "bench")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Starts the peers, checks that they give the same data, loads each in turn and prints the figures.
    Run(run::RunArguments),
    /// Serves the answers by one hand-written statement for each relation, without GraphQL, guards or tenancy.
    Limit(ServeArguments),
    /// The same with joined and pipelined statements, as few and as cheap as could be made by hand.
    Tuned(ServeArguments),
    /// Measures decisions about access in a large tenant, which it makes.
    Access(access::AccessArguments),
    /// Sends requests made to hurt, and says what each costs the gateway.
    Attacks(attacks::AttackArguments),
    /// Sends ten times the load that saturates the gateway.
    Overload(overload::OverloadArguments),
    /// Serves the answers by the stock async-graphql executor.
    Stock(ServeArguments),
}

/// What a peer that is part of this program must know.
#[derive(Debug, Args)]
struct ServeArguments {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// The database, as a `postgres://` address.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
}

fn main() -> ExitCode {
    match obey(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn obey(command: Command) -> Result<(), Failure> {
    match command {
        Command::Run(arguments) => one_thread()?.block_on(run::run(arguments)),
        Command::Access(arguments) => one_thread()?.block_on(access::run(arguments)),
        Command::Attacks(arguments) => one_thread()?.block_on(attacks::run(arguments)),
        Command::Overload(arguments) => one_thread()?.block_on(overload::run(arguments)),
        Command::Limit(arguments) => all_threads()?.block_on(hand_written::run::<limit::Limit>(arguments)),
        Command::Tuned(arguments) => all_threads()?.block_on(hand_written::run::<tuned::Tuned>(arguments)),
        Command::Stock(arguments) => all_threads()?.block_on(stock::run(arguments)),
    }
}

/// The load lives on one thread, so that it takes no more of the processor than it must.
fn one_thread() -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

fn all_threads() -> std::io::Result<Runtime> {
    Builder::new_multi_thread().enable_all().build()
}
