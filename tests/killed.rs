//! Every mutation of the schema, and a process that is killed with -9 while it runs: all of it is there, or nothing.
//!
//! A trigger on every table notes what each transaction writes. What a mutation writes where nobody dies is its footprint; of one
//! whose process died there is that very footprint, or none.

mod access;
mod batch;
mod customers;
mod people;
mod platform;
mod stage;
mod tenancy;
mod written;

use std::collections::BTreeMap;
use std::time::Duration;

use rand::seq::SliceRandom as _;
use serde_json::Value;
use tenantry::schema;

use self::batch::{Batch, Death};
use self::stage::{Case, Stage};
use self::written::{Footprint, written};
use crate::program::Program;

/// Mutations that run when a process is killed.
const TOGETHER: usize = 6;
/// So often each of them is.
const ROUNDS: usize = 3;
/// A process is killed within this time from sending, or from the first answer.
const SOON: Duration = Duration::from_millis(40);
/// The key of development, with which the stage seals.
const SECRET_KEY: &str = "dGVuYW50cnkgZGV2ZWxvcG1lbnQ6IG5vIHNlY3JldCE=";

/// All mutations there are.
fn mutations() -> Vec<&'static str> {
    schema::tables().unwrap().fields("Mutation").map(|field| field.name).collect()
}

/// What a mutation needs, made anew.
async fn prepare(stage: &Stage, mutation: &str) -> Case {
    if let Some(case) = people::case(stage, mutation).await {
        return case;
    }
    if let Some(case) = tenancy::case(stage, mutation).await {
        return case;
    }
    if let Some(case) = customers::case(stage, mutation).await {
        return case;
    }
    if let Some(case) = access::case(stage, mutation).await {
        return case;
    }
    let case = platform::case(stage, mutation).await;
    case.unwrap_or_else(|| panic!("`{mutation}` has no case in tests/killed: add one"))
}

/// What each mutation writes where nobody dies: one transaction, with an entry of a log and, in a tenant, an event.
async fn footprints(stage: &Stage) -> BTreeMap<&'static str, Footprint> {
    let (mut footprints, mut complaints) = (BTreeMap::new(), Vec::new());
    for mutation in mutations() {
        let case = prepare(stage, mutation).await;
        stage.forget_what_was_written().await;
        let answer = stage.world.post(case.token.as_deref(), &case.body).await;
        if answer.body["data"]["it"]["userErrors"] != Value::Array(Vec::new()) {
            complaints.push(format!("{mutation}: its case is wrong: {:#}", answer.body));
            continue;
        }
        match &*written(stage).await {
            [(_, footprint)] if footprint.is_told() => drop(footprints.insert(mutation, footprint.clone())),
            [(_, footprint)] => complaints.push(format!("{mutation} tells nobody: {footprint:?}")),
            transactions => complaints.push(format!("{mutation} does not write in one transaction: {transactions:?}")),
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    footprints
}

async fn start(stage: &Stage) -> Program {
    let servers = stage.server.address.to_string();
    let settings = [("TENANTRY_SECRET_KEY", SECRET_KEY), ("TENANTRY_DNS_SERVERS", &*servers)];
    let program = Program::serve_with(&stage.world.database_url(), &settings).await;
    // What a process does only once, it has done: connected, and prepared statements.
    let asked = (0..TOGETHER).map(|_| program.ask(Some(&stage.boss.token), "{ viewer { user { id } } }"));
    futures_util::future::join_all(asked).await;
    program
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mutation_whose_process_is_killed_is_done_as_a_whole_or_not_at_all() {
    let stage = Stage::build().await;
    let footprints = footprints(&stage).await;
    let mut mutations = mutations();
    let mut next = start(&stage).await;
    let [mut done, mut undone] = [0, 0];
    for round in 0..ROUNDS {
        mutations.shuffle(&mut rand::rng());
        for (number, together) in mutations.chunks(TOGETHER).enumerate() {
            let mut cases = Vec::new();
            for mutation in together {
                cases.push((*mutation, prepare(&stage, mutation).await));
            }
            stage.forget_what_was_written().await;
            let soon = SOON.mul_f64(rand::random());
            let death = if (round + number) % 2 == 0 { Death::AfterSending(soon) } else { Death::AfterFirstAnswer(soon) };
            let (batch, another) = tokio::join!(Batch::run(next, cases, death), start(&stage));
            next = another;
            stage.is_quiet().await;
            let (all, none) = batch.holds(&footprints, written(&stage).await);
            done += all;
            undone += none;
        }
    }
    assert!(done > 0 && undone > 0, "{done} were done, {undone} were not: nothing was cut off in the middle");
    // Whatever is in the log was told, and the other way round.
    let untold = "select count(*) from audit_logs entry full join outbox_events event using (tenant_id, id)
        where (entry.action is null and event.type <> 'access.change') or event.type is null";
    assert_eq!(stage.world.value(untold).await.unwrap(), "0");
    assert_eq!(next.stop().await, 0);
}

#[test]
fn every_mutation_has_a_case_in_which_its_process_is_killed() {
    let cases = [
        include_str!("killed/people.rs"),
        include_str!("killed/tenancy.rs"),
        include_str!("killed/customers.rs"),
        include_str!("killed/access.rs"),
        include_str!("killed/platform.rs"),
    ]
    .concat();
    let without: Vec<&str> = mutations().into_iter().filter(|name| !cases.contains(&format!("\"{name}\""))).collect();
    assert_eq!(without, Vec::<&str>::new(), "add a case to tests/killed: what it is sent, and what must be there before");
}
