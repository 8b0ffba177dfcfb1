//! One measurement: a peer under one shape of query over so many connections.

use std::time::Duration;

use serde::Serialize;

use crate::{
    cluster::{Cluster, Work},
    failure::Failure,
    load::{self, Figures},
    peer::{Peer, PeerKind},
    process::{self, Memory},
    question::Question,
    shape::Shape,
};

/// What was measured. A figure that cannot be had on this machine is absent.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Measurement {
    /// Who answered.
    pub(crate) peer: PeerKind,
    /// What was asked.
    pub(crate) shape: Shape,
    /// Over how many connections.
    pub(crate) connections: u32,
    /// How many answers there were.
    pub(crate) requests: u32,
    /// How many of them in a second.
    pub(crate) requests_per_second: f64,
    /// Milliseconds within which half of the answers came.
    pub(crate) p50: f64,
    /// Milliseconds within which 95 of 100 answers came.
    pub(crate) p95: f64,
    /// Milliseconds within which 99 of 100 answers came.
    pub(crate) p99: f64,
    /// Milliseconds of the processor that the peer took for one answer.
    pub(crate) cpu: Option<f64>,
    /// Milliseconds of the processor that the database server took for one answer.
    pub(crate) postgres_cpu: Option<f64>,
    /// Statements per answer that read.
    pub(crate) statements: Option<f64>,
    /// Statements per answer that begin, set or end.
    pub(crate) control_statements: Option<f64>,
    /// Transactions per answer, where statements are not counted.
    pub(crate) transactions: Option<f64>,
    /// The peer's memory at the end.
    pub(crate) memory: Option<Memory>,
    /// Bytes of an answer's body.
    pub(crate) answer_bytes: f64,
}

/// Loads the peer for a while that does not count, and then for one that does.
pub(crate) async fn measure(
    peer: &Peer,
    shape: Shape,
    questions: &[Question],
    connections: u32,
    duration: Duration,
    cluster: &Cluster,
) -> Result<Measurement, Failure> {
    let mut opened = load::open(peer.address, connections).await?;
    load::run(&mut opened, questions, duration / 5).await?;
    process::forget_peak(peer.process);
    let work = cluster.work().await?;
    let (cpu, postgres_cpu) = (process::cpu(peer.process), cluster.cpu());
    let figures = load::run(&mut opened, questions, duration).await?;
    let per_request = PerRequest::of(&figures)?;
    let cpu = per_request.milliseconds(cpu, process::cpu(peer.process));
    let postgres_cpu = per_request.milliseconds(postgres_cpu, cluster.cpu());
    let (statements, control_statements, transactions) = per_request.work(work, cluster.work().await?)?;
    Ok(Measurement {
        peer: peer.kind,
        shape,
        connections,
        requests: per_request.requests,
        requests_per_second: f64::from(per_request.requests) / figures.elapsed.as_secs_f64(),
        p50: percentile(&figures, 0.50),
        p95: percentile(&figures, 0.95),
        p99: percentile(&figures, 0.99),
        cpu,
        postgres_cpu,
        statements,
        control_statements,
        transactions,
        memory: process::memory(peer.process),
        answer_bytes: per_request.share(u32::try_from(figures.bytes >> 10)?) * 1024.0,
    })
}

/// Divides by the number of requests.
struct PerRequest {
    requests: u32,
}

impl PerRequest {
    fn of(figures: &Figures) -> Result<Self, Failure> {
        match u32::try_from(figures.latencies.len())? {
            0 => Err("no request was answered in that time".into()),
            requests => Ok(Self { requests }),
        }
    }

    fn share(&self, amount: u32) -> f64 {
        f64::from(amount) / f64::from(self.requests)
    }

    fn milliseconds(&self, before: Option<Duration>, after: Option<Duration>) -> Option<f64> {
        let spent = after?.saturating_sub(before?);
        Some(spent.as_secs_f64() * 1000.0 / f64::from(self.requests))
    }

    #[expect(clippy::type_complexity, reason = "three figures, each of which may be absent")]
    fn work(&self, before: Work, after: Work) -> Result<(Option<f64>, Option<f64>, Option<f64>), Failure> {
        let share = |before: i64, after: i64| -> Result<Option<f64>, Failure> {
            Ok(Some(self.share(u32::try_from((after - before).max(0))?)))
        };
        Ok(match (before, after) {
            (Work::Statements { statements, control }, Work::Statements { statements: more_statements, control: more_control }) => {
                (share(statements, more_statements)?, share(control, more_control)?, None)
            }
            (Work::Transactions(few), Work::Transactions(more)) => (None, None, share(few, more)?),
            (Work::Statements { .. }, Work::Transactions(_)) | (Work::Transactions(_), Work::Statements { .. }) => {
                (None, None, None)
            }
        })
    }
}

fn percentile(figures: &Figures, quantile: f64) -> f64 {
    let microseconds = figures.latencies.value_at_quantile(quantile);
    Duration::from_micros(microseconds).as_secs_f64() * 1000.0
}
