//! What operators rely on: the table of settings, metrics, traces, the log, and what happens under load.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use tenantry::cli;
use tenantry::gateway;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::cluster::Content;
use crate::program::Program;
use crate::world::World;

const NAMES: &str = "query Names { organizations(first: 1) { nodes { name } } }";
const LOCKED: &str = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and application_name = 'tenantry'";

/// A variable of the environment as the code has it: the commands that read it, and its defaults.
#[derive(Debug, Default, PartialEq, Eq)]
struct Setting {
    commands: BTreeSet<String>,
    defaults: BTreeSet<String>,
}

fn settings_of_the_code() -> BTreeMap<String, Setting> {
    let mut settings: BTreeMap<String, Setting> = BTreeMap::new();
    let program = cli::command();
    let mut note = |command: &str, argument: &clap::Arg| {
        let Some(variable) = argument.get_env().filter(|_| !argument.is_hide_set()) else { return };
        let setting = settings.entry(variable.to_str().unwrap().to_owned()).or_default();
        setting.commands.insert(command.to_owned());
        setting.defaults.extend(argument.get_default_values().iter().map(|value| value.to_str().unwrap().to_owned()));
    };
    program.get_arguments().for_each(|argument| note("all", argument));
    for command in program.get_subcommands() {
        let inner = command.get_subcommands().flat_map(clap::Command::get_arguments);
        command.get_arguments().chain(inner).for_each(|argument| note(command.get_name(), argument));
    }
    settings
}

#[test]
fn the_table_of_settings_lists_exactly_those_that_there_are() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operations.md")).unwrap();
    let rows = text.lines().skip_while(|line| !line.starts_with("| variable |")).skip(2).take_while(|line| line.starts_with('|'));
    let mut code = settings_of_the_code();
    assert!(code.len() > 25, "{code:?}");
    for row in rows {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, variable, commands, default, meaning, _] = cells[..] else { panic!("{row}") };
        let setting = code.remove(variable.trim_matches('`')).unwrap_or_else(|| panic!("the code does not know {variable}"));
        let commands: BTreeSet<String> = commands.split(", ").map(|name| name.trim_matches('`').to_owned()).collect();
        assert_eq!(commands, setting.commands, "{variable}");
        for value in &setting.defaults {
            assert!(default.starts_with(&format!("`{value}`")), "{variable}: {default}, but {value}");
        }
        assert!(!default.is_empty() && meaning.len() > 10, "{row}");
    }
    assert!(code.is_empty(), "not in the table: {code:?}");
}

/// Asks until the answer is as expected.
async fn eventually(what: &str, holds: impl AsyncFn() -> bool) {
    for _ in 0..400 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("never came true: {what}");
}

async fn lock(world: &World, table: &str) -> sqlx::Transaction<'static, sqlx::Postgres> {
    let mut lock = world.pool.begin().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(format!("lock table {table} in access exclusive mode"))).execute(&mut *lock).await.unwrap();
    lock
}

