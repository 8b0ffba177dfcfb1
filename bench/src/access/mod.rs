//! What decisions about access cost: in a tenant of 100 000 organizations, one by one.

mod check;
mod world;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use bytes::Bytes;
use clap::Args;
use hdrhistogram::Histogram;
use http_body_util::Full;
use hyper::{
    Request,
    header::{AUTHORIZATION, CONTENT_TYPE, HOST},
};
use serde_json::{Value, json};

use self::world::World;
use crate::{
    cluster::Cluster,
    failure::Failure,
    load::Connection,
    machine,
    peer::{Peer, PeerKind},
    question::Question,
};

/// How often each question is asked.
const TIMES: usize = 200;
/// As many questions as one call of `checkAccess` takes.
const QUESTIONS: usize = 100;

/// What is measured, and on what.
#[derive(Debug, Args)]
pub(crate) struct AccessArguments {
    /// The database, as a `postgres://` address. A tenant of its own is made in it where it is missing.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
    /// The gateway.
    #[arg(long, env = "TENANTRY_BIN", default_value = "target/release/tenantry")]
    gateway: PathBuf,
}

/// Runs the benchmark of access.
pub(crate) async fn run(arguments: AccessArguments) -> Result<(), Failure> {
    let cluster = Cluster::connect(&arguments.database_url).await?;
    let world = World::make(&arguments.database_url).await?;
    println!("{}", machine::describe(cluster.describe().await?));
    println!("one connection; milliseconds until the whole answer was read, of {TIMES} answers each\n");
    check::run(&arguments.database_url, world::READER_TOKEN).await?;

    let peer = Peer::start(PeerKind::Gateway, &arguments.gateway, &arguments.database_url).await?;
    let mut connection = Connection::open(peer.address, 1).await?;
    println!("{:<62} {:>8} {:>8}", "", "p50", "p95");
    let list = "{ organizations(first: 50, orderBy: { field: NAME }) { totalCount nodes { id name } } }";
    let rows = (|_| json!({ "query": list }), world::READER_TOKEN);
    show("50 organizations by name and their total: 10 000 of 100 000", &mut connection, rows, async || Ok(())).await?;

    let check = (checks, world::READER_TOKEN);
    show("checkAccess, 100 questions, warm", &mut connection, check, async || Ok(())).await?;
    let forget = async || world.change_access().await;
    show("checkAccess, 100 questions, cold", &mut connection, check, forget).await?;
    let one = (check_one, world::READER_TOKEN);
    show("checkAccess, one question, cold", &mut connection, one, forget).await?;
    let why = (explanation, world::READER_TOKEN);
    show("explainAccess, cold", &mut connection, why, forget).await?;

    let who = format!(
        "{{ whoCan(permission: \"members.invite\", organizationId: \"{}\", first: 50) {{ nodes {{ id displayName }} }} }}",
        world.crowd
    );
    let who = (move |_| json!({ "query": who }), world::OWNER_TOKEN);
    show("whoCan, the first 50 of 25 000 members, warm", &mut connection, &who, async || Ok(())).await?;
    show("whoCan, the first 50 of 25 000 members, cold", &mut connection, &who, forget).await?;
    peer.stop().await
}

/// A question that differs from time to time, and whose token asks it.
trait Asked {
    fn question(&self, time: usize) -> Result<Question, Failure>;
}

impl<F: Fn(usize) -> Value> Asked for (F, &str) {
    fn question(&self, time: usize) -> Result<Question, Failure> {
        let body = serde_json::to_vec(&self.0(time))?;
        Ok(Request::post("/graphql")
            .header(HOST, "localhost")
            .header(CONTENT_TYPE, "application/json")
            .header(AUTHORIZATION, format!("Bearer {}", self.1))
            .body(Full::from(Bytes::from(body)))?)
    }
}

impl<A: Asked> Asked for &A {
    fn question(&self, time: usize) -> Result<Question, Failure> {
        (*self).question(time)
    }
}

async fn show(
    name: &str,
    connection: &mut Connection,
    asked: impl Asked,
    before_each: impl AsyncFn() -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut latencies = Histogram::<u64>::new_with_max(60_000_000, 3)?;
    for time in 0..TIMES + TIMES / 5 {
        let question = asked.question(time)?;
        before_each().await?;
        let start = Instant::now();
        let answer = connection.ask(&question).await?;
        let took = start.elapsed();
        let answer: Value = serde_json::from_slice(&answer)?;
        if answer.get("errors").is_some() {
            return Err(format!("{name}: {answer}").into());
        }
        // The first ones warm it up.
        if time >= TIMES / 5 {
            latencies.record(u64::try_from(took.as_micros())?)?;
        }
    }
    let milliseconds = |quantile| Duration::from_micros(latencies.value_at_quantile(quantile)).as_secs_f64() * 1_000.0;
    println!("{name:<62} {:>8.2} {:>8.2}", milliseconds(0.5), milliseconds(0.95));
    Ok(())
}

fn checks(time: usize) -> Value {
    let questions: Vec<Value> = (0..QUESTIONS).map(|place| about(time * QUESTIONS + place)).collect();
    let query = "query($questions: [AccessQuestion!]!) { checkAccess(questions: $questions) { allowed } }";
    json!({ "query": query, "variables": { "questions": questions } })
}

fn check_one(time: usize) -> Value {
    let query = "query($question: AccessQuestion!) { checkAccess(questions: [$question]) { allowed } }";
    json!({ "query": query, "variables": { "question": about(time) } })
}

fn explanation(time: usize) -> Value {
    let query = "query($organization: ID!) { explainAccess(permission: \"members.read\", organizationId: $organization) {
        decision { allowed } } }";
    json!({ "query": query, "variables": { "organization": world::organization(time) } })
}

fn about(place: usize) -> Value {
    json!({ "permission": "members.read", "organizationId": world::organization(place) })
}
