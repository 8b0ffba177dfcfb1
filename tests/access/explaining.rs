//! `explainAccess` in generated tenants: its decision is that of the check, the row that it names did decide, and what it calls the
//! nearest miss would help.

use std::collections::BTreeMap;

use entity::id::OrganizationId;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom as _, SliceRandom as _};
use serde_json::{Value, json};
use tenantry::clock;
use uuid::Uuid;

use super::reference::{Question, Realm, Step, draft, told, write_asker};
use crate::world::World;

/// Other numbers than those of the other tests: other tenants.
const REALMS: std::ops::Range<u64> = 100..110;
/// So many questions are explained in each.
const EXPLAINED: usize = 40;

const EXPLAIN: &str =
    "query($userId: ID, $organizationId: ID, $permission: String!, $resource: ID, $questions: [AccessQuestion!]!) {
    checkAccess(questions: $questions) { allowed step reason code }
    explainAccess(userId: $userId, organizationId: $organizationId, permission: $permission, resource: $resource) {
        decision { allowed step reason code }
        considered { source rowId effect applies condition decided roleId teamId }
        deciding { source rowId effect applies condition decided roleId teamId }
        nearestMiss { kind message roleId roleKey feature planKey ownerId organizationId rule { source rowId effect } } } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_explanation_is_that_of_the_check_and_names_what_decides() {
    let world = World::empty().await;
    let asker = write_asker(&world).await;
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for number in REALMS {
        let realm = draft(number);
        realm.write(&world).await;
        let token = world.token(asker, Some(realm.tenant)).await;
        let random = &mut StdRng::seed_from_u64(number);
        let questions = realm.questions(random);
        // In the beginning all is as the reference says.
        for question in questions.choose_multiple(random, EXPLAINED) {
            let explained = explain(&world, &token, &realm, question).await;
            let expected = realm.decide(question);
            assert_eq!(told(&explained["decision"]), expected.told(), "{question:?}: {explained:#}");
            assert_consistent(&explained);
        }
        // From then on rows are taken away and given, one after the other.
        let by_a_row = |question: &&Question| matches!(realm.decide(question).step, Step::Ownership | Step::Override | Step::Rules);
        let mut asked: Vec<Question> = questions.iter().filter(by_a_row).copied().collect();
        asked.shuffle(random);
        asked.truncate(3 * EXPLAINED);
        // What is granted on single things is rare among all that there is.
        let granted = |question: &&Question| realm.grants.iter().any(|grant| question.resource == Some(grant.resource));
        asked.extend(
            questions.iter().filter(by_a_row).filter(granted).copied().collect::<Vec<_>>().choose_multiple(random, EXPLAINED),
        );
        asked.extend(questions.choose_multiple(random, EXPLAINED));
        for question in asked {
            let before = explain(&world, &token, &realm, &question).await;
            let deciding = &before["deciding"];
            if let Some(source) = deciding["source"].as_str() {
                *seen.entry(source.to_owned()).or_default() += 1;
                if seen[source] > 25 {
                    continue;
                }
                take_away(&world, deciding).await;
                let after = explain(&world, &token, &realm, &question).await;
                let changed = before["decision"]["allowed"] != after["decision"]["allowed"];
                let row = |explained: &Value| ["source", "rowId"].map(|name| explained["deciding"][name].clone());
                assert!(changed || row(&before) != row(&after), "{question:?} was decided by another row:\n{before:#}\n{after:#}");
            } else if let Some(kind) = before["nearestMiss"]["kind"].as_str() {
                *seen.entry(kind.to_owned()).or_default() += 1;
                if kind == "ASSIGN_ROLE" && seen[kind] <= 25 && assign(&world, &realm, &question, &before["nearestMiss"]).await {
                    let after = explain(&world, &token, &realm, &question).await;
                    assert_eq!(after["decision"]["allowed"], true, "{question:?}: the role did not help:\n{before:#}\n{after:#}");
                }
            }
        }
    }
    let granted = ["MEMBER_GRANT", "TEAM_GRANT", "ROLE_GRANT"].iter().filter_map(|kind| seen.get(*kind)).sum::<usize>();
    assert!(granted >= 3, "grants too seldom: {seen:?}");
    for (name, at_least) in [
        ("TENANT_ROLE", 5),
        ("ORGANIZATION_ROLE", 10),
        ("MEMBER_ROLE", 10),
        ("TEAM_ROLE", 5),
        ("OVERRIDE", 5),
        ("OWNER", 10),
        ("DEVELOPER_ROLE", 1),
        ("ASSIGN_ROLE", 10),
        ("PAY_BILL", 1),
        ("CHANGE_PLAN", 1),
        ("REACTIVATE_MEMBERSHIP", 1),
    ] {
        assert!(seen.get(name).is_some_and(|count| *count >= at_least), "{name} too seldom: {seen:?}");
    }
}