#[tokio::test]
async fn what_comes_beyond_the_bound_is_refused_at_once_and_nothing_else_is() {
    let world =
        World::behind(|settings| gateway::Settings { door: tenantry::http::Settings { running: 3, ..settings.door }, ..settings })
            .await;
    let token = world.act_as("owner").await;
    let held = lock(&world, "organizations").await;
    let ask = || world.ask(&token, NAMES, json!({}));
    let beyond = async {
        eventually("three requests run", async || world.value(LOCKED).await.unwrap() == "3").await;
        for _ in 0..20 {
            let refused = ask().await;
            assert_eq!((refused.status.as_u16(), refused.codes()), (503, vec!["UNAVAILABLE"]), "{:#}", refused.body);
            assert_eq!(refused.headers[RETRY_AFTER], "1");
        }
        // Whoever watches is answered in any case.
        assert_eq!(world.client().get(world.url("/healthz")).send().await.unwrap().status().as_u16(), 200);
        held.rollback().await.unwrap();
    };
    let (first, second, third, ()) = tokio::join!(ask(), ask(), ask(), beyond);
    for answer in [first, second, third, ask().await] {
        assert_eq!(answer.data()["organizations"]["nodes"][0]["name"], "Northgate Robotics");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_hangs_up_has_its_statement_cancelled_in_postgres() {
    let world = World::with(Content::Demo, |settings| tenantry::database::Settings { connections: 2, ..settings }).await;
    let token = world.act_as("owner").await;
    // Enough of them in a row would take every connection, if what they asked for ran on.
    let held = lock(&world, "organizations").await;
    for _ in 0..3 {
        let hung_up = tokio::time::timeout(
            Duration::from_millis(500),
            futures_util::future::join(world.ask(&token, NAMES, json!({})), world.ask(&token, NAMES, json!({}))),
        );
        assert!(hung_up.await.is_err(), "answered in spite of the lock");
        // The lock is still held: only a cancelled statement does not wait for it.
        eventually("nothing waits", async || world.value(LOCKED).await.unwrap() == "0").await;
    }
    held.rollback().await.unwrap();
    assert_eq!(world.ask(&token, NAMES, json!({})).await.data()["organizations"]["nodes"][0]["name"], "Northgate Robotics");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_runs_out_of_time_is_told_so_and_leaves_nothing_running() {
    let world = World::behind(|settings| gateway::Settings {
        database: tenantry::database::Settings { connections: 1, ..settings.database },
        door: tenantry::http::Settings { patience: Duration::from_millis(300), ..settings.door },
        ..settings
    })
    .await;
    let token = world.act_as("owner").await;
    let held = lock(&world, "organizations").await;
    for _ in 0..2 {
        let answer = world.ask(&token, NAMES, json!({})).await;
        assert_eq!((answer.status.as_u16(), answer.codes()), (503, vec!["TIMEOUT"]), "{:#}", answer.body);
        eventually("nothing waits", async || world.value(LOCKED).await.unwrap() == "0").await;
    }
    held.rollback().await.unwrap();
    eventually("it is answered", async || world.ask(&token, NAMES, json!({})).await.status == 200).await;
}

/// A collector that keeps what it is sent.
async fn collector() -> (String, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let received = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&received);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let kept = Arc::clone(&kept);
            tokio::spawn(async move {
                let mut chunk = vec![0; 64 * 1024];
                while let Ok(count @ 1..) = stream.read(&mut chunk).await {
                    kept.lock().unwrap().extend_from_slice(&chunk[..count]);
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
                }
            });
        }
    });
    (address, received)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_shows_metrics_sends_traces_and_logs_slow_statements() {
    let world = World::demo().await;
    let token = world.act_as("owner").await;
    let (endpoint, received) = collector().await;
    let program = Program::serve_with(
        &world.database_url(),
        &[
            ("TENANTRY_METRICS_LISTEN", "127.0.0.1:0"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
            ("TENANTRY_SLOW_STATEMENT_MS", "0"),
            ("TENANTRY_LIMIT_ALIASES", "1"),
        ],
    )
    .await;
    for _ in 0..3 {
        assert_eq!(program.ask(Some(&token), NAMES).await.status, 200);
    }
    assert_eq!(program.ask(Some(&token), "{ a: __typename b: __typename }").await.codes(), ["ALIAS_LIMIT_EXCEEDED"]);
    assert_eq!(program.ask(None, "query Stranger { __typename }").await.status, 200);
    // In production the schema is for those who have signed in, and so is every hint of it.
    assert_eq!(program.ask(None, "{ __schema { queryType { name } } }").await.codes(), ["UNAUTHENTICATED"]);
    let message = async |token: Option<&str>| {
        program.ask(token, "{ organizationz { totalCount } }").await.body["errors"][0]["message"].as_str().unwrap().to_owned()
    };
    assert!(message(Some(&token)).await.contains("Did you mean"));
    for stranger in [None, Some("ts_made_up")] {
        assert!(!message(stranger).await.contains("Did you mean"), "{stranger:?}");
    }
    let page =
        reqwest::get(format!("http://{}/metrics", program.said("showing metrics")["address"].as_str().unwrap())).await.unwrap();
    assert_eq!(page.status().as_u16(), 200);
    let page = page.text().await.unwrap();
    for line in [
        "tenantry_requests_total{status=\"200\"}",
        "tenantry_refused_total{code=\"ALIAS_LIMIT_EXCEEDED\"} 1",
        "tenantry_request_seconds_count{operation=\"Names\"} 3",
        "tenantry_request_seconds_count{operation=\"(other)\"} 1",
        "tenantry_request_seconds_bucket{operation=\"Names\",le=\"10\"} 3",
        "tenantry_request_statements_count",
        "tenantry_documents_total{cache=\"hit\"}",
        "tenantry_profiles_total{cache=\"hit\"} 2",
        "tenantry_requests_running 0",
        "tenantry_requests_running_limit 64",
        "tenantry_connections_limit 16",
        "tenantry_slow_statements_total",
    ] {
        assert!(page.contains(line), "{line}: {page}");
    }
    assert!(!page.contains("Stranger"), "a stranger's name became a series");
    // The API itself shows none of it.
    assert_eq!(program.get("/metrics").await.status().as_u16(), 404);
    let slow: Vec<Value> = program.lines("slow statement");
    let of_organizations = slow.iter().find(|line| line["statement"].as_str().unwrap().contains("from organizations")).unwrap();
    assert_eq!(of_organizations["span"]["operation"], "Names");
    assert_eq!(of_organizations["span"]["request"].as_str().unwrap().len(), 32);
    assert_eq!(program.stop().await, 0);
    let sent = String::from_utf8_lossy(&received.lock().unwrap()).into_owned();
    for part in ["POST /v1/traces", "tenantry", "graphql", "statement", "Names", "postgresql", "db.query.text"] {
        assert!(sent.contains(part), "{part}");
    }
    assert!(!sent.contains(&token), "a token left the house");
}

/// Asks in the name of a trace; the id of the request that comes back.
async fn ask_in_trace(program: &Program, token: &str, parent: &str) -> String {
    let asked = reqwest::Client::new()
        .post(format!("http://{}/graphql", program.address()))
        .bearer_auth(token)
        .header("traceparent", parent)
        .header("tracestate", "vendor=opaque")
        .header("x-request-id", "the-callers-own")
        .json(&json!({ "query": NAMES }));
    let answer = asked.send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    answer.headers()["x-request-id"].to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_trace_of_the_caller_goes_on_and_the_collector_is_told_its_headers() {
    let world = World::demo().await;
    let token = world.act_as("owner").await;
    let (endpoint, received) = collector().await;
    let environment = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20of-the-collector,x-team=door"),
    ];
    let program = Program::serve_with(&world.database_url(), &environment).await;
    let (trace, span) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
    assert_eq!(ask_in_trace(&program, &token, &format!("00-{trace}-{span}-01")).await, "the-callers-own");
    ask_in_trace(&program, &token, "00-nonsense-01").await;
    let lines = program.lines("request");
    assert_eq!((&lines[0]["trace"], &lines[0]["request"]), (&json!(trace), &json!("the-callers-own")));
    assert_eq!(lines[1]["trace"], Value::Null);
    assert_eq!(program.stop().await, 0);
    let sent = received.lock().unwrap().clone();
    let bytes =
        |hex: &str| -> Vec<u8> { (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect() };
    let has = |part: &[u8]| sent.windows(part.len()).filter(|window| *window == part).count();
    // The request's span and its statements' are of the trace; the request's follows from the caller's.
    assert!(has(&bytes(trace)) >= 3, "{}", has(&bytes(trace)));
    assert_eq!(has(&bytes(span)), 1);
    let text = String::from_utf8_lossy(&sent).to_lowercase();
    assert!(text.contains("authorization: bearer of-the-collector\r\n") && text.contains("x-team: door\r\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn traces_go_to_a_collector_over_tls_where_that_is_asked_for() {
    let world = World::demo().await;
    let token = world.act_as("owner").await;
    let (endpoint, received) = collector().await;
    let endpoint = endpoint.replace("http://", "https://");
    let program = Program::serve_with(&world.database_url(), &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]).await;
    assert_eq!(program.ask(Some(&token), NAMES).await.status, 200);
    // This one cannot answer in kind: nothing is sent to it in the clear, and the program is none the worse.
    assert_eq!(program.stop().await, 0);
    let sent = received.lock().unwrap().clone();
    assert_eq!(sent.get(..2), Some(&[0x16, 0x03][..]), "a handshake of TLS");
    assert!(!String::from_utf8_lossy(&sent).contains("POST"));
}
