//! Random sequences by random people: one after the other against a small model, and all at once against what must always hold.

use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::model::{Model, ROLES, Seat, Step};
use super::{Home, Person, send};

/// Random numbers that a seed repeats.
pub struct Dice(pub u64);

impl Dice {
    /// The next number below this.
    pub fn roll(&mut self, sides: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % sides as u64).unwrap()
    }

    /// Who tries what next: anybody anything, but more often somebody something that may work.
    fn turn(&mut self, model: &Model, people: usize) -> (usize, Step) {
        let (who, rank) = (self.roll(people), self.roll(ROLES.len()));
        let step = match self.roll(19) {
            0..4 => Step::Invite(who, rank),
            4 => Step::Resend(who),
            5 => Step::Edit(who, rank),
            6 => Step::Revoke(who),
            7..10 => Step::Accept,
            10 => Step::Decline,
            11 => Step::Promote(who, rank),
            12 => Step::Suspend(who),
            13 => Step::Reactivate(who),
            14 => [Step::Remove(who), Step::Leave][self.roll(2)],
            15 => Step::Offer(who),
            16 => Step::Withdraw,
            17 => Step::Take,
            _ => Step::Refuse,
        };
        let fitting = match step {
            Step::Accept | Step::Decline => model.invited.keys().nth(self.roll(model.invited.len().max(1))).copied(),
            Step::Take | Step::Refuse => model.offered,
            Step::Leave => None,
            _ => Some(model.owner),
        };
        let actor = self.roll(people);
        (if self.roll(4) > 0 { fitting.unwrap_or(actor) } else { actor }, step)
    }
}

/// A seed that is new each time, and printed where a test fails.
pub fn seed() -> u64 {
    let seed = tenantry::clock::new_id::<uuid::Uuid>().as_u64_pair().1;
    println!("seed {seed}");
    seed
}

/// An organization with six seats, and eight people: four of them members.
struct Stage {
    home: Home,
    others: Vec<Person>,
}

impl Stage {
    async fn new() -> Self {
        let home = Home::build().await;
        home.limit_seats(6).await;
        home.world
            .sql(&format!(
                "update users set email_verified_at = now();
                insert into tenant_quotas (tenant_id, metric, quota_limit, usage) values ('{}', 'members', 7, 4)",
                home.tenant
            ))
            .await;
        let mut others = Vec::new();
        for number in 0..4 {
            others.push(home.stranger(&format!("other{number}@example.com")).await);
        }
        Self { home, others }
    }

    fn people(&self) -> Vec<&Person> {
        let home = &self.home;
        [&home.owner, &home.admin, &home.manager, &home.member].into_iter().chain(&self.others).collect()
    }

    /// The one row's id that this finds, or the id of nothing.
    async fn id(&self, prefix: &str, sql: &str) -> String {
        let found = self.home.world.value(&format!("select coalesce(({sql} limit 1), gen_random_uuid())")).await.unwrap();
        entity::join(prefix, found.parse().unwrap())
    }

    /// Sends a step; true where it was done.
    async fn send(&self, actor: usize, step: Step) -> bool {
        let people = self.people();
        let email = |who: usize| &people[who].email;
        let invitation = async |who: usize| {
            let sql = format!("select id from invitations where email = '{}' and status = 'pending'", email(who));
            json!({ "invitationId": self.id("inv", &sql).await })
        };
        let membership = async |who: usize| {
            let sql =
                format!("select id from organization_memberships where user_id = '{}' and deleted_at is null", people[who].id);
            json!({ "membershipId": self.id("mem", &sql).await })
        };
        let offer =
            async || json!({ "offerId": self.id("otr", "select id from ownership_transfers where status = 'offered'").await });
        let with_role = |mut input: Value, rank: usize| {
            input["role"] = json!(ROLES[rank]);
            input
        };
        let (mutation, input) = match step {
            Step::Invite(who, rank) => {
                ("inviteMember", with_role(json!({ "organizationId": self.home.id(), "email": email(who) }), rank))
            }
            Step::Resend(who) => ("resendInvitation", invitation(who).await),
            Step::Edit(who, rank) => ("updateInvitation", with_role(invitation(who).await, rank)),
            Step::Revoke(who) => ("revokeInvitation", invitation(who).await),
            Step::Accept => ("acceptInvitation", invitation(actor).await),
            Step::Decline => ("declineInvitation", invitation(actor).await),
            Step::Promote(who, rank) => ("updateMember", with_role(membership(who).await, rank)),
            Step::Suspend(who) => ("suspendMember", membership(who).await),
            Step::Reactivate(who) => ("reactivateMember", membership(who).await),
            Step::Remove(who) => ("removeMember", membership(who).await),
            Step::Leave => ("leaveOrganization", json!({ "organizationId": self.home.id() })),
            Step::Offer(who) => {
                let to = entity::join("user", people[who].id);
                ("offerOwnership", json!({ "organizationId": self.home.id(), "userId": to }))
            }
            Step::Withdraw => ("withdrawOwnershipOffer", offer().await),
            Step::Take => ("acceptOwnership", offer().await),
            Step::Refuse => ("declineOwnership", offer().await),
        };
        let mut answer = send(&self.home.world, &people[actor].token, mutation, "", input.clone()).await;
        // A machine that stands still for a while is no fault of what is tested.
        while answer.codes() == ["UNAVAILABLE"] {
            answer = send(&self.home.world, &people[actor].token, mutation, "", input.clone()).await;
        }
        let codes = answer.codes();
        assert!(
            codes.iter().all(|code| ["FORBIDDEN", "NOT_FOUND", "BAD_USER_INPUT"].contains(code)),
            "{step:?}: {:#}",
            answer.body
        );
        answer.body["data"]["it"]["userErrors"] == json!([])
    }

