//! What Prometheus reads, on a listener of its own: load and the names of operations are not for customers.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;

use super::log::Logged;
use super::payment::Paid;
use super::serve::serve;
use crate::gateway::Gateway;

/// Seconds.
const LATENCIES: [f64; 14] = [0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.125, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
const COSTS: [f64; 13] = [0.0, 1.0, 5.0, 20.0, 50.0, 100.0, 250.0, 1_000.0, 2_500.0, 5_000.0, 10_000.0, 20_000.0, 50_000.0];
const STATEMENTS: [f64; 9] = [0.0, 1.0, 2.0, 4.0, 8.0, 12.0, 16.0, 32.0, 64.0];
/// Names of operations that have a series of their own; clients choose names, and series take memory.
const MOST_OPERATIONS: usize = 200;
/// Observations are gathered into buckets this often, even where nobody asks.
const GATHERED: Duration = Duration::from_secs(5);

/// Does anybody collect? Where nobody does, requests are not even looked at.
static COLLECTING: AtomicBool = AtomicBool::new(false);

/// What this process has counted.
#[derive(Clone, Debug)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Begins to collect; once a process.
    pub fn collect() -> Result<Self, BuildError> {
        let collected = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &LATENCIES)?
            .set_buckets_for_metric(Matcher::Suffix("_statements".to_owned()), &STATEMENTS)?
            .set_buckets_for_metric(Matcher::Full("tenantry_request_cost".to_owned()), &COSTS)?
            .install_recorder()?;
        describe();
        COLLECTING.store(true, Ordering::Relaxed);
        Ok(Self(collected))
    }
}

fn describe() {
    describe_counter!("tenantry_requests_total", Unit::Count, "Requests of GraphQL and AuthZEN by HTTP status");
    describe_counter!("tenantry_callers_total", Unit::Count, "Requests by kind of caller: session, api_key, anonymous");
    describe_counter!("tenantry_refused_total", Unit::Count, "Requests without data, by the code of their first error");
    describe_counter!("tenantry_field_errors_total", Unit::Count, "Errors beside data, by code");
    describe_counter!("tenantry_documents_total", Unit::Count, "Documents by whether they were known already");
    describe_counter!("tenantry_profiles_total", Unit::Count, "Access profiles by whether they were known already");
    describe_counter!(
        "tenantry_statements_cancelled_total",
        Unit::Count,
        "Statements cancelled in Postgres, nobody waiting for them any more"
    );
    describe_counter!("tenantry_slow_statements_total", Unit::Count, "Statements that stand in the log as slow");
    describe_counter!("tenantry_slow_readers_total", Unit::Count, "Connections cut because nobody read the answer");
    describe_histogram!("tenantry_request_seconds", Unit::Seconds, "From the head of a request to its answer, by operation");
    describe_histogram!("tenantry_database_seconds", Unit::Seconds, "What requests waited for Postgres");
    describe_histogram!("tenantry_request_statements", Unit::Count, "Round trips to Postgres of one request");
    describe_histogram!("tenantry_request_cost", Unit::Count, "What requests could have cost, and what they did");
    describe_gauge!("tenantry_budgets_shared", Unit::Count, "1: processes count together what callers spend; 0: Redis is away");
    describe_gauge!("tenantry_requests_running", Unit::Count, "Requests that are being answered");
    describe_gauge!("tenantry_requests_running_limit", Unit::Count, "Requests beyond these are refused");
    describe_gauge!("tenantry_live_connections", Unit::Count, "Sockets and event streams that are open");
    describe_gauge!("tenantry_live_subscriptions", Unit::Count, "Subscriptions that run");
    describe_counter!("tenantry_live_subscriptions_total", Unit::Count, "Subscriptions that have begun, by topic");
    describe_counter!("tenantry_live_ended_total", Unit::Count, "Subscriptions that have ended, by reason");
    describe_counter!("tenantry_live_delivered_total", Unit::Count, "Events that were sent to clients, by topic");
    describe_counter!("tenantry_live_events_total", Unit::Count, "Events that the process has read");
    describe_counter!("tenantry_live_closed_total", Unit::Count, "Subscriptions whose clients were too slow");
    describe_counter!(
        "tenantry_live_sockets_closed_total",
        Unit::Count,
        "Sockets that have closed, by code; 0 where the client went"
    );
    describe_counter!("tenantry_purged_rows_total", Unit::Count, "Rows that purges took away.");
    describe_gauge!("tenantry_purge_kept", Unit::Count, "Deletions that the last purge had to keep.");
    describe_counter!("tenantry_live_listener_failures_total", Unit::Count, "Connections of the listener that were lost");
    describe_histogram!("tenantry_live_lag_seconds", Unit::Seconds, "From a change to the reading of its event");
    describe_gauge!("tenantry_connections_in_use", Unit::Count, "Connections to Postgres that a request holds");
    describe_gauge!("tenantry_connections_limit", Unit::Count, "Connections to Postgres at most");
}

