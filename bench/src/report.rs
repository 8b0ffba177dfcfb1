//! The figures, as a table for people and as JSON for programs.

use serde::Serialize;

use crate::{machine::Machine, measure::Measurement, peer::PeerKind, shape::Shape};

/// Everything that one run found out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    /// What it ran on.
    pub(crate) machine: Machine,
    /// How many tenants were asked for.
    pub(crate) tenants: usize,
    /// How many seconds each measurement took.
    pub(crate) seconds: u64,
    /// All measurements, in the order in which they were made.
    pub(crate) measurements: Vec<Measurement>,
}

/// What the columns mean.
pub(crate) const LEGEND: &str = "\
limit: hand-written, without GraphQL, guards, tenancy or transaction; one statement for each relation, level by level;
tuned: hand-written as the limit, with statements joined, sent at once and planned once, and each role serialised once;
stock: async-graphql's own executor over the gateway's tables.

req/s: answers per second, all connections together; p50, p95, p99: milliseconds until the whole answer was read;
CPU, PG CPU: milliseconds of the processor per answer, of the peer and of all processes of Postgres;
× limit: CPU and PG CPU together, compared with the limit over the same number of connections;
stmts: statements per answer + those that begin, set or end; tx: transactions, where statements are not counted;
RSS, peak: mebibytes of the peer at the end of the measurement, and at most during it.";

/// The line above the figures of one shape.
pub(crate) fn print_heading(shape: Shape) {
    println!("\n{shape}");
    println!(
        "{:>5}  {:<8}{:>10}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}{:>12}{:>8}{:>8}{:>10}",
        "conns", "peer", "req/s", "p50", "p95", "p99", "CPU", "PG CPU", "× limit", "stmts", "RSS", "peak", "KiB/ans."
    );
}

/// The figures of all peers over the same number of connections.
pub(crate) fn print_group(group: &[Measurement]) {
    let limit = group.iter().find(|measurement| measurement.peer == PeerKind::Limit).and_then(total_cpu);
    for measurement in group {
        println!("{}", row(measurement, limit));
    }
}

fn row(measurement: &Measurement, limit: Option<f64>) -> String {
    let times = total_cpu(measurement).zip(limit).map(|(own, limit)| own / limit);
    let mebibytes = |bytes: u64| (bytes >> 20).to_string();
    let memory = measurement.memory;
    format!(
        "{:>5}  {:<8}{:>10.1}{:>9.2}{:>9.2}{:>9.2}{:>9}{:>9}{:>9}{:>12}{:>8}{:>8}{:>10.1}",
        measurement.connections,
        measurement.peer,
        measurement.requests_per_second,
        measurement.p50,
        measurement.p95,
        measurement.p99,
        known(measurement.cpu.map(|cpu| format!("{cpu:.3}"))),
        known(measurement.postgres_cpu.map(|cpu| format!("{cpu:.3}"))),
        known(times.map(|times| format!("{times:.2}"))),
        statements(measurement),
        known(memory.map(|memory| mebibytes(memory.resident))),
        known(memory.map(|memory| mebibytes(memory.peak))),
        measurement.answer_bytes / 1024.0,
    )
}

fn total_cpu(measurement: &Measurement) -> Option<f64> {
    Some(measurement.cpu? + measurement.postgres_cpu?)
}

fn statements(measurement: &Measurement) -> String {
    match (measurement.statements, measurement.control_statements, measurement.transactions) {
        (Some(statements), Some(control), _) => format!("{statements:.1} + {control:.1}"),
        (_, _, Some(transactions)) => format!("{transactions:.1} tx"),
        _ => known(None),
    }
}

fn known(figure: Option<String>) -> String {
    figure.unwrap_or_else(|| "n/a".to_owned())
}
