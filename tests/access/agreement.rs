//! What the gateway answers in generated tenants, compared with the model, while rights change under warm caches.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use entity::id::{OrganizationId, UserId};
use migration::catalog::{BaseRole, Permission};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use serde_json::{Value, json};
use tenantry::gateway::Mode;
use uuid::Uuid;

use super::model::{ASKED, Change, Seat, Seen, Situation, change, key, situation};
use crate::people::{Lasts, Script, role_id};
use crate::world::World;

#[test]
fn every_answer_agrees_with_a_slow_reading_of_the_rules() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (world, second) = runtime.block_on(async {
        let world = World::empty().await;
        let (_, second) = world.second_gateway(Mode::Development(Vec::new())).await;
        (world, second)
    });
    let config = Config { cases: 48, failure_persistence: None, ..Config::default() };
    // The same worlds every time: a failure is there again in the next run.
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let outcome = runner
        .run(&(situation(), vec(change(), 4)), |(situation, changes)| runtime.block_on(check(&world, second, situation, &changes)));
    assert!(outcome.is_ok(), "{}", outcome.unwrap_err());
}

// === the same in Postgres ===

struct Written {
    tenant: Uuid,
    user: Uuid,
    colleague: Uuid,
    places: Vec<Uuid>,
    gifts: Vec<Uuid>,
}

async fn write(world: &World, situation: &Situation) -> Written {
    let mut script = Script::default();
    let tenant = script.tenant("Generated");
    let (user, colleague) = (script.user("Una"), script.user("Colin"));
    let membership = script.member(tenant, user, situation.tenant.role);
    script.member(tenant, colleague, BaseRole::Member);
    script.add(&set_tenant(tenant, user, situation.tenant));
    let plan = script.plan(tenant, "pro");
    let mut places = Vec::new();
    for (place, seat) in situation.seats.iter().enumerate() {
        let owner = if situation.owns[place] { user } else { colleague };
        let id = script.organization(tenant, &format!("Place {place}"), owner);
        script.subscription(tenant, id, plan);
        script.add(&reseat(tenant, id, colleague, Some(Seat { role: BaseRole::Member, is_suspended: false })));
        script.add(&reseat(tenant, id, user, *seat));
        places.push(id);
    }
    for (number, custom) in situation.roles.iter().enumerate() {
        let role = number + BaseRole::ALL.len();
        script.role(tenant, &key(role), situation.parent(role).map(key).as_deref());
        script.add(&activate(tenant, role, custom.is_active));
        for (asked, rule) in ASKED.iter().zip(custom.rules) {
            if let Some(rule) = rule {
                script.rule(tenant, &key(role), *asked, rule);
            }
        }
    }
    let mut gifts = Vec::new();
    for gift in &situation.gifts {
        gifts.push(script.assign(tenant, membership, &key(gift.role), gift.place.map(|place| places[place]), gift.lasts));
    }
    script.run(world).await;
    Written { tenant, user, colleague, places, gifts }
}

fn set_tenant(tenant: Uuid, user: Uuid, Seat { role, is_suspended }: Seat) -> String {
    let (role, status) = (role.key(), status(is_suspended));
    format!(
        "update tenant_memberships set role = '{role}', status = '{status}' where tenant_id = '{tenant}' and user_id = '{user}'"
    )
}

fn reseat(tenant: Uuid, place: Uuid, user: Uuid, seat: Option<Seat>) -> String {
    let Some(Seat { role, is_suspended }) = seat else {
        return format!(
            "update organization_memberships set deleted_at = now() where organization_id = '{place}' and user_id = '{user}'"
        );
    };
    format!(
        "insert into organization_memberships (tenant_id, id, organization_id, user_id, role, status)
         values ('{tenant}', gen_random_uuid(), '{place}', '{user}', '{}', '{}')
         on conflict (tenant_id, organization_id, user_id)
         do update set role = excluded.role, status = excluded.status, deleted_at = null",
        role.key(),
        status(is_suspended)
    )
}

fn activate(tenant: Uuid, role: usize, is_active: bool) -> String {
    format!("update roles set is_active = {is_active} where id = {}", role_id(tenant, &key(role)))
}

fn status(is_suspended: bool) -> &'static str {
    if is_suspended { "suspended" } else { "active" }
}

