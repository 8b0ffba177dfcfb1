//! Random sequences of what can happen to a tenant: one after the other against a small model, and all at once against what must
//! always hold.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::model::{Actor, Model, STATUSES, Step};
use super::{House, send};

/// Random numbers that a seed repeats.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % sides as u64).unwrap()
    }

    /// Who tries what next: mostly somebody who may.
    fn turn(&mut self) -> (Actor, Step) {
        let step = match self.roll(16) {
            // Back into business more often than out of it, so that there is something to do.
            0..2 => Step::SetStatus(1),
            2 => Step::SetStatus(self.roll(4)),
            3 => Step::SetQuota(i64::try_from(self.roll(6)).unwrap()),
            4..9 => Step::Create,
            9..12 => Step::Delete,
            12..14 => Step::Restore,
            _ => Step::Rename,
        };
        let fitting = match step {
            Step::SetStatus(_) | Step::SetQuota(_) => Actor::Staff,
            Step::Create | Step::Delete | Step::Restore | Step::Rename => Actor::Owner,
        };
        let actor = [Actor::Owner, Actor::Member, Actor::Staff][self.roll(3)];
        (if self.roll(5) > 0 { fitting } else { actor }, step)
    }
}

fn seed() -> u64 {
    let seed = tenantry::clock::new_id::<uuid::Uuid>().as_u64_pair().1;
    println!("seed {seed}");
    seed
}

/// A tenant that is played with, and a name for each thing that is made.
struct Stage {
    house: House,
    number: AtomicU32,
}

impl Stage {
    async fn new() -> Self {
        // The last that was made is found by its age.
        Self { house: House::build().await, number: AtomicU32::new(0) }
    }

    async fn organization(&self, condition: &str) -> Option<String> {
        let sql = format!("select id::text from organizations where {condition} order by index_id desc limit 1");
        let id: Option<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_optional(&self.house.world.pool).await.unwrap();
        id.map(|id| entity::join("org", id.parse().unwrap()))
    }

    /// Tries a step: was it taken? Nothing else than what it may be refused with is answered.
    async fn send(&self, actor: Actor, step: Step) -> bool {
        let house = &self.house;
        let token = match actor {
            Actor::Owner => &house.owner,
            Actor::Member => &house.member,
            Actor::Staff => &house.staff,
        };
        let name = format!("Name {}", self.number.fetch_add(1, Ordering::Relaxed));
        let nowhere = || "org_01h455vb4pex5vsknk084sn02q".to_owned();
        let (mutation, input) = match step {
            Step::SetStatus(to) => ("setTenantStatus", json!({ "tenantId": house.id(), "status": STATUSES[to], "reason": "dice" })),
            Step::SetQuota(limit) => {
                ("setTenantQuota", json!({ "tenantId": house.id(), "metric": "ORGANIZATIONS", "limit": limit, "reason": "dice" }))
            }
            Step::Rename => ("updateTenant", json!({ "tenantId": house.id(), "name": name })),
            Step::Create => ("createOrganization", json!({ "name": name })),
            Step::Delete => {
                let id = self.organization("deleted_at is null").await.unwrap_or_else(nowhere);
                ("deleteOrganization", json!({ "organizationId": id }))
            }
            Step::Restore => {
                let id = self.organization("deleted_at is not null").await.unwrap_or_else(nowhere);
                ("restoreOrganization", json!({ "organizationId": id }))
            }
        };
        let mut answer = send(&house.world, token, mutation, "", input.clone()).await;
        // A machine that stands still for a while is no fault of what is tested.
        while answer.codes() == ["UNAVAILABLE"] {
            answer = send(&house.world, token, mutation, "", input.clone()).await;
        }
        let expected = ["FORBIDDEN", "NOT_FOUND", "TENANT_SUSPENDED"];
        assert!(answer.codes().iter().all(|code| expected.contains(code)), "{step:?}: {:#}", answer.body);
        answer.body["data"]["it"]["userErrors"] == json!([])
    }

