//! The real binary, run as people run it.

use std::path::Path;
use std::process::{Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, Command};

use crate::world::Answer;

/// The binary with these arguments, and nothing in its environment but what programs are found by.
pub fn tenantry(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenantry"));
    command.args(arguments).env_clear().kill_on_drop(true);
    command.envs(std::env::vars_os().filter(|(name, _)| name == "PATH" || name == "PG_BINDIR"));
    command.env("TENANTRY_NPM_ROOT", Path::new(env!("CARGO_MANIFEST_DIR")).join("web"));
    command
}

/// Runs it to its end.
pub async fn run(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    tenantry(arguments).envs(environment.iter().copied()).stdin(Stdio::null()).output().await.unwrap()
}

/// Its exit code, its output, and what it says on the side.
pub fn said(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

/// A gateway in a process of its own.
pub struct Program {
    /// The process.
    pub child: Child,
    address: String,
    /// What it has logged.
    log: Arc<Mutex<Vec<Value>>>,
    client: reqwest::Client,
}

impl Program {
    /// `tenantry serve`
    pub async fn serve(database_url: &str) -> Self {
        Self::serve_with(database_url, &[]).await
    }

    /// The same, with this in its environment.
    pub async fn serve_with(database_url: &str, environment: &[(&str, &str)]) -> Self {
        let mut command = tenantry(&["serve"]);
        command
            .env("DATABASE_URL", database_url)
            .env("TENANTRY_LISTEN", "127.0.0.1:0")
            // One person asks as much here as thousands do elsewhere. What budgets do, tests of budgets show.
            .env("TENANTRY_BUDGET_USER", "10000000000")
            .envs(environment.iter().copied())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let said = Arc::new(Mutex::new(Vec::new()));
        let address = loop {
            let line: Value = serde_json::from_str(&log.next_line().await.unwrap().expect("it ended before it listened")).unwrap();
            said.lock().unwrap().push(line.clone());
            if line["message"] == "listening" {
                break line["address"].as_str().unwrap().to_owned();
            }
        };
        let kept = Arc::clone(&said);
        drain(log, move |line| kept.lock().unwrap().extend(serde_json::from_str::<Value>(line)));
        Self { child, address, log: said, client: reqwest::Client::new() }
    }

    /// `tenantry dev`, with its state in this folder; and what it prints until it is ready.
    pub async fn dev(folder: &Path) -> (Self, String) {
        let mut command = tenantry(&["dev", "--postgres-setting", "fsync=off"]);
        command.env("TENANTRY_DATA_DIR", folder).env("TENANTRY_LISTEN", "127.0.0.1:0").stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut printed = String::new();
        while !printed.contains("developer  ") {
            printed += &output.next_line().await.unwrap().unwrap_or_else(|| panic!("it ended before it was ready: {printed}"));
            printed.push('\n');
        }
        drain(output, |_| {});
        let address = printed.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
        (Self { child, address, log: Arc::default(), client: reqwest::Client::new() }, printed)
    }

    /// Asks as the holder of a token, or as nobody.
    pub async fn ask(&self, token: Option<&str>, query: &str) -> Answer {
        self.ask_with(token, query, Value::Null).await
    }

    /// The same, with variables.
    pub async fn ask_with(&self, token: Option<&str>, query: &str, variables: Value) -> Answer {
        let request = self.client.post(self.url("/graphql")).json(&json!({ "query": query, "variables": variables }));
        let response = if let Some(token) = token { request.bearer_auth(token) } else { request }.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Answer { status, headers, body: response.json().await.unwrap() }
    }

    /// Gets a page.
    pub async fn get(&self, path: &str) -> reqwest::Response {
        self.client.get(self.url(path)).send().await.unwrap()
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The lines of its log with this message.
    pub fn lines(&self, message: &str) -> Vec<Value> {
        self.log.lock().unwrap().iter().filter(|line| line["message"] == message).cloned().collect()
    }

    /// The first of them, which there must be.
    pub fn said(&self, message: &str) -> Value {
        self.lines(message).into_iter().next().unwrap_or_else(|| panic!("it did not say `{message}`"))
    }

    /// Tells it to stop.
    pub async fn terminate(&self) {
        let process = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-TERM", &process]).status().await.unwrap().success());
    }

    /// Tells it to stop, and waits until it has: its exit code.
    pub async fn stop(mut self) -> i32 {
        self.terminate().await;
        self.ended().await
    }

    /// Waits for its end: its exit code.
    pub async fn ended(&mut self) -> i32 {
        tokio::time::timeout(Duration::from_secs(60), self.child.wait()).await.expect("it stops").unwrap().code().unwrap()
    }
}

/// Reads on, so that the program can write on.
fn drain(mut lines: Lines<impl AsyncBufRead + Send + Unpin + 'static>, keep: impl Fn(&str) + Send + 'static) {
    tokio::spawn(async move {
        while let Ok(Some(line)) = lines.next_line().await {
            keep(&line);
        }
    });
}
