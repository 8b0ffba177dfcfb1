//! What a command prints from the code, and whether a committed file still says the same.

use std::path::PathBuf;
use std::process::ExitCode;

use super::Failure;

/// A text that the code makes.
pub(super) struct Printed {
    /// What it is, in a message.
    pub what: &'static str,
    /// The command that prints it.
    pub command: &'static str,
    /// The text.
    pub text: String,
}

impl Printed {
    /// Prints it, or compares a file with it: exit code 3 where they differ.
    pub fn print_or_check(&self, check: Option<&PathBuf>) -> Result<ExitCode, Failure> {
        let Self { what, command, text } = self;
        let Some(file) = check else {
            print!("{text}");
            return Ok(ExitCode::SUCCESS);
        };
        let committed = std::fs::read_to_string(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        let differs = committed.lines().zip(text.lines()).position(|(committed, printed)| committed != printed);
        if committed == *text {
            println!("{} is current", file.display());
            return Ok(ExitCode::SUCCESS);
        }
        let line = differs.unwrap_or_else(|| committed.lines().count().min(text.lines().count()));
        eprintln!("{} differs from the {what} at line {}:", file.display(), line + 1);
        eprintln!("  file:   {}", committed.lines().nth(line).unwrap_or("(ends)"));
        eprintln!("  {what}: {}", text.lines().nth(line).unwrap_or("(ends)"));
        eprintln!("write it anew: tenantry {command} > {}", file.display());
        Ok(ExitCode::from(3))
    }
}