/// The explanation; that its decision is the check's is asked on the way.
async fn explain(world: &World, token: &str, realm: &Realm, question: &Question) -> Value {
    let mut variables = realm.sent(question);
    variables["questions"] = json!([variables.clone()]);
    let answer = world.ask(token, EXPLAIN, variables).await;
    let data = answer.data();
    assert_eq!(data["checkAccess"][0], data["explainAccess"]["decision"], "{question:?}");
    data["explainAccess"].clone()
}

/// What an explanation says must fit together.
fn assert_consistent(explained: &Value) {
    let decision = &explained["decision"];
    let considered = explained["considered"].as_array().unwrap();
    let decided: Vec<&Value> = considered.iter().filter(|rule| rule["decided"] == true).collect();
    assert!(decided.len() <= 1, "{explained:#}");
    if let Some(rule) = decided.first() {
        assert_eq!(**rule, explained["deciding"]);
        assert_eq!(rule["applies"], true, "{explained:#}");
        assert_eq!(rule["effect"] == "ALLOW", decision["allowed"] == true, "{explained:#}");
    }
    for rule in considered {
        let applies = match rule["condition"].as_str().unwrap() {
            "UNCONDITIONAL" | "MET" => true,
            "NOT_MET" => false,
            "FAILED" => rule["effect"] == "DENY",
            other => panic!("{other}"),
        };
        assert_eq!(rule["applies"], applies, "{explained:#}");
    }
    let by_a_row = ["OWNERSHIP", "OVERRIDE", "RULES"].contains(&decision["step"].as_str().unwrap());
    assert_eq!(!explained["deciding"].is_null(), by_a_row, "{explained:#}");
    assert!(decision["allowed"] == false || explained["nearestMiss"].is_null(), "{explained:#}");
}

/// Takes away the row that an explanation names.
async fn take_away(world: &World, rule: &Value) {
    let (_, id) = entity::split(rule["rowId"].as_str().unwrap()).unwrap();
    let sql = match rule["source"].as_str().unwrap() {
        "TENANT_ROLE" => format!("update tenant_memberships set deleted_at = now() where id = '{id}'"),
        "ORGANIZATION_ROLE" => format!("update organization_memberships set deleted_at = now() where id = '{id}'"),
        "MEMBER_ROLE" => format!("update member_roles set revoked_at = now() where id = '{id}'"),
        "TEAM_ROLE" => format!("delete from team_members where id = '{id}'"),
        "OVERRIDE" => format!("delete from member_permission_overrides where id = '{id}'"),
        "MEMBER_GRANT" | "TEAM_GRANT" | "ROLE_GRANT" => format!("update resource_grants set deleted_at = now() where id = '{id}'"),
        "DEVELOPER_ROLE" => format!("update developer_role_assignments set revoked_at = now() where id = '{id}'"),
        // Away from whoever has it, to somebody who may have it.
        "OWNER" => format!(
            "begin; set local app.ownership_transfer = 'on';
            update organizations set owner_id = coalesce((
                select seat.user_id from organization_memberships seat
                where seat.organization_id = '{id}' and seat.user_id <> owner_id and seat.status = 'active' and seat.deleted_at is null
                limit 1), owner_id), deleted_at = case when exists (
                select from organization_memberships seat
                where seat.organization_id = '{id}' and seat.user_id <> owner_id and seat.status = 'active' and seat.deleted_at is null)
                then null else now() end
            where id = '{id}'; commit"
        ),
        other => panic!("{other}"),
    };
    world.sql(&sql).await;
}

/// Assigns the role that would have helped, to members, where it was asked.
async fn assign(world: &World, realm: &Realm, question: &Question, miss: &Value) -> bool {
    // A developer whose membership was taken away is asked about as before, and can be assigned nothing.
    let Some(membership) = realm.membership(question.person).filter(|_| realm.people[question.person].developer.is_none()) else {
        return false;
    };
    let (_, role) = entity::split(miss["roleId"].as_str().unwrap()).unwrap();
    let organization = question
        .place
        .map_or_else(|| "null".to_owned(), |place| format!("'{}'", OrganizationId::from(realm.organizations[place].id).uuid()));
    let (tenant, id) = (realm.tenant, clock::new_id::<Uuid>());
    world
        .sql(&format!(
            "update member_roles set revoked_at = now() where tenant_membership_id = '{0}' and role_id = '{role}'
                and organization_id is not distinct from {organization}::uuid and revoked_at is null;
            insert into member_roles (tenant_id, id, tenant_membership_id, organization_id, role_id)
            values ('{tenant}', '{id}', '{0}', {organization}, '{role}')",
            membership.id
        ))
        .await;
    true
}
