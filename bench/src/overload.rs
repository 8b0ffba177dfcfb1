//! Ten times the load that saturates the gateway: what those who are let in notice of it, what the others are told, and how soon it is over.

use std::{cell::RefCell, path::PathBuf, rc::Rc, time::Duration};

use clap::Args;
use hdrhistogram::Histogram;
use hyper::StatusCode;
use tokio::{
    task::LocalSet,
    time::{Instant, MissedTickBehavior, interval},
};

use crate::{
    cluster::Cluster,
    failure::Failure,
    identity,
    load::{self, Connection},
    peer::{Peer, PeerKind},
    question::{Question, question},
    shape::Shape,
};

/// What is asked: a page of a page, as a front end shows it.
const ASKED: Shape = Shape::OrgTree { first: 20, members: 20 };
/// So many connections saturate it.
const SATURATING: u32 = 8;
/// So much more is sent then.
const TIMES: f64 = 10.0;
/// Over so many connections at most: those that send have others beside them.
const CONNECTIONS: u32 = 400;
/// Requests leave in bunches, this far apart.
const TICK: Duration = Duration::from_millis(1);
/// The longest latency that is told from longer ones, in microseconds.
const LONGEST: u64 = 60_000_000;

/// What is measured, and on what.
#[derive(Debug, Args)]
pub(crate) struct OverloadArguments {
    /// The database, as a `postgres://` address.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
    /// The people who ask, as `tenantry token --one-per-tenant` wrote them.
    #[arg(long, default_value = "target/bench/tokens.json")]
    tokens: PathBuf,
    /// How long each part takes.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// The gateway.
    #[arg(long, env = "TENANTRY_BIN", default_value = "target/release/tenantry")]
    gateway: PathBuf,
}

/// What came of the requests that were sent.
struct Outcome {
    answered: Histogram<u64>,
    refused: Histogram<u64>,
    /// Anything but an answer and a 503.
    failed: u64,
    /// Times that all connections were busy.
    unsent: u64,
}

/// Measures alone, saturated, at ten times the load, and right after.
pub(crate) async fn run(arguments: OverloadArguments) -> Result<(), Failure> {
    let identities = identity::read(&arguments.tokens)?;
    let questions: Vec<Question> =
        identities.iter().map(|identity| question(PeerKind::Gateway, ASKED, identity)).collect::<Result<_, Failure>>()?;
    Cluster::connect(&arguments.database_url).await?.pay_all_bills().await?;
    let peer = Peer::start(PeerKind::Gateway, &arguments.gateway, &arguments.database_url).await?;
    let duration = Duration::from_secs(arguments.seconds);

    let mut alone = load::open(peer.address, 1).await?;
    load::run(&mut alone, &questions, duration / 2).await?;
    let unloaded = load::run(&mut alone, &questions, duration).await?;
    println!("alone: p50 {:.1} ms, p95 {:.1} ms", at(&unloaded.latencies, 0.5), at(&unloaded.latencies, 0.95));

    let mut saturating = load::open(peer.address, SATURATING).await?;
    let saturated = load::run(&mut saturating, &questions, duration).await?;
    drop(saturating);
    #[expect(clippy::cast_precision_loss, reason = "some thousands")]
    let rate = saturated.latencies.len() as f64 / saturated.elapsed.as_secs_f64();
    println!("saturated over {SATURATING} connections: {rate:.0} req/s, p95 {:.1} ms", at(&saturated.latencies, 0.95));

    let outcome = LocalSet::new().run_until(flood(&peer, Rc::new(questions.clone()), rate * TIMES, duration)).await?;
    let sent = outcome.answered.len() + outcome.refused.len() + outcome.failed;
    println!(
        "{TIMES} times that: {sent} sent, {} not for want of connections; {} answered: p50 {:.1} ms, p95 {:.1} ms = {:.1}x alone; {} got 503: p50 {:.1} ms, p95 {:.1} ms; {} failed",
        outcome.unsent,
        outcome.answered.len(),
        at(&outcome.answered, 0.5),
        at(&outcome.answered, 0.95),
        at(&outcome.answered, 0.95) / at(&unloaded.latencies, 0.95),
        outcome.refused.len(),
        at(&outcome.refused, 0.5),
        at(&outcome.refused, 0.95),
        outcome.failed,
    );

    let after = load::run(&mut alone, &questions, duration / 5).await?;
    println!("right after, alone: p50 {:.1} ms, p95 {:.1} ms, none refused", at(&after.latencies, 0.5), at(&after.latencies, 0.95));
    peer.stop().await
}

/// Sends at this rate, whether answers come or not.
async fn flood(peer: &Peer, questions: Rc<Vec<Question>>, rate: f64, duration: Duration) -> Result<Outcome, Failure> {
    let histogram = || Histogram::new_with_max(LONGEST, 3);
    let outcome = Rc::new(RefCell::new(Outcome { answered: histogram()?, refused: histogram()?, failed: 0, unsent: 0 }));
    let idle: Rc<RefCell<Vec<Connection>>> = Rc::new(RefCell::new(load::open(peer.address, CONNECTIONS).await?));
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (began, mut due) = (Instant::now(), 0.0);
    while began.elapsed() < duration {
        ticks.tick().await;
        due += rate * TICK.as_secs_f64();
        while due >= 1.0 {
            due -= 1.0;
            let Some(mut connection) = idle.borrow_mut().pop() else {
                outcome.borrow_mut().unsent += 1;
                continue;
            };
            let (outcome, idle, questions) = (Rc::clone(&outcome), Rc::clone(&idle), Rc::clone(&questions));
            tokio::task::spawn_local(async move {
                let sent = Instant::now();
                let status = connection.attempt(&questions).await;
                let micros = u64::try_from(sent.elapsed().as_micros()).unwrap_or(LONGEST);
                let mut outcome = outcome.borrow_mut();
                match status {
                    Ok(StatusCode::OK) => outcome.answered.saturating_record(micros),
                    Ok(StatusCode::SERVICE_UNAVAILABLE) => outcome.refused.saturating_record(micros),
                    Ok(_) | Err(_) => outcome.failed += 1,
                }
                if status.is_ok() {
                    idle.borrow_mut().push(connection);
                }
            });
        }
    }
    // Those under way come back.
    while idle.borrow().len() + usize::try_from(outcome.borrow().failed)? < CONNECTIONS as usize && began.elapsed() < duration * 3 {
        ticks.tick().await;
    }
    drop(idle);
    Rc::into_inner(outcome).map(RefCell::into_inner).ok_or_else(|| "some requests were never answered".into())
}

fn at(latencies: &Histogram<u64>, quantile: f64) -> f64 {
    Duration::from_micros(latencies.value_at_quantile(quantile)).as_secs_f64() * 1000.0
}
