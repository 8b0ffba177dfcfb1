//! What the figures were measured on.

use std::{fs, thread};

use serde::Serialize;

/// The machine and the database server.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Machine {
    /// What the processor calls itself.
    cpu: String,
    /// How many of its threads may be used.
    cores: usize,
    /// Gibibytes of memory, where known.
    memory_gib: Option<u64>,
    /// The operating system's kernel.
    kernel: String,
    /// The database server and the settings that matter.
    postgres: String,
}

/// Describes this machine.
pub(crate) fn describe(postgres: String) -> Machine {
    Machine {
        cpu: field("/proc/cpuinfo", "model name").unwrap_or_else(unknown),
        cores: thread::available_parallelism().map_or(1, Into::into),
        memory_gib: field("/proc/meminfo", "MemTotal")
            .and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok())
            .map(|kibibytes| kibibytes.div_ceil(1024 * 1024)),
        kernel: fs::read_to_string("/proc/sys/kernel/osrelease")
            .map_or_else(|_| std::env::consts::OS.to_owned(), |release| format!("{} {}", std::env::consts::OS, release.trim())),
        postgres,
    }
}

impl std::fmt::Display for Machine {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let memory = self.memory_gib.map_or_else(String::new, |gib| format!(", {gib} GiB of memory"));
        writeln!(formatter, "{}, {} cores{memory}, {}", self.cpu, self.cores, self.kernel)?;
        write!(formatter, "{}", self.postgres)
    }
}

fn unknown() -> String {
    "unknown processor".to_owned()
}

fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
