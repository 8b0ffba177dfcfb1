//! What the gateway answers in generated tenants, compared with the reference: cold and warm, in batches, on two gateways, and
//! while rights change under warm caches.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use tenantry::gateway::Mode;

use super::reference::{BATCH, Step, draft, write_asker};
use crate::world::World;

/// So many tenants stand in one database.
const REALMS: u64 = 24;
/// So many things happen in each.
const CHANGES: usize = 6;
/// After each of them, so many questions are asked again.
const SAMPLE: usize = 2 * BATCH;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_decisions_are_those_of_the_design() {
    let world = World::empty().await;
    let (_second, second) = world.second_gateway(Mode::Development(Vec::new())).await;
    let asker = write_asker(&world).await;
    let mut decisions = 0;
    let mut steps = std::collections::BTreeMap::new();
    for number in 0..REALMS {
        let mut realm = draft(number);
        realm.write(&world).await;
        let token = world.token(asker, Some(realm.tenant)).await;
        let random = &mut StdRng::seed_from_u64(number);
        let questions = realm.questions(random);
        for question in &questions {
            let verdict = realm.decide(question);
            *steps.entry((verdict.step, verdict.allowed)).or_insert(0) += 1;
        }
        decisions += realm.compare(&world, world.address, &token, &questions, "when all is new").await;
        for step in 0..CHANGES {
            let sql = realm.change(random);
            world.sql(&sql).await;
            let sample: Vec<_> = questions.choose_multiple(random, SAMPLE).copied().collect();
            for address in [world.address, second] {
                decisions += realm.compare(&world, address, &token, &sample, &format!("after {step} changes and `{sql}`")).await;
            }
        }
        if random.random() {
            decisions += realm.compare(&world, second, &token, &questions[..questions.len() / 4], "in the end").await;
        }
    }
    assert!(decisions >= 100_000, "{decisions}");
    // The realms are of use only if every step answers often, both ways where it can.
    for (step, both) in [
        (Step::Nowhere, false),
        (Step::Standing, false),
        (Step::Billing, false),
        (Step::Entitlement, false),
        (Step::Override, true),
        (Step::Rules, true),
        (Step::Default, false),
    ] {
        assert!(steps.get(&(step, false)).is_some_and(|count| *count > 500), "{steps:?}");
        assert!(!both || steps.get(&(step, true)).is_some_and(|count| *count > 500), "{steps:?}");
    }
    assert!(steps.get(&(Step::Ownership, true)).is_some_and(|count| *count > 500), "{steps:?}");
}
