//! `tenantry schema`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::Failure;
use super::printed::Printed;
use crate::graph::{dynamic_schema, sdl};
use crate::schema;

#[derive(Debug, Args)]
pub(super) struct Schema {
    /// Compare this file with the schema instead of printing it; exit code 3 where they differ
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
}

pub(super) fn run(command: &Schema) -> Result<ExitCode, Failure> {
    let text = sdl(&dynamic_schema(&schema::tables()?).finish()?);
    Printed { what: "schema", command: "schema", text }.print_or_check(command.check.as_ref())
}
