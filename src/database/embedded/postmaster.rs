//! The server that already runs on a data directory, as its `postmaster.pid` tells.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::EmbeddedError;
use super::home::Home;
use super::login::{self, Login};
use super::{cluster, server};

/// How long a server may take until it is ready, or, on its way down, gone.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server that accepted our login.
#[derive(Debug, Clone, Copy)]
pub(super) struct Running {
    pub(super) port: u16,
    pub(super) major: u32,
}

/// The server that runs on the data, with its password; none if one has to be started. Whatever a
/// dead server left in the way of a new one is removed.
pub(super) async fn adopt(home: &Home) -> Result<Option<(Running, String)>, EmbeddedError> {
    let data = home.data();
    let path = data.join("postmaster.pid");
    let deadline = Instant::now() + PATIENCE;
    loop {
        let Ok(text) = std::fs::read_to_string(&path) else {
            return Ok(None);
        };
        let Some(file) = PidFile::parse(&text) else {
            return discard(&path);
        };
        let password = cluster::password(home)?;
        let login = file.login(&data, password.as_deref()).await;
        if let (Login::Ready(major), Some(port), Some(password)) = (&login, file.port, password) {
            return Ok(Some((Running { port, major: *major }, password)));
        }
        match (Process::of(file.pid, &data), login) {
            // Postgres itself sees that a process is gone, and then looks whether its children are.
            (Process::Gone, _) => return Ok(None),
            (Process::Zombie | Process::Stranger, _) => return discard(&path),
            (Process::Server, Login::Refused) => {
                let directory = home.directory().to_owned();
                return Err(EmbeddedError::PasswordRefused { directory, pid: file.pid });
            }
            (Process::Server, _) if Instant::now() > deadline => {
                let (directory, log) = (home.directory().to_owned(), home.log_tail());
                return Err(EmbeddedError::Silent { directory, pid: file.pid, log });
            }
            (Process::Server, _) => tokio::time::sleep(server::POLL).await,
        }
    }
}

/// Postgres would take the process id in the file for that of a living server and refuse to start
/// for ever. Removing it is safe: the shared memory is found by the data directory, too, and as long
/// as a child of the dead server is attached to it no new one starts.
fn discard(path: &Path) -> Result<Option<(Running, String)>, EmbeddedError> {
    tracing::debug!(file = %path.display(), "removing the lock file of a dead database server");
    std::fs::remove_file(path).map_err(EmbeddedError::io("remove", path))?;
    Ok(None)
}

/// Lines of `postmaster.pid`: process id, data directory, start time, port, and more.
#[derive(Debug, PartialEq, Eq)]
struct PidFile<'a> {
    pid: u32,
    data: &'a str,
    /// Written a moment after the rest.
    port: Option<u16>,
}

impl<'a> PidFile<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut lines = text.lines();
        let pid = lines.next()?.trim().parse().ok().filter(|pid| *pid > 0)?;
        let data = lines.next()?;
        let port = lines.nth(1).and_then(|line| line.trim().parse().ok());
        Some(Self { pid, data, port })
    }

    /// A file that names another directory is a copy: its server is not ours, though it would take
    /// the password that was copied along.
    async fn login(&self, data: &Path, password: Option<&str>) -> Login {
        match (self.port, password) {
            (Some(port), Some(password)) if Path::new(self.data) == data => login::attempt(port, password).await,
            _ => Login::NotYet,
        }
    }
}

/// What a process id stands for today.
#[derive(Debug, PartialEq, Eq)]
enum Process {
    Gone,
    /// Dead, but its parent has not asked for it yet, or never will.
    Zombie,
    /// A server that works on our data.
    Server,
    /// The id was given to somebody else since.
    Stranger,
}

impl Process {
    fn of(pid: u32, data: &Path) -> Self {
        let described = if Path::new("/proc/self/stat").exists() { from_proc(pid) } else { from_ps(pid) };
        described.map_or(Self::Gone, |(state, command)| Self::judge(state, &command, data))
    }

    fn judge(state: char, command: &str, data: &Path) -> Self {
        if matches!(state, 'Z' | 'X') {
            return Self::Zombie;
        }
        // A server that somebody started by hand may name its directory in another way.
        let ours = format!("{command} ").contains(&format!("-D {} ", data.display()));
        let unclear = !command.contains("-D /");
        if command.contains("postgres") && (ours || unclear) { Self::Server } else { Self::Stranger }
    }
}

/// The state letter and the command line of a process, on Linux.
fn from_proc(pid: u32) -> Option<(char, String)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let command = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let command = String::from_utf8_lossy(&command).trim_end_matches('\0').replace('\0', " ");
    // The name of the program stands in parentheses and may hold some itself.
    let (_, state) = stat.rsplit_once(") ")?;
    Some((state.chars().next()?, command))
}

/// The same where there is no `/proc`.
fn from_ps(pid: u32) -> Option<(char, String)> {
    let mut command = Command::new("ps");
    command.args(["-ww", "-o", "stat=", "-o", "args=", "-p"]).arg(pid.to_string());
    let output = command.stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let (state, command) = text.trim().split_once(' ')?;
    Some((state.chars().next()?, command.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_the_fourth_line_once_it_is_there() {
        let whole = "41\n/d/data\n1700000000\n5433\n\n127.0.0.1\n  123  4\nready   \n";
        let expected = PidFile { pid: 41, data: "/d/data", port: Some(5433) };
        assert_eq!(PidFile::parse(whole), Some(expected));
        let early = PidFile { pid: 41, data: "/d/data", port: None };
        assert_eq!(PidFile::parse("41\n/d/data\n1700000000\n"), Some(early));
    }

    #[test]
    fn a_torn_file_is_nobodys() {
        for text in ["", "\n", "no number\n/d\n", "-1\n/d\n", "0\n/d\n", "41\n"] {
            assert_eq!(PidFile::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_process_is_a_server_only_if_it_works_on_our_data() {
        let judge = |state, command| Process::judge(state, command, Path::new("/d/data"));
        let ours = "/usr/bin/postgres -D /d/data -c port=1";
        assert_eq!(judge('S', ours), Process::Server);
        assert_eq!(judge('Z', ours), Process::Zombie);
        assert_eq!(judge('S', "postgres -D /d/data2 -c port=1"), Process::Stranger);
        assert_eq!(judge('S', "postgres -D /d/data"), Process::Server);
        assert_eq!(judge('S', "postgres -D data"), Process::Server);
        assert_eq!(judge('S', "less -D /d/data"), Process::Stranger);
    }
}
