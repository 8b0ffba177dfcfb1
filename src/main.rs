//! The binary `tenantry`.

use std::process::ExitCode;

/// The answer to a nested query is some ten thousand small rows: a good allocator is a sixth of its CPU.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    tenantry::cli::run()
}