    /// What the database says.
    async fn stored(&self) -> Model {
        let people = self.people();
        let who = |id: &str| people.iter().position(|person| person.id.to_string() == id).unwrap();
        let rank = |role: &str| ROLES.iter().position(|name| name.to_lowercase() == role).unwrap();
        let pool = &self.home.world.pool;
        let members: Vec<(String, String, bool)> =
            sqlx::query_as("select user_id::text, role, status = 'active' from organization_memberships where deleted_at is null")
                .fetch_all(pool)
                .await
                .unwrap();
        let invited: Vec<(String, String, String)> = sqlx::query_as(
            "select person.id::text, invited_by_user_id::text, role from invitations join users person using (email)
            where status = 'pending'",
        )
        .fetch_all(pool)
        .await
        .unwrap();
        let offered: Option<String> =
            sqlx::query_scalar("select to_user_id::text from ownership_transfers where status = 'offered'")
                .fetch_optional(pool)
                .await
                .unwrap();
        let owner: String = sqlx::query_scalar("select owner_id::text from organizations").fetch_one(pool).await.unwrap();
        Model {
            owner: who(&owner),
            limit: 6,
            members: members.iter().map(|(id, role, active)| (who(id), Seat { rank: rank(role), active: *active })).collect(),
            invited: invited.iter().map(|(id, by, role)| (who(id), (who(by), rank(role)))).collect(),
            offered: offered.as_deref().map(who),
        }
    }
}

#[tokio::test]
async fn each_step_does_what_the_model_says() {
    let seed = seed();
    let mut dice = Dice(seed);
    let stage = Stage::new().await;
    let mut model = stage.stored().await;
    let mut done = 0;
    for number in 0..250 {
        // The tenant has room for seven: the model knows of organizations only.
        let (actor, step) = dice.turn(&model, 7);
        let before = model.clone();
        let expected = model.step(actor, step);
        let actual = stage.send(actor, step).await;
        assert_eq!(actual, expected, "seed {seed}, step {number}: {actor} tries {step:?} in {before:#?}");
        assert_eq!(stage.stored().await, model, "seed {seed}, step {number}: {actor} tries {step:?} in {before:#?}");
        done += usize::from(actual);
    }
    assert!(done > 20, "seed {seed}: {done} of 250 steps were done");
}

/// What must hold in every snapshot, each as a number of violations.
const BROKEN: &str = "
    select (select count(*) from organizations organization where not exists (
            select from organization_memberships seat where seat.tenant_id = organization.tenant_id
                and seat.organization_id = organization.id and seat.user_id = organization.owner_id
                and seat.status = 'active' and seat.deleted_at is null)) as ownerless,
        greatest(0, (select count(*) from organization_memberships where status = 'active' and deleted_at is null)
            + (select count(*) from invitations where status = 'pending' and expires_at > now()
                and email not in (select email from users person join organization_memberships seat on seat.user_id = person.id
                    where seat.status = 'active' and seat.deleted_at is null)) - 6) as oversold,
        (select count(*) - count(distinct (organization_id, user_id)) from organization_memberships) as doubled,
        (select count(*) - count(distinct id) from (
            select changes -> 'after' ->> 'invitationId' as id from audit_logs where action = 'member.join') joined) as accepted_twice,
        (select count(*) from invitations where status = 'accepted') - (select count(*) from audit_logs where action = 'member.join')
            as accepted_for_nothing,
        (select count(*) from tenant_quotas where usage > quota_limit
            or usage <> (select count(*) from tenant_memberships where deleted_at is null)) as over_quota,
        greatest(0, (select count(*) from ownership_transfers where status = 'offered') - 1) as offered_twice";

#[tokio::test]
async fn whatever_happens_at_once_each_snapshot_is_sound() {
    let seed = seed();
    let stage = Stage::new().await;
    let over = AtomicBool::new(false);
    let watch = async {
        let mut snapshots = 0;
        while !over.load(Ordering::Relaxed) {
            let broken = format!("select to_jsonb(broken) from ({BROKEN}) broken");
            let broken: Value = sqlx::query_scalar(sqlx::AssertSqlSafe(broken)).fetch_one(&stage.home.world.pool).await.unwrap();
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
            for _ in 0..40 {
                let (actor, step) = dice.turn(&stage.stored().await, 8);
                done += usize::from(stage.send(actor, step).await);
            }
            done
        };
        let done: usize = join_all((0..6).map(play)).await.into_iter().sum();
        over.store(true, Ordering::Relaxed);
        done
    };
    let (snapshots, done) = tokio::join!(watch, players);
    assert!(snapshots > 20 && done > 30, "seed {seed}: {snapshots} snapshots, {done} steps");
}
