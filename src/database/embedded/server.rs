//! The server process that we started.

use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::process::Child;
use std::time::{Duration, Instant};

use super::home::Home;
use super::login::{self, Login};
use super::postmaster::Running;
use super::search::Installation;
use super::{Durability, EmbeddedError, Settings};

/// How often a process is asked whether it is ready, or gone.
pub(super) const POLL: Duration = Duration::from_millis(20);
const START_WITHIN: Duration = Duration::from_secs(30);
const STOP_WITHIN: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(super) struct Server {
    /// The one of `std`: unlike that of tokio it can be waited for on another runtime than the one
    /// it was started on, and tests have a runtime each.
    child: Child,
    installation: Installation,
}

impl Server {
    /// Starts a server on a free port and waits for a login to succeed.
    pub(super) async fn launch(
        settings: &Settings,
        home: &Home,
        installation: &Installation,
        password: &str,
    ) -> Result<(Running, Self), EmbeddedError> {
        let port = free_port().map_err(EmbeddedError::io("listen on", "127.0.0.1".as_ref()))?;
        let child = spawn(settings, home, installation, port)?;
        let mut starting = Starting { child: Some(child) };
        let deadline = Instant::now() + START_WITHIN;
        let failed = |what: String| EmbeddedError::Start {
            binaries: installation.binaries.clone(),
            what,
            log: home.log(),
            tail: home.log_tail(),
        };
        loop {
            match login::attempt(port, password).await {
                Login::Ready(major) => {
                    let Some(child) = starting.child.take() else {
                        return Err(failed("was lost".to_owned()));
                    };
                    let installation = installation.clone();
                    return Ok((Running { port, major }, Self { child, installation }));
                }
                Login::Refused => return Err(failed("refuses its own password".to_owned())),
                Login::NotYet => {}
            }
            if let Some(status) = starting.ended() {
                return Err(failed(format!("ended with {status} instead of starting")));
            }
            if Instant::now() > deadline {
                return Err(failed(format!("did not start within {START_WITHIN:?}")));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Lets transactions roll back, then waits until the process is gone.
    pub(super) async fn stop(mut self, home: &Home) -> Result<(), EmbeddedError> {
        // Asked first: if it died, the lock file may by now name somebody else's server.
        if self.is_gone() {
            return Ok(());
        }
        let mut command = self.installation.command("pg_ctl");
        command.args(["stop", "--mode=fast", "--no-wait", "--silent", "-D"]).arg(home.data());
        let asked = tokio::process::Command::from(command).output().await;
        let mut patience = STOP_WITHIN;
        if !asked.is_ok_and(|output| output.status.success()) {
            patience = Duration::ZERO;
        }
        let deadline = Instant::now() + patience;
        while !self.is_gone() {
            if Instant::now() >= deadline {
                tracing::warn!("the database server does not stop, so it is killed");
                let program = self.installation.binaries.join("postgres");
                self.child.kill().map_err(EmbeddedError::io("kill", &program))?;
                self.child.wait().map_err(EmbeddedError::io("wait for", &program))?;
                return Ok(());
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(())
    }

    fn is_gone(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }
}

/// A server that is not ready yet. Whoever stops waiting for it, takes it away.
struct Starting {
    child: Option<Child>,
}

impl Starting {
    fn ended(&mut self) -> Option<std::process::ExitStatus> {
        self.child.as_mut()?.try_wait().ok().flatten()
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take()
            && child.kill().is_ok()
        {
            drop(child.wait());
        }
    }
}

fn spawn(settings: &Settings, home: &Home, installation: &Installation, port: u16) -> Result<Child, EmbeddedError> {
    let log = home.new_log()?;
    let same_log = log.try_clone().map_err(EmbeddedError::io("open", &home.log()))?;
    let mut command = installation.command("postgres");
    command.arg("-D").arg(home.data());
    for (name, value) in server_settings(settings, port) {
        command.arg("-c").arg(format!("{name}={value}"));
    }
    // Ctrl-C at the terminal goes to a whole process group. It is for us to decide what it means
    // for the server, which therefore gets a group of its own.
    command.process_group(0).stdout(log).stderr(same_log);
    let program = installation.binaries.join("postgres");
    command.spawn().map_err(EmbeddedError::io("run", &program))
}

fn server_settings(settings: &Settings, port: u16) -> Vec<(String, String)> {
    let common = [
        ("listen_addresses", "127.0.0.1"),
        ("unix_socket_directories", ""),
        // A query of the gateway takes less time than its compilation would.
        ("jit", "off"),
        // The file we read when the start fails is the standard error.
        ("logging_collector", "off"),
        ("log_destination", "stderr"),
    ];
    let durability: &[(&str, &str)] = match settings.durability {
        Durability::Safe => &[("fsync", "on"), ("shared_buffers", "256MB")],
        Durability::Disposable => &[
            ("fsync", "off"),
            ("full_page_writes", "off"),
            ("synchronous_commit", "off"),
            ("wal_level", "minimal"),
            ("max_wal_senders", "0"),
            ("autovacuum", "off"),
        ],
    };
    let mut all: Vec<(String, String)> = Vec::new();
    for (name, value) in common.iter().chain(durability) {
        all.push(((*name).to_owned(), (*value).to_owned()));
    }
    all.push(("port".to_owned(), port.to_string()));
    all.push(("max_connections".to_owned(), settings.max_connections.to_string()));
    // Postgres takes the last of several values.
    all.extend(settings.extra.iter().cloned());
    all
}

/// The system picks one. Somebody else may take it before the server does, which is then tried anew.
fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