    /// What the database says.
    async fn stored(&self) -> Model {
        let world = &self.house.world;
        let status = world.value("select status from tenants").await.unwrap().to_uppercase();
        let quota: Option<(i64, i64)> =
            sqlx::query_as("select usage, quota_limit from tenant_quotas where metric = 'organizations'")
                .fetch_optional(&world.pool)
                .await
                .unwrap();
        let (living, deleted): (i64, i64) = sqlx::query_as(
            "select count(*) filter (where deleted_at is null), count(*) filter (where deleted_at is not null) from organizations",
        )
        .fetch_one(&world.pool)
        .await
        .unwrap();
        let status = STATUSES.iter().position(|name| *name == status).unwrap();
        Model { status, quota, living, deleted }
    }
}

#[tokio::test]
async fn each_step_does_what_the_model_says() {
    let seed = seed();
    let mut dice = Dice(seed);
    let stage = Stage::new().await;
    let mut model = stage.stored().await;
    let mut done = 0;
    for number in 0..160 {
        let (actor, step) = dice.turn();
        let before = model.clone();
        let expected = model.step(actor, step);
        let actual = stage.send(actor, step).await;
        assert_eq!(actual, expected, "seed {seed}, step {number}: {actor:?} tries {step:?} in {before:?}");
        assert_eq!(stage.stored().await, model, "seed {seed}, step {number}: {actor:?} tries {step:?} in {before:?}");
        done += u32::from(actual);
    }
    assert!(done > 20, "seed {seed}: {done} of 160 steps were taken");
}

/// What must hold in every snapshot, each as a number of violations.
const BROKEN: &str = "
    select (select count(*) from tenant_quotas quota where quota.metric = 'organizations'
            and quota.usage <> (select count(*) from organizations where deleted_at is null)) as miscounted,
        (select count(*) from audit_logs entry where entry.action = 'tenant.set_status' and (
            entry.changes #>> '{before,status}', entry.changes #>> '{after,status}') not in (
            ('trial', 'active'), ('trial', 'suspended'), ('trial', 'churned'), ('active', 'suspended'), ('active', 'churned'),
            ('suspended', 'trial'), ('suspended', 'active'), ('suspended', 'churned'), ('churned', 'active'))) as impossible,
        (select count(*) from tenants where status::text <> coalesce((
            select entry.changes #>> '{after,status}' from audit_logs entry where entry.action = 'tenant.set_status'
            order by entry.index_id desc limit 1), 'active')) as untold,
        (select count(*) from organizations) - (select count(*) from audit_logs where action = 'organization.create') as unwritten";

#[tokio::test]
async fn whatever_happens_at_once_each_snapshot_is_sound() {
    let seed = seed();
    let stage = Stage::new().await;
    let over = AtomicBool::new(false);
    let watch = async {
        let mut snapshots = 0;
        while !over.load(Ordering::Relaxed) {
            let broken = format!("select to_jsonb(broken) from ({BROKEN}) broken");
            let broken: Value = sqlx::query_scalar(sqlx::AssertSqlSafe(broken)).fetch_one(&stage.house.world.pool).await.unwrap();
            let violated: Vec<_> = broken.as_object().unwrap().iter().filter(|(_, count)| **count != json!(0)).collect();
            assert!(violated.is_empty(), "seed {seed}, snapshot {snapshots}: {violated:?}");
            snapshots += 1;
        }
        snapshots
    };
    let players = async {
        let play = async |player: u64| {
            let mut dice = Dice(seed ^ (player << 32));
            let mut done = 0;
            for _ in 0..30 {
                let (actor, step) = dice.turn();
                done += u32::from(stage.send(actor, step).await);
            }
            done
        };
        let done: u32 = join_all((0..6).map(play)).await.into_iter().sum();
        over.store(true, Ordering::Relaxed);
        done
    };
    let (snapshots, done) = tokio::join!(watch, players);
    assert!(snapshots > 10 && done > 20, "seed {seed}: {snapshots} snapshots, {done} steps");
}
