//! The programs that are compared, each a child process for as long as the benchmark runs.

use std::{
    env, fmt, fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use clap::ValueEnum;
use serde::Serialize;
use tokio::{
    process::{Child, Command},
    time::sleep,
};

use crate::{failure::Failure, load};

/// How long a peer may take until it answers.
const PATIENCE: Duration = Duration::from_secs(60);

/// How much of a failed peer's output is shown.
const SHOWN_LINES: usize = 20;

/// One of the programs that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PeerKind {
    /// The gateway itself.
    Gateway,
    /// One hand-written statement for each relation, without GraphQL, guards or tenancy.
    Limit,
    /// Hand-written statements, joined and pipelined.
    Tuned,
    /// The stock async-graphql executor.
    Stock,
}

impl fmt::Display for PeerKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Gateway => "gateway",
            Self::Limit => "limit",
            Self::Tuned => "tuned",
            Self::Stock => "stock",
        })
    }
}

/// A running peer. It is killed when this is dropped.
pub(crate) struct Peer {
    /// Which one it is.
    pub(crate) kind: PeerKind,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Its process.
    pub(crate) process: u32,
    child: Child,
    log: Log,
}

/// What a peer prints. Nobody reads it unless the peer fails, and so the file goes with this.
struct Log(PathBuf);

impl Peer {
    /// Starts it, and waits until it answers.
    pub(crate) async fn start(kind: PeerKind, gateway: &Path, database_url: &str) -> Result<Self, Failure> {
        let address = free_address()?;
        let log = Log(env::temp_dir().join(format!("tenantry-bench-{kind}-{}.log", address.port())));
        let output = fs::File::create(&log.0)?;
        let mut command = match kind {
            PeerKind::Gateway => {
                let mut command = Command::new(gateway);
                command.arg("serve");
                command.env("TENANTRY_LISTEN", address.to_string());
                // The few people of the benchmark spend what thousands would: charged as ever, they never run out.
                for budget in ["TENANTRY_BUDGET_USER", "TENANTRY_BUDGET_USER_PER_MINUTE"] {
                    command.env(budget, "10000000000");
                }
                command
            }
            PeerKind::Limit | PeerKind::Tuned | PeerKind::Stock => {
                let mut command = Command::new(env::current_exe()?);
                command.args([&kind.to_string(), "--listen", &address.to_string()]);
                command
            }
        };
        let child = command
            // Not an argument: everybody on the machine can read those.
            .env("DATABASE_URL", database_url)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{}: {error}", command.as_std().get_program().display()))?;
        let mut peer = Self { kind, address, process: child.id().unwrap_or_default(), child, log };
        peer.ready().await?;
        Ok(peer)
    }

    async fn ready(&mut self) -> Result<(), Failure> {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("it ended with {status}\n{}", self.log.last_words()).into());
            }
            if load::is_ready(self.address).await {
                return Ok(());
            }
            if began.elapsed() > PATIENCE {
                let words = self.log.last_words();
                return Err(format!("not ready after {} s\n{words}", PATIENCE.as_secs()).into());
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Kills it, and waits until it is gone.
    pub(crate) async fn stop(mut self) -> Result<(), Failure> {
        Ok(self.child.kill().await?)
    }
}

impl Log {
    fn last_words(&self) -> String {
        let text = fs::read_to_string(&self.0).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n")
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// A port that is free now. Somebody else may take it before the peer does; then the peer says so and ends.
fn free_address() -> Result<SocketAddr, Failure> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