impl Change {
    /// Makes the change in the model and in the database. What cannot happen, such as an owner who is suspended, is passed over.
    async fn happen(&self, world: &World, situation: &mut Situation, written: &Written) {
        let Written { tenant, user, colleague, places, gifts } = written;
        let mut script = Script::default();
        match *self {
            Self::Tenant(seat) => {
                situation.tenant = seat;
                script.add(&set_tenant(*tenant, *user, seat));
            }
            Self::Reseat(place, seat) if !situation.owns[place] => {
                situation.seats[place] = seat;
                script.add(&reseat(*tenant, places[place], *user, seat));
            }
            Self::Transfer(place) if situation.owns[place] || situation.seats[place].is_some_and(|seat| !seat.is_suspended) => {
                situation.owns[place] = !situation.owns[place];
                let owner = if situation.owns[place] { user } else { colleague };
                script.add("set local app.ownership_transfer = 'on'");
                script.add(&format!("update organizations set owner_id = '{owner}' where id = '{}'", places[place]));
            }
            Self::Activate(role, is_active) => {
                situation.roles[role].is_active = is_active;
                script.add(&activate(*tenant, role + BaseRole::ALL.len(), is_active));
            }
            Self::Rule(custom, asked, rule) => {
                situation.roles[custom].rules[asked] = rule;
                let of = key(custom + BaseRole::ALL.len());
                match rule {
                    Some(rule) => script.rule(*tenant, &of, ASKED[asked], rule),
                    None => script.add(&format!(
                        "delete from role_permissions where role_id = {} and permission_id = '{}'",
                        role_id(*tenant, &of),
                        Uuid::from_u128(ASKED[asked].id())
                    )),
                }
            }
            Self::Revoke(gift) if gift < gifts.len() => {
                situation.gifts[gift].lasts = Lasts::Revoked;
                script.add(&format!("update member_roles set revoked_at = now() where id = '{}'", gifts[gift]));
            }
            Self::Reseat(..) | Self::Transfer(_) | Self::Revoke(_) => {}
        }
        script.run(world).await;
    }
}

// === the comparison ===

const QUESTION: &str = "query($ids: [ID!]!, $colleague: ID!) {
    organizations(first: 50) { totalCount nodes { id billingEmail members(first: 1) { totalCount } subscription { id } } }
    nodes(ids: $ids) { id }
    user(id: $colleague) { memberships(first: 1) { totalCount } }
    roles(first: 1) { totalCount } products(first: 1) { totalCount } }";

async fn check(world: &World, second: SocketAddr, mut situation: Situation, changes: &[Change]) -> Result<(), TestCaseError> {
    let written = write(world, &situation).await;
    let token = world.token(written.user, Some(written.tenant)).await;
    for step in 0..=changes.len() {
        if let Some(change) = step.checked_sub(1).map(|step| &changes[step]) {
            change.happen(world, &mut situation, &written).await;
        }
        for address in [world.address, second] {
            let seen = ask(world, address, &token, &written).await?;
            prop_assert_eq!(seen, situation.seen(), "after {:?}, in {:?}", &changes[..step], situation);
        }
    }
    Ok(())
}

async fn ask(world: &World, address: SocketAddr, token: &str, written: &Written) -> Result<Seen, TestCaseError> {
    let ids: Vec<String> = written.places.iter().map(|id| OrganizationId::from(*id).to_string()).collect();
    let variables = json!({ "ids": ids, "colleague": UserId::from(written.colleague).to_string() });
    let answer = world.ask_at(address, token, QUESTION, variables).await;
    let data = &answer.body["data"];
    let mut granted = BTreeSet::new();
    let mut denied = 0;
    let organizations = data["organizations"]["nodes"].as_array().unwrap();
    prop_assert_eq!(&data["organizations"]["totalCount"], organizations.len());
    for organization in organizations {
        let place = ids.iter().position(|id| organization["id"] == *id).unwrap();
        granted.insert((place, Permission::OrganizationRead));
        for (field, permission) in [
            ("members", Permission::MembersRead),
            ("billingEmail", Permission::BillingRead),
            ("subscription", Permission::SubscriptionsRead),
        ] {
            match &organization[field] {
                Value::Null => denied += 1,
                _ => {
                    granted.insert((place, permission));
                }
            }
        }
    }
    for (place, node) in data["nodes"].as_array().unwrap().iter().enumerate() {
        prop_assert_eq!(!node.is_null(), granted.contains(&(place, Permission::OrganizationRead)), "`nodes` and the list agree");
    }
    let mut in_tenant = BTreeSet::new();
    for (field, permission) in [("roles", Permission::RolesRead), ("products", Permission::ProductsRead)] {
        match &data[field] {
            Value::Null => denied += 1,
            _ => {
                in_tenant.insert(permission);
            }
        }
    }
    prop_assert_eq!(answer.codes(), vec!["FORBIDDEN"; denied], "one error for each field that is denied");
    let colleague = data["user"]["memberships"]["totalCount"].as_u64().map(|count| usize::try_from(count).unwrap());
    Ok(Seen { granted, in_tenant, colleague })
}
