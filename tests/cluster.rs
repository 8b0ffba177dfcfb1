//! One Postgres for all tests of a checkout, and a database of its own for each: the clone of a template.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tenantry::database::embedded::{Durability, EmbeddedPostgres, Search, Settings};
use tenantry::database::{self, Database};
use tenantry::{clock, seed};

/// What a test finds in its database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Content {
    /// The tables, empty.
    Empty,
    /// The demo data.
    Demo,
}

/// A database that ends with its test.
pub struct TestDatabase {
    name: String,
    url: String,
    /// One of the shared server: others go with their server.
    is_shared: bool,
}

impl TestDatabase {
    /// A new database, cloned from the template with this content.
    pub async fn new(content: Content) -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let template = template(content);
        let name = format!("test_{}_{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
        let mut admin = PgConnection::connect(&server().url("postgres")).await.unwrap();
        execute(&mut admin, &format!("create database {name} template {template} strategy file_copy")).await;
        Self { url: server().url(&name), name, is_shared: true }
    }

    /// A database of another server.
    pub fn elsewhere(name: &str, url: String) -> Self {
        Self { name: name.to_owned(), url, is_shared: false }
    }

    /// Where it is, for a superuser.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if !self.is_shared {
            return;
        }
        let name = self.name.clone();
        in_own_runtime(move || async move {
            if let Ok(mut admin) = PgConnection::connect(&server().url("postgres")).await {
                let _ =
                    sqlx::query(AssertSqlSafe(format!("drop database if exists {name} with (force)"))).execute(&mut admin).await;
            }
        });
    }
}

/// The server that all tests share. The first process starts it, later ones adopt it; it is left running.
fn server() -> &'static EmbeddedPostgres {
    static SERVER: OnceLock<EmbeddedPostgres> = OnceLock::new();
    SERVER.get_or_init(|| {
        in_own_runtime(|| async {
            let server = EmbeddedPostgres::start(&settings(&cluster_directory())).await.unwrap();
            // By this the script that stops the server knows whose it is.
            std::fs::write(cluster_directory().join("checkout"), env!("CARGO_MANIFEST_DIR")).unwrap();
            sweep(&server).await;
            server
        })
    })
}

/// The settings of a server that may lose everything.
pub fn settings(directory: &Path) -> Settings {
    Settings {
        directory: directory.to_owned(),
        durability: Durability::Disposable,
        search: Search {
            pg_bindir: option_env!("PG_BINDIR").map(PathBuf::from),
            path: std::env::vars_os().find(|(name, _)| name == "PATH").map(|(_, value)| value),
            npm_roots: vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("web")],
        },
        max_connections: 200,
        extra: Vec::new(),
    }
}

/// Shared memory where there is room, else below the build's own folder. One for each checkout.
pub fn cluster_directory() -> PathBuf {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared_memory = Path::new("/dev/shm");
    if free_mebibytes(shared_memory).is_some_and(|free| free > 1024) {
        return shared_memory.join(format!("tenantry-test-{:016x}", hash(&checkout)));
    }
    checkout.join("target/test-postgres")
}

fn free_mebibytes(folder: &Path) -> Option<u64> {
    let output = std::process::Command::new("df").arg("-Pm").arg(folder).output().ok()?;
    String::from_utf8(output.stdout).ok()?.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()
}

/// The template with this content, made once for each state of the code that makes it.
fn template(content: Content) -> &'static str {
    static EMPTY: OnceLock<String> = OnceLock::new();
    static DEMO: OnceLock<String> = OnceLock::new();
    let cell = match content {
        Content::Empty => &EMPTY,
        Content::Demo => &DEMO,
    };
    cell.get_or_init(|| in_own_runtime(move || make_template(content)))
}

async fn make_template(content: Content) -> String {
    let name = format!("template_{content:?}_{:016x}", hash(&sources())).to_lowercase();
    let mut admin = PgConnection::connect(&server().url("postgres")).await.unwrap();
    execute(&mut admin, "select pg_advisory_lock(711)").await;
    let ready: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1 and datistemplate)")
        .bind(&name)
        .fetch_one(&mut admin)
        .await
        .unwrap();
    if !ready {
        execute(&mut admin, &format!("drop database if exists {name} with (force)")).await;
        execute(&mut admin, &format!("create database {name}")).await;
        let database = Database::new(&database::Settings::new(server().url(&name))).unwrap();
        fill(&database, content).await;
        database.close().await;
        execute(&mut admin, &format!("alter database {name} with is_template true allow_connections false")).await;
    }
    execute(&mut admin, "select pg_advisory_unlock(711)").await;
    name
}

/// Gives an empty database its tables and this content.
pub async fn fill(database: &Database, content: Content) {
    database.migrate_up().await.unwrap();
    if content == Content::Demo {
        assert!(seed::demo::write(database.owner(), clock::now()).await.unwrap());
    }
    sqlx::query("analyze").execute(database.owner()).await.unwrap();
}

/// Everything that decides what a template holds, as one text.
fn sources() -> String {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["migration/src", "src/seed"] {
        collect(&checkout.join(folder), &mut files);
    }
    files.sort();
    files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Drops what dead processes left behind.
async fn sweep(server: &EmbeddedPostgres) {
    let mut admin = PgConnection::connect(&server.url("postgres")).await.unwrap();
    let names: Vec<String> =
        sqlx::query_scalar("select datname from pg_database where datname like 'test\\_%'").fetch_all(&mut admin).await.unwrap();
    for name in names {
        let process = name.split('_').nth(1).unwrap_or_default();
        if !Path::new("/proc").join(process).exists() {
            execute(&mut admin, &format!("drop database if exists {name} with (force)")).await;
        }
    }
}

async fn execute(connection: &mut PgConnection, sql: &str) {
    sqlx::query(AssertSqlSafe(sql)).execute(connection).await.unwrap();
}

/// Runs to the end whatever runtime the caller is in, or none.
pub fn in_own_runtime<F, R>(work: impl FnOnce() -> F + Send + 'static) -> R
where
    F: Future<Output = R>,
    R: Send + 'static,
{
    let run = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work());
    std::thread::spawn(run).join().unwrap()
}
