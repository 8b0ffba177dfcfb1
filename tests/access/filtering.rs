//! Lists in generated tenants: exactly the rows for which the reference says yes, totals included; and `whoCan`, page by page.

use std::collections::BTreeSet;

use entity::id::{OrganizationId, OrganizationMembershipId, TeamId, UserId};
use migration::catalog::Permission;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use serde_json::{Value, json};

use super::reference::{Account, Question, Realm, Resource, draft, write_asker};
use crate::world::World;

/// Other numbers than those of the other tests: other tenants.
const REALMS: std::ops::Range<u64> = 200..212;

const LISTS: &str = "{
    organizations(first: 100) { totalCount nodes { id members(first: 100) { totalCount nodes { id } }
        teams(first: 100) { totalCount nodes { id } } viewerCan(permissions: [
        \"organization.read\", \"organization.update\", \"members.read\", \"webhooks.manage\", \"billing.manage\"]) } }
    roles(first: 100) { totalCount nodes { id } }
    tenant { viewerCan(permissions: [\"roles.read\", \"organization.update\", \"webhooks.manage\"]) } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_hold_exactly_what_the_check_allows() {
    let world = World::empty().await;
    let (mut shown, mut hidden) = (0, 0);
    for number in REALMS {
        let realm = draft(number);
        realm.write(&world).await;
        for person in 0..realm.people.len() {
            if realm.people[person].account == Account::Deleted {
                continue;
            }
            let token = world.token(realm.people[person].id, Some(realm.tenant)).await;
            let answer = world.ask(&token, LISTS, Value::Null).await;
            let data = &answer.body["data"];
            let may = |permission, place| realm.decide(&Question { person, permission, place, resource: None }).allowed;
            let expected: BTreeSet<usize> =
                (0..realm.organizations.len()).filter(|place| may(Permission::OrganizationRead, Some(*place))).collect();
            let organizations = data["organizations"]["nodes"].as_array().unwrap();
            let named: BTreeSet<usize> = organizations.iter().map(|node| place_of(&realm, &node["id"])).collect();
            assert_eq!(named, expected, "person {person} of {number}: {:#}", answer.body);
            assert_eq!(data["organizations"]["totalCount"], expected.len(), "person {person} of {number}");
            shown += expected.len();
            hidden += realm.organizations.len() - expected.len();
            for node in organizations {
                let place = place_of(&realm, &node["id"]);
                assert_members(&realm, place, may(Permission::MembersRead, Some(place)), &node["members"]);
                assert_teams(&realm, place, person, &node["teams"]);
                let asked = [
                    Permission::OrganizationRead,
                    Permission::OrganizationUpdate,
                    Permission::MembersRead,
                    Permission::WebhooksManage,
                    Permission::BillingManage,
                ];
                let held = asked.into_iter().filter(|permission| may(*permission, Some(place))).map(Permission::key);
                assert_eq!(node["viewerCan"], json!(held.collect::<Vec<_>>()), "person {person} of {number} in {place}");
            }
            // System roles, and the tenant's own that live.
            let roles = realm.roles.iter().filter(|role| !role.is_deleted).count();
            let seen = data["roles"]["nodes"].as_array().map(Vec::len);
            assert_eq!(seen, may(Permission::RolesRead, None).then_some(roles), "person {person} of {number}");
            if !data["tenant"].is_null() {
                let asked = [Permission::RolesRead, Permission::OrganizationUpdate, Permission::WebhooksManage];
                let held = asked.into_iter().filter(|permission| may(*permission, None)).map(Permission::key);
                assert_eq!(data["tenant"]["viewerCan"], json!(held.collect::<Vec<_>>()), "person {person} of {number}");
            }
        }
    }
    assert!(shown > 100 && hidden > 100, "{shown} {hidden}");
}

fn place_of(realm: &Realm, id: &Value) -> usize {
    let id: OrganizationId = id.as_str().unwrap().parse().unwrap();
    realm.organizations.iter().position(|organization| organization.id == id.uuid()).unwrap()
}

fn assert_members(realm: &Realm, place: usize, may: bool, members: &Value) {
    if !may {
        assert_eq!(*members, Value::Null);
        return;
    }
    let living = realm.seats.iter().filter(|seat| seat.organization == place && !seat.is_deleted);
    let expected: BTreeSet<String> = living.map(|seat| OrganizationMembershipId::from(seat.id).to_string()).collect();
    let nodes = members["nodes"].as_array().unwrap();
    assert_eq!(nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>(), expected);
    assert_eq!(members["totalCount"], expected.len());
}

/// Each team is asked about by itself: somebody may read one that was granted, and not the others.
fn assert_teams(realm: &Realm, place: usize, person: usize, teams: &Value) {
    let may = |id| {
        let resource = Some(Resource { kind: "team", id });
        realm.decide(&Question { person, permission: Permission::TeamsRead, place: Some(place), resource }).allowed
    };
    let living = realm.teams.iter().filter(|team| team.organization == place && !team.is_deleted);
    let expected: BTreeSet<String> = living.filter(|team| may(team.id)).map(|team| TeamId::from(team.id).to_string()).collect();
    let nodes = teams["nodes"].as_array().unwrap();
    assert_eq!(nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>(), expected);
    assert_eq!(teams["totalCount"], expected.len());
}

const WHO: &str = "query($permission: String!, $organizationId: ID, $resource: ID, $first: Int, $after: String, $last: Int, $before: String) {
    whoCan(permission: $permission, organizationId: $organizationId, resource: $resource, first: $first, after: $after, last: $last, before: $before) {
        nodes { id } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_can_finds_every_member_whom_the_check_allows_and_nobody_else() {
    let world = World::empty().await;
    let asker = write_asker(&world).await;
    let mut found = 0;
    for number in REALMS {
        let realm = draft(number);
        realm.write(&world).await;
        let token = world.token(asker, Some(realm.tenant)).await;
        let random = &mut StdRng::seed_from_u64(number);
        let all = realm.questions(random);
        for question in all.choose_multiple(random, 25) {
            let is_deleted = question.place.is_some_and(|place| realm.organizations[place].is_deleted);
            let mut asked = realm.sent(question);
            if is_deleted {
                let answer = world.ask(&token, WHO, asked).await;
                assert_eq!(answer.codes(), ["NOT_FOUND"], "{question:?}: {:#}", answer.body);
                continue;
            }
            let expected: Vec<String> = (0..realm.people.len())
                .filter(|person| {
                    realm.membership(*person).is_some() && realm.decide(&Question { person: *person, ..*question }).allowed
                })
                .map(|person| UserId::from(realm.people[person].id).to_string())
                .collect();
            for (size, cursor) in [("first", "after"), ("last", "before")] {
                let mut named = Vec::new();
                asked[cursor] = Value::Null;
                asked[size] = json!(2);
                loop {
                    let answer = world.ask(&token, WHO, asked.clone()).await;
                    let page = &answer.data()["whoCan"];
                    let ids: Vec<String> =
                        page["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect();
                    let (more, next) =
                        if size == "first" { ("hasNextPage", "endCursor") } else { ("hasPreviousPage", "startCursor") };
                    if size == "first" {
                        named.extend(ids);
                    } else {
                        named.splice(0..0, ids).for_each(drop);
                    }
                    if page["pageInfo"][more] != true {
                        break;
                    }
                    asked[cursor] = page["pageInfo"][next].clone();
                }
                if named != expected {
                    explain_difference(&world, &token, &realm, question, &named, &expected).await;
                }
                asked[size] = Value::Null;
                asked[cursor] = Value::Null;
                found += named.len();
            }
        }
    }
    assert!(found > 300, "{found}");
}

/// Panics with the reasons of everybody who is in one of the two only.
async fn explain_difference(world: &World, token: &str, realm: &Realm, question: &Question, named: &[String], expected: &[String]) {
    const EXPLAIN: &str = "query($userId: ID, $permission: String!, $organizationId: ID, $resource: ID) {
        explainAccess(userId: $userId, permission: $permission, organizationId: $organizationId, resource: $resource) {
            decision { allowed step } considered { source rowId effect applies condition roleKey inheritedFromRoleKey } } }";
    let mut reasons = String::new();
    for person in 0..realm.people.len() {
        let id = UserId::from(realm.people[person].id).to_string();
        if named.contains(&id) != expected.contains(&id) {
            let asked = Question { person, ..*question };
            let explained = world.ask(token, EXPLAIN, realm.sent(&asked)).await;
            reasons += &format!("\n{:?} {:?}: {}", realm.people[person], realm.decide(&asked), explained.body["data"]);
        }
    }
    let rules: Vec<_> = realm.roles.iter().filter_map(|role| Some((&role.key, role.rules.get(&question.permission)?))).collect();
    panic!("{rules:?} {question:?} in {}: {named:?} instead of {expected:?}{reasons}", realm.tenant);
}
