//! The user that runs the server, since Postgres refuses to run as root.

use std::os::unix::fs::{MetadataExt, lchown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::EmbeddedError;

/// The id of `nobody` nearly everywhere; inside a user namespace any id but 0 would do.
const MAPPED_ID: u32 = 65534;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Identity {
    /// We are not root, so the server runs as we do.
    Ourselves,
    /// We are root, and become this user of the system.
    User { uid: u32, gid: u32 },
    /// We are root and stay it on the file system, but look like somebody else to Postgres.
    Namespace,
}

impl Identity {
    /// The first identity that reaches the programs and the folder of the cluster.
    pub(super) async fn choose(binaries: &Path, directory: &Path) -> Option<Self> {
        if !we_are_root() {
            return Some(Self::Ourselves);
        }
        let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        for identity in instead_of_root(&passwd) {
            if identity.reaches(binaries, directory).await {
                return Some(identity);
            }
        }
        None
    }

    /// A command that runs as this identity.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = match self {
            Self::Ourselves => Command::new(program),
            Self::User { uid, gid } => {
                let mut command = Command::new(program);
                command.uid(*uid).gid(*gid);
                command
            }
            Self::Namespace => {
                let mut command = Command::new("unshare");
                command.arg("--user").arg(format!("--map-user={MAPPED_ID}"));
                command.arg(format!("--map-group={MAPPED_ID}")).arg("--").arg(program);
                command
            }
        };
        // The current folder may be one that the other user cannot enter, which some versions of
        // Postgres take badly. The language decides what we find when we read error messages.
        command.current_dir("/").env("LC_ALL", "C").stdin(Stdio::null());
        command
    }

    /// Gives a file, or a folder with all that is in it, to the user that runs the server.
    pub(super) fn own(&self, path: &Path) -> Result<(), EmbeddedError> {
        let (uid, gid) = match self {
            Self::Ourselves => return Ok(()),
            Self::User { uid, gid } => (*uid, *gid),
            // The namespace maps our own id, so what belongs to root belongs to the server.
            Self::Namespace => (0, 0),
        };
        let owner = path.symlink_metadata().map_err(EmbeddedError::io("read", path))?.uid();
        if owner == uid {
            return Ok(());
        }
        chown_all(path, uid, gid).map_err(EmbeddedError::io("change the owner of", path))
    }

    /// Whether this identity can run the programs and enter the folder, found out by trying.
    async fn reaches(&self, binaries: &Path, directory: &Path) -> bool {
        const SCRIPT: &str = r#"test -x "$1" && test -x "$3" && "$2" --version"#;
        let mut command = self.command(Path::new("/bin/sh"));
        command.args(["-c", SCRIPT, "sh"]).arg(directory);
        command.arg(binaries.join("postgres")).arg(binaries.join("initdb"));
        let output = tokio::process::Command::from(command).output().await;
        output.is_ok_and(|output| output.status.success())
    }
}

fn instead_of_root(passwd: &str) -> Vec<Identity> {
    let users = ["postgres", "nobody"].iter().filter_map(|name| user(passwd, name));
    users.chain([Identity::Namespace]).collect()
}

/// The line of a user: name, password, uid, gid, and more that does not matter here.
fn user(passwd: &str, name: &str) -> Option<Identity> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let found = fields.next()? == name;
        let (uid, gid) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
        (found && uid != 0).then_some(Identity::User { uid, gid })
    })
}

/// The folder itself comes last: as long as it has its old owner, an interrupted walk is begun anew.
fn chown_all(path: &Path, uid: u32, gid: u32) -> std::io::Result<()> {
    if path.symlink_metadata()?.is_dir() {
        for entry in path.read_dir()? {
            chown_all(&entry?.path(), uid, gid)?;
        }
    }
    lchown(path, Some(uid), Some(gid))
}

fn we_are_root() -> bool {
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        return effective_uid(&status) == Some(0);
    }
    let output = Command::new("id").arg("-u").stdin(Stdio::null()).output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// `Uid:` is followed by the real, the effective and two more ids.
fn effective_uid(status: &str) -> Option<u32> {
    let ids = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    ids.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\n\
        # a comment\n\
        postgresql:x:7:7::/:/bin/sh\n\
        nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin\n\
        postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash\n";

    #[test]
    fn postgres_comes_before_nobody_and_a_namespace_last() {
        let expected = [Identity::User { uid: 101, gid: 104 }, Identity::User { uid: 65534, gid: 65533 }, Identity::Namespace];
        assert_eq!(instead_of_root(PASSWD), expected);
    }

    #[test]
    fn users_that_are_missing_malformed_or_root_are_passed_over() {
        assert_eq!(instead_of_root(""), [Identity::Namespace]);
        assert_eq!(user("postgres:x:many:104:", "postgres"), None);
        assert_eq!(user("postgres:x:0:0:", "postgres"), None);
        assert_eq!(user("postgres", "postgres"), None);
    }

    #[test]
    fn the_effective_id_is_the_second_one() {
        assert_eq!(effective_uid("Name:\tx\nUid:\t1000\t0\t0\t0\nGid:\t5\t5\t5\t5\n"), Some(0));
        assert_eq!(effective_uid("Name:\tx\n"), None);
    }
}
