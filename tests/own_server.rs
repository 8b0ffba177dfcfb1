//! A Postgres server of one test, for what cannot be done to the one that all share: kill it, read its log.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{Connection, PgConnection};
use tenantry::database::embedded::{EmbeddedPostgres, Settings};
use tenantry::database::{self, Database};

use crate::cluster::{Content, cluster_directory, fill, in_own_runtime, settings};

/// The name of its database.
pub const NAME: &str = "own";

/// A server that ends with its test.
pub struct OwnServer {
    settings: Settings,
    running: Option<EmbeddedPostgres>,
    // Dropped last.
    folder: OwnFolder,
}

/// A folder that goes with its test, and with it the server that runs in it, or in its `postgres`.
pub struct OwnFolder(PathBuf);

impl OwnServer {
    /// A server with these further settings, and one database with this content.
    pub async fn start(content: Content, extra: &[(&str, &str)]) -> Self {
        let folder = OwnFolder::new();
        let extra = extra.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut server = Self { settings: Settings { extra, ..settings(folder.path()) }, running: None, folder };
        server.start_again().await;
        let mut admin = PgConnection::connect(&server.running().url("postgres")).await.unwrap();
        sqlx::raw_sql("create database own").execute(&mut admin).await.unwrap();
        let database = Database::new(&database::Settings::new(server.url())).unwrap();
        fill(&database, content).await;
        database.close().await;
        server
    }

    /// Where its database is: elsewhere after each start.
    pub fn url(&self) -> String {
        self.running().url(NAME)
    }

    /// Ends the server as a power cut does.
    pub async fn kill(&mut self) {
        kill(self.folder.path());
        self.running.take().unwrap().stop().await.unwrap();
    }

    /// Tells the server to stop, as whoever updates it does: clients are cut off, and what was written is safe.
    pub async fn stop(&mut self) {
        self.running.take().unwrap().stop().await.unwrap();
    }

    /// Starts it after a kill, or a stop.
    pub async fn start_again(&mut self) {
        self.running = Some(EmbeddedPostgres::start(&self.settings).await.unwrap());
    }

    /// What it has logged since its start.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.folder.path().join("log")).unwrap()).into_owned()
    }

    fn running(&self) -> &EmbeddedPostgres {
        self.running.as_ref().expect("the server runs")
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            let _ = in_own_runtime(|| running.stop());
        }
    }
}

impl OwnFolder {
    /// A new folder, where servers run fast.
    pub fn new() -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let shared = cluster_directory();
        sweep(&shared);
        let name = format!("{}{}-{}", prefix(&shared), std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
        let folder = Self(shared.with_file_name(name));
        std::fs::create_dir_all(folder.path()).unwrap();
        folder
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for OwnFolder {
    fn drop(&mut self) {
        kill(&self.0);
        kill(&self.0.join("postgres"));
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn prefix(shared: &Path) -> String {
    format!("{}-own-", shared.file_name().unwrap().to_str().unwrap())
}

/// Kills the server of this folder, where one runs there.
fn kill(directory: &Path) {
    let data = directory.join("data");
    let Ok(file) = std::fs::read_to_string(data.join("postmaster.pid")) else { return };
    let process = file.lines().next().unwrap_or_default();
    let arguments = std::fs::read(Path::new("/proc").join(process).join("cmdline")).unwrap_or_default();
    if String::from_utf8_lossy(&arguments).contains(data.to_str().unwrap()) {
        assert!(Command::new("kill").args(["-9", process]).status().unwrap().success());
    }
}

/// Takes away what dead processes left behind.
fn sweep(shared: &Path) {
    let prefix = prefix(shared);
    let folders = std::fs::read_dir(shared.parent().unwrap()).into_iter().flatten().flatten();
    for folder in folders.map(|entry| entry.path()) {
        let Some(name) = folder.file_name().and_then(|name| name.to_str()?.strip_prefix(&prefix).map(str::to_owned)) else {
            continue;
        };
        let process = name.split('-').next().unwrap_or_default();
        if !PathBuf::from("/proc").join(process).exists() {
            drop(OwnFolder(folder));
        }
    }
}
