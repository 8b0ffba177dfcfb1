//! `tenantry schema`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::Failure;
use crate::graph::{dynamic_schema, sdl};
use crate::schema;

#[derive(Debug, Args)]
pub(super) struct Schema {
    /// Compare this file with the schema instead of printing it; exit code 3 where they differ
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
}

pub(super) fn run(command: &Schema) -> Result<ExitCode, Failure> {
    let printed = sdl(&dynamic_schema(&schema::tables()?).finish()?);
    let Some(file) = &command.check else {
        print!("{printed}");
        return Ok(ExitCode::SUCCESS);
    };
    let committed = std::fs::read_to_string(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    let differs = committed.lines().zip(printed.lines()).position(|(committed, printed)| committed != printed);
    if committed == printed {
        println!("{} is current", file.display());
        return Ok(ExitCode::SUCCESS);
    }
    let line = differs.unwrap_or_else(|| committed.lines().count().min(printed.lines().count()));
    eprintln!("{} differs from the schema at line {}:", file.display(), line + 1);
    eprintln!("  file:   {}", committed.lines().nth(line).unwrap_or("(ends)"));
    eprintln!("  schema: {}", printed.lines().nth(line).unwrap_or("(ends)"));
    eprintln!("write it anew: tenantry schema > {}", file.display());
    Ok(ExitCode::from(3))
}
