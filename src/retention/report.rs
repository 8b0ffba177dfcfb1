//! What a purge did.

use std::fmt;

/// How a purge goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purge {
    /// What is over is taken away.
    ForGood,
    /// Each step is undone: it only says what it would be.
    DryRun,
}

/// What a purge took away, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Tenants that left.
    pub tenants: u64,
    /// Deletions.
    pub deletions: u64,
    /// Rows that went with tenants and deletions.
    pub rows: u64,
    /// People who were forgotten.
    pub people: u64,
    /// Entries of the audit log, and events of people.
    pub log_entries: u64,
    /// Whole months of those logs.
    pub months: u64,
    /// Deletions that something living hangs on: they stay, and the log says which.
    pub kept: u64,
}

impl Report {
    /// Was nothing over?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tenants, deletions, rows, people, log_entries, months, kept } = self;
        write!(
            formatter,
            "tenants {tenants}, deletions {deletions}, rows {rows}, people {people}, log entries {log_entries}, months {months}, kept {kept}"
        )
    }
}
