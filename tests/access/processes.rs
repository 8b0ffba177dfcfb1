//! Two gateways in processes of their own before one database: what was taken back is taken back on both, at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use entity::id::{OrganizationId, UserId};
use migration::catalog::{BaseRole, Permission};
use serde_json::{Value, json};
use uuid::Uuid;

use super::reference::write_asker;
use crate::people::{Lasts, Rule, Script, role_id};
use crate::program::Program;
use crate::world::World;

/// So many writers take rights and give them back, at once.
const WRITERS: usize = 4;
/// Each so often; and after each time both processes are asked about all that was taken.
const ROUNDS: usize = 210;
/// The kinds of rights that are taken at once.
const KINDS: usize = 6;

/// So often a role is assigned and revoked by mutations, on either process in turn.
const REVOCATIONS: usize = 60;

/// Who gets and loses a role, and where.
struct Revocable {
    person: Uuid,
    organization: Uuid,
}

/// Rights of one writer's people, each through another kind of row.
struct Rights {
    questions: Value,
    take: String,
    give: String,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_revocation_no_request_on_either_process_is_allowed_by_it() {
    // The world's own gateway stays idle: it lends its database.
    let world = World::empty().await;
    let asker = write_asker(&world).await;
    let mut script = Script::default();
    let tenant = script.tenant("Processes");
    let owner = script.user("Owner");
    script.member(tenant, owner, BaseRole::Owner);
    let organization = script.organization(tenant, "Processes", owner);
    script.role(tenant, "biller", None);
    script.rule(tenant, "biller", Permission::BillingRead, Rule::Allow);
    let rights: Vec<Rights> = (0..WRITERS).map(|writer| rights(&mut script, tenant, organization, writer)).collect();
    let person = script.user("Person");
    script.member(tenant, person, BaseRole::Member);
    let revocable = Revocable { person, organization };
    script.run(&world).await;
    let token = Arc::new(world.token(asker, Some(tenant)).await);

    let programs = Arc::new([Program::serve(&world.database_url()).await, Program::serve(&world.database_url()).await]);
    let world = Arc::new(world);
    let (done, read, tries) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));

    // Readers keep everybody's rights in the caches of both.
    let everything: Value = rights.iter().flat_map(|rights| rights.questions.as_array().unwrap().clone()).collect();
    let readers: Vec<_> = (0..2)
        .map(|place| {
            let (programs, token, done, read) = (Arc::clone(&programs), Arc::clone(&token), Arc::clone(&done), Arc::clone(&read));
            let everything = everything.clone();
            tokio::spawn(async move {
                while !done.load(Ordering::Relaxed) {
                    allowed(&programs[place], &token, &everything).await;
                    read.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let writers: Vec<_> = rights
        .into_iter()
        .map(|rights| {
            let (programs, token, world, tries) =
                (Arc::clone(&programs), Arc::clone(&token), Arc::clone(&world), Arc::clone(&tries));
            tokio::spawn(async move {
                for round in 0..ROUNDS {
                    world.sql(&rights.give).await;
                    if round % 10 == 0 {
                        for program in &*programs {
                            assert_eq!(allowed(program, &token, &rights.questions).await, KINDS, "given in round {round}");
                        }
                    } else {
                        allowed(&programs[round % 2], &token, &rights.questions).await;
                    }
                    world.sql(&rights.take).await;
                    for program in &*programs {
                        assert_eq!(allowed(program, &token, &rights.questions).await, 0, "stale in round {round}");
                        tries.fetch_add(KINDS, Ordering::Relaxed);
                    }
                }
            })
        })
        .collect();
    let owner = world.token(owner, Some(tenant)).await;
    for round in 0..REVOCATIONS {
        revoke(&programs, &owner, &token, &revocable, round).await;
    }
    for writer in writers {
        writer.await.unwrap();
    }
    done.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.await.unwrap();
    }
    assert!(tries.load(Ordering::Relaxed) >= 10_000, "{tries:?}");
    assert!(read.load(Ordering::Relaxed) > 100, "the readers have read: {read:?}");
}

/// Assigns a role by one process and revokes it by the other; from its answer on, neither allows by it.
async fn revoke(programs: &[Program; 2], owner: &str, asker: &str, revocable: &Revocable, round: usize) {
    const ROLES: &str = "{ roles(first: 100) { nodes { id key } } }";
    const ASSIGN: &str =
        "mutation($input: AssignRoleInput!) { assignRole(input: $input) { assignment { id } userErrors { message } } }";
    const REVOKE: &str = "mutation($input: RevokeRoleInput!) { revokeRole(input: $input) { userErrors { message } } }";
    let (person, organization) =
        (UserId::from(revocable.person).to_string(), OrganizationId::from(revocable.organization).to_string());
    let questions = json!([{ "userId": person, "organizationId": organization, "permission": "billing.read" }]);
    let (first, second) = (&programs[round % 2], &programs[(round + 1) % 2]);
    let roles = first.ask_with(Some(owner), ROLES, Value::Null).await;
    let role =
        roles.data()["roles"]["nodes"].as_array().unwrap().iter().find(|role| role["key"] == "biller").unwrap()["id"].clone();
    let input = json!({ "input": { "userId": person, "organizationId": organization, "roleId": role } });
    let assigned = first.ask_with(Some(owner), ASSIGN, input).await;
    let assignment = assigned.data()["assignRole"]["assignment"]["id"].clone();
    assert_eq!(allowed(second, asker, &questions).await, 1, "assigned in round {round}: {:#}", assigned.body);
    let revoked = second.ask_with(Some(owner), REVOKE, json!({ "input": { "assignmentId": assignment, "reason": "done" } })).await;
    assert_eq!(revoked.data()["revokeRole"]["userErrors"], json!([]));
    for program in programs {
        assert_eq!(allowed(program, asker, &questions).await, 0, "stale after the mutation of round {round}");
    }
}

/// How many of the questions are answered with yes.
async fn allowed(program: &Program, token: &str, questions: &Value) -> usize {
    let query = "query($questions: [AccessQuestion!]!) { checkAccess(questions: $questions) { allowed } }";
    let answer = program.ask_with(Some(token), query, json!({ "questions": questions })).await;
    let decisions = answer.data()["checkAccess"].as_array().unwrap().clone();
    decisions.iter().filter(|decision| decision["allowed"] == true).count()
}

/// People who may see bills, each for another reason.
fn rights(script: &mut Script, tenant: Uuid, organization: Uuid, writer: usize) -> Rights {
    let people: Vec<(Uuid, Uuid)> = (0..KINDS)
        .map(|kind| {
            let user = script.user(&format!("Person {writer} {kind}"));
            (user, script.member(tenant, user, BaseRole::Member))
        })
        .collect();
    let billing = Uuid::from_u128(Permission::BillingRead.id());
    let new_id = tenantry::clock::new_id::<Uuid>;
    let (assigned, overridden, team, granted) =
        (script.assign(tenant, people[0].1, "biller", Some(organization), Lasts::ForGood), new_id(), new_id(), new_id());
    script.add(&format!(
        "insert into member_permission_overrides (tenant_id, id, tenant_membership_id, permission_id, effect)
         values ('{tenant}', '{overridden}', '{}', '{billing}', 'allow')",
        people[1].1
    ));
    let place = new_id();
    script.add(&format!(
        "insert into teams (tenant_id, id, organization_id, name) values ('{tenant}', '{team}', '{organization}', 'Team {writer}')"
    ));
    script.add(&format!(
        "insert into team_roles (tenant_id, team_id, role_id) values ('{tenant}', '{team}', {})",
        role_id(tenant, "biller")
    ));
    script.add(&format!(
        "insert into team_members (tenant_id, id, team_id, tenant_membership_id) values ('{tenant}', '{place}', '{team}', '{}')",
        people[2].1
    ));
    script.add(&format!(
        "insert into resource_grants (tenant_id, id, resource_type, resource_id, tenant_membership_id, permission_id)
         values ('{tenant}', '{granted}', 'organization', '{organization}', '{}', '{billing}')",
        people[3].1
    ));
    let seat = script.seat(tenant, organization, people[4].0, BaseRole::Manager);
    let (_, member) = people[5];
    script.assign(tenant, member, "biller", None, Lasts::ForGood);
    let both = |statements: [String; KINDS]| format!("begin; {}; commit", statements.join("; "));
    let questions = people.iter().map(|(user, _)| {
        json!({
            "userId": UserId::from(*user).to_string(),
            "organizationId": OrganizationId::from(organization).to_string(),
            "permission": "billing.read",
        })
    });
    Rights {
        questions: questions.collect(),
        take: both([
            format!("update member_roles set revoked_at = now() where id = '{assigned}'"),
            format!("update member_permission_overrides set expires_at = now() where id = '{overridden}'"),
            format!("update teams set deleted_at = now() where id = '{team}'"),
            format!("update resource_grants set deleted_at = now() where id = '{granted}'"),
            format!("update organization_memberships set status = 'suspended' where id = '{seat}'"),
            format!("update tenant_memberships set status = 'suspended' where id = '{member}'"),
        ]),
        give: both([
            format!("update member_roles set revoked_at = null where id = '{assigned}'"),
            format!("update member_permission_overrides set expires_at = null where id = '{overridden}'"),
            format!("update teams set deleted_at = null where id = '{team}'"),
            format!("update resource_grants set deleted_at = null where id = '{granted}'"),
            format!("update organization_memberships set status = 'active' where id = '{seat}'"),
            format!("update tenant_memberships set status = 'active' where id = '{member}'"),
        ]),
    }
}