/// Counts a request of GraphQL or AuthZEN.
pub(super) fn answered(logged: &Logged, status: StatusCode, time: Duration) {
    if !COLLECTING.load(Ordering::Relaxed) {
        return;
    }
    counter!("tenantry_requests_total", "status" => status.as_str().to_owned()).increment(1);
    if !logged.caller.is_empty() {
        counter!("tenantry_callers_total", "caller" => logged.caller).increment(1);
    }
    match logged.codes.first() {
        Some(code) if logged.refused => counter!("tenantry_refused_total", "code" => code.clone()).increment(1),
        _ => {
            for code in &logged.codes {
                counter!("tenantry_field_errors_total", "code" => code.clone()).increment(1);
            }
        }
    }
    histogram!("tenantry_request_seconds", "operation" => series(logged)).record(time);
    histogram!("tenantry_database_seconds").record(logged.database);
    histogram!("tenantry_request_statements").record(logged.statements);
    if let Some(Paid { requested, actual: Some(actual), .. }) = logged.paid {
        histogram!("tenantry_request_cost", "kind" => "requested").record(points(requested));
        histogram!("tenantry_request_cost", "kind" => "actual").record(points(actual));
    }
}

#[expect(clippy::cast_precision_loss, reason = "a histogram's buckets are coarser")]
fn points(cost: u64) -> f64 {
    cost as f64
}

/// The operation's name, where it has a series; strangers and refused requests make none.
fn series(logged: &Logged) -> String {
    static KNOWN: Mutex<Option<HashSet<String>>> = Mutex::new(None);
    let Some(name) = &logged.operation else { return "(unnamed)".to_owned() };
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    if known.contains(name) {
        return name.clone();
    }
    if !matches!(logged.caller, "session" | "api_key") || logged.refused || known.len() >= MOST_OPERATIONS {
        return "(other)".to_owned();
    }
    known.insert(name.clone());
    name.clone()
}

/// Answers `/metrics` on a listener for as long as the process lives.
pub async fn serve_metrics(listener: TcpListener, Metrics(collected): Metrics, gateway: Gateway) {
    let upkeep = collected.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(GATHERED).await;
            upkeep.run_upkeep();
        }
    });
    let settings = gateway.door.settings.clone();
    let router = Router::new().route("/metrics", get(page)).with_state((collected, gateway));
    serve(listener, router, &settings, std::future::pending()).await;
}

async fn page(State((collected, gateway)): State<(PrometheusHandle, Gateway)>) -> impl IntoResponse {
    #[expect(clippy::cast_precision_loss, reason = "counts of what one process holds")]
    let count = |count: usize| count as f64;
    let (in_use, limit) = gateway.services.database.connections();
    gauge!("tenantry_requests_running").set(count(gateway.door.running()));
    gauge!("tenantry_requests_running_limit").set(count(gateway.door.limit()));
    if let Some(are_shared) = gateway.services.budgets.are_shared() {
        gauge!("tenantry_budgets_shared").set(if are_shared { 1.0 } else { 0.0 });
    }
    gauge!("tenantry_live_connections").set(count(gateway.door.open()));
    gauge!("tenantry_live_subscriptions").set(count(gateway.live.subscriptions()));
    gauge!("tenantry_connections_in_use").set(count(in_use));
    gauge!("tenantry_connections_limit").set(count(limit));
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], collected.render())
}
