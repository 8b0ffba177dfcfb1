//! `tenantry schema`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::Failure;
use super::printed::Printed;
use crate::graph::{sdl, subgraph_sdl};
use crate::schema;

#[derive(Debug, Args)]
pub(super) struct Schema {
    /// Print it as a subgraph of Apollo Federation, for the composition with others
    #[arg(long)]
    federation: bool,
    /// Compare this file with the schema instead of printing it; exit code 3 where they differ
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
}

pub(super) fn run(command: &Schema) -> Result<ExitCode, Failure> {
    let tables = schema::tables()?;
    let printed = if command.federation {
        Printed { what: "subgraph's schema", command: "schema --federation", text: subgraph_sdl(&tables)? }
    } else {
        Printed { what: "schema", command: "schema", text: sdl(&tables)? }
    };
    printed.print_or_check(command.check.as_ref())
}
