//! `restore(delete(world)) = world`, on generated worlds, with unrelated changes in between; and both at once.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use migration::catalog::{BaseRole, Permission};
use serde_json::{Value, json};
use uuid::Uuid;

use super::accounts::developer;
use super::deleting::rows;
use super::machine::{Dice, seed};
use super::{Home, Person, send};
use crate::people::{Grantee, Lasts, Rule, Script};

const PERMISSIONS: [Permission; 5] =
    [Permission::BillingRead, Permission::TeamsRead, Permission::MembersRead, Permission::ProductsRead, Permission::AuditRead];
const RULES: [Rule; 4] = [Rule::Allow, Rule::AllowIf, Rule::Deny, Rule::DenyIf];
const BASES: [BaseRole; 4] = [BaseRole::Admin, BaseRole::Manager, BaseRole::Member, BaseRole::Readonly];
const LASTS: [Lasts; 4] = [Lasts::ForGood, Lasts::UntilTomorrow, Lasts::Expired, Lasts::Revoked];

/// What was made, and can be deleted.
struct Made {
    /// The organizations beside the home's own.
    organizations: Vec<Uuid>,
    teams: Vec<Uuid>,
    /// People who own nothing.
    people: Vec<Uuid>,
    /// Roles that nobody has.
    spare: Vec<String>,
    /// Roles that people have.
    used: Vec<String>,
}

/// A home, and around it a world that the dice make.
async fn generated(dice: &mut Dice) -> (Home, Made) {
    let mut made = Made { organizations: Vec::new(), teams: Vec::new(), people: Vec::new(), spare: Vec::new(), used: Vec::new() };
    let home = Home::with(|script, (tenant, first)| {
        let there = script.tenant("There");
        let root = script.user("Rita Root");
        script.member(tenant, root, BaseRole::Owner);
        let members: Vec<(Uuid, Uuid)> = (0..4 + dice.roll(3))
            .map(|number| {
                let user = script.user(&format!("Person {number}"));
                if dice.roll(2) == 0 {
                    script.member(there, user, BASES[dice.roll(4)]);
                }
                (user, script.member(tenant, user, BASES[dice.roll(4)]))
            })
            .collect();
        made.people = members.iter().map(|(user, _)| *user).collect();
        made.organizations =
            (0..=dice.roll(2)).map(|number| script.organization(tenant, &format!("Place {number}"), root)).collect();
        let all: Vec<Uuid> = made.organizations.iter().copied().chain([first]).collect();
        for number in 0..3 {
            let parent = (number > 0 && dice.roll(2) == 0).then(|| format!("used_{}", dice.roll(number)));
            script.role(tenant, &format!("used_{number}"), parent.as_deref());
            script.rule(tenant, &format!("used_{number}"), PERMISSIONS[dice.roll(5)], RULES[dice.roll(4)]);
            made.used.push(format!("used_{number}"));
        }
        for number in 0..2 {
            script.role(tenant, &format!("spare_{number}"), Some(&made.used[dice.roll(3)]));
            script.rule(tenant, &format!("spare_{number}"), PERMISSIONS[dice.roll(5)], Rule::Allow);
            made.spare.push(format!("spare_{number}"));
        }
        for organization in &all {
            furnish(script, dice, (tenant, *organization), &members, &made.used, &mut made.teams);
        }
        for (user, member) in &members {
            scatter(script, dice, (tenant, &all), (*user, *member), &made);
        }
    })
    .await;
    // Whoever runs the tenant deletes and restores, and no other right gets in the way.
    let root = home.world.value("select id from users where display_name = 'Rita Root'").await.unwrap().parse().unwrap();
    let token = home.world.token(root, Some(home.tenant)).await;
    let owner = Person { id: root, email: String::new(), token, membership: String::new() };
    (Home { owner, ..home }, made)
}

/// Seats, teams and roles of teams in an organization.
fn furnish(
    script: &mut Script,
    dice: &mut Dice,
    (tenant, organization): (Uuid, Uuid),
    members: &[(Uuid, Uuid)],
    roles: &[String],
    teams: &mut Vec<Uuid>,
) {
    for (user, _) in members {
        if dice.roll(3) > 0 {
            script.seat(tenant, organization, *user, BASES[dice.roll(4)]);
        }
    }
    let mut own: Vec<Uuid> = Vec::new();
    for number in 0..=dice.roll(4) {
        let parent = (!own.is_empty() && dice.roll(3) > 0).then(|| own[dice.roll(own.len())]);
        let team = script.team(tenant, organization, &format!("Team {number}"), parent);
        for (_, member) in members {
            if dice.roll(3) == 0 {
                script.place(tenant, team, *member, dice.roll(2) == 0);
            }
        }
        if dice.roll(2) == 0 {
            script.team_role(tenant, team, &roles[dice.roll(roles.len())]);
        }
        if dice.roll(2) == 0 {
            script.grant(
                tenant,
                ("organization", organization),
                Grantee::Team(team),
                PERMISSIONS[dice.roll(5)],
                RULES[dice.roll(4)],
            );
        }
        own.push(team);
    }
    teams.extend(own);
    if dice.roll(2) == 0 {
        script.add(&format!(
            "insert into products (tenant_id, id, key, name, type, currency, organization_id)
            values ('{tenant}', gen_random_uuid(), 'own', 'Own', 'product', 'EUR', '{organization}')"
        ));
    }
}

/// What one member has here and there.
fn scatter(script: &mut Script, dice: &mut Dice, (tenant, places): (Uuid, &[Uuid]), (user, member): (Uuid, Uuid), made: &Made) {
    let mut assigned = BTreeSet::new();
    for _ in 0..dice.roll(4) {
        let place = (dice.roll(2) == 0).then(|| places[dice.roll(places.len())]);
        let role = &made.used[dice.roll(3)];
        if assigned.insert((place, role)) {
            script.assign(tenant, member, role, place, LASTS[dice.roll(4)]);
        }
    }
    for _ in 0..dice.roll(3) {
        let place = (dice.roll(2) == 0).then(|| places[dice.roll(places.len())]);
        script.special(tenant, member, place, PERMISSIONS[dice.roll(5)], RULES[dice.roll(4)]);
        let team = made.teams[dice.roll(made.teams.len())];
        script.grant(tenant, ("team", team), Grantee::Member(member), PERMISSIONS[dice.roll(5)], RULES[dice.roll(4)]);
    }
    if dice.roll(2) == 0 {
        let (place, hash) = (places[dice.roll(places.len())], Uuid::from_u128(u128::from(dice.0)));
        script.add(&format!(
            "insert into api_keys (tenant_id, id, name, client, prefix, key_hash, scopes, created_by, organization_id, revoked_at)
            values ('{tenant}', gen_random_uuid(), 'Key', 'partner', 'tk_', sha256('{hash}'::text::bytea), '{{members.read}}', '{user}', {},
            {})",
            if dice.roll(2) == 0 { format!("'{place}'") } else { "null".to_owned() },
            if dice.roll(2) == 0 { "now()" } else { "null" },
        ));
    }
    script.add(&format!(
        "insert into invitations (tenant_id, id, batch_id, organization_id, email, role, token_hash, expires_at, invited_by_user_id)
        values ('{tenant}', gen_random_uuid(), gen_random_uuid(), '{}', 'of-{user}@example.com', 'member', sha256('{user}'::text::bytea),
        now() + interval '7 days', '{user}')",
        places[dice.roll(places.len())]
    ));
}

/// What somebody does to delete something, and to bring it back.
struct Move {
    delete: (&'static str, Value),
    restore: (&'static str, Value),
    is_staffs: bool,
}

impl Move {
    fn new(delete: &'static str, restore: &'static str, input: Value) -> Self {
        Self { delete: (delete, input.clone()), restore: (restore, input), is_staffs: false }
    }
}

async fn drawn(home: &Home, made: &Made, dice: &mut Dice, kind: usize) -> Option<Move> {
    let pick = async |prefix: &str, sql: String| {
        let ids: Vec<Uuid> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(&home.world.pool).await.unwrap();
        (!ids.is_empty()).then(|| entity::join(prefix, ids[usize::try_from(dice.0 >> 8).unwrap() % ids.len()]))
    };
    let person = made.people[usize::try_from(dice.0 >> 8).unwrap() % made.people.len()];
    Some(match kind {
        0 => {
            let id = pick("org", format!("select id from organizations where id <> '{}' order by id", home.organization)).await?;
            Move::new("deleteOrganization", "restoreOrganization", json!({ "organizationId": id }))
        }
        1 => {
            let sql = format!("select id from organization_memberships where user_id = '{person}' order by id");
            Move::new("removeMember", "restoreMember", json!({ "membershipId": pick("mem", sql).await? }))
        }
        2 => {
            let id = entity::join("team", made.teams[usize::try_from(dice.0 >> 8).unwrap() % made.teams.len()]);
            Move::new("deleteTeam", "restoreTeam", json!({ "teamId": id }))
        }
        3 => {
            let key = &made.spare[usize::try_from(dice.0 >> 8).unwrap() % made.spare.len()];
            let id = pick("role", format!("select id from roles where key = '{key}'")).await?;
            Move::new("deleteRole", "restoreRole", json!({ "roleId": id }))
        }
        4 => {
            let sql = format!("select id from tenant_memberships where user_id = '{person}' and tenant_id = '{}'", home.tenant);
            Move::new("removeTenantMember", "restoreTenantMember", json!({ "tenantMembershipId": pick("tmem", sql).await? }))
        }
        _ => {
            let input = json!({ "userId": entity::join("user", person), "reason": "the dice fell" });
            Move { is_staffs: true, ..Move::new("deleteUser", "restoreUser", input) }
        }
    })
}

/// Something happens that has nothing to do with it.
async fn change(home: &Home, dice: &mut Dice, number: usize) {
    let here = home.id();
    let done = match dice.roll(4) {
        0 => {
            let input = json!({ "organizationId": here, "email": format!("guest{number}@example.com"), "role": "MEMBER" });
            home.send(&home.owner, "inviteMember", "", input).await
        }
        1 => home.send(&home.owner, "createTeam", "", json!({ "organizationId": here, "name": format!("New {number}") })).await,
        2 => home.send(&home.owner, "createRole", "", json!({ "key": format!("new_{number}"), "name": "New" })).await,
        _ => home.send(&home.owner, "createOrganization", "", json!({ "name": format!("New {number}") })).await,
    };
    assert_eq!(done.data()["it"]["userErrors"], json!([]));
}

#[tokio::test]
async fn restoring_undoes_deleting_in_generated_worlds() {
    for _ in 0..3 {
        let seed = seed();
        let mut dice = Dice(seed);
        let (home, made) = generated(&mut dice).await;
        let staff = developer(&home).await;
        for kind in 0..6 {
            let Some(Move { delete, restore, is_staffs }) = drawn(&home, &made, &mut dice, kind).await else { continue };
            let actor = if is_staffs { &staff } else { &home.owner };
            let before = rows(&home).await;
            home.done(actor, delete.0, "", delete.1).await;
            assert_ne!(rows(&home).await, before, "seed {seed}, {}: something went", delete.0);
            let changes = dice.roll(3);
            for number in 0..changes {
                change(&home, &mut dice, kind * 10 + number).await;
            }
            home.done(actor, restore.0, "", restore.1).await;
            let after = rows(&home).await;
            for (table, after) in &after {
                let lost: Vec<_> = before[table].difference(after).collect();
                assert!(lost.is_empty(), "seed {seed}, {}: {table} {lost:#?}", restore.0);
            }
            assert!(changes > 0 || after == before, "seed {seed}, {}: nothing else came", restore.0);
            assert_eq!(after["deleted_team_members"].len(), 0);
        }
    }
}

#[tokio::test]
async fn of_deletions_and_restorations_at_once_one_order_holds() {
    let seed = seed();
    let mut dice = Dice(seed);
    let (home, made) = generated(&mut dice).await;
    let staff = developer(&home).await;
    for kind in [0, 2, 4, 5] {
        let Some(Move { delete, restore, is_staffs }) = drawn(&home, &made, &mut dice, kind).await else { continue };
        let token = if is_staffs { &staff.token } else { &home.owner.token };
        let before = rows(&home).await;
        for _ in 0..2 {
            let calls = [&delete, &restore, &delete, &restore, &delete];
            let answers = join_all(calls.map(|(name, input)| send(&home.world, token, name, "", input.clone()))).await;
            let succeeded = |nth: usize| answers[nth].body["data"]["it"]["userErrors"] == json!([]);
            let deleted = [0, 2, 4].into_iter().filter(|nth| succeeded(*nth)).count();
            let restored = [1, 3].into_iter().filter(|nth| succeeded(*nth)).count();
            assert!(deleted == restored || deleted == restored + 1, "seed {seed}, {}: {deleted} {restored}", delete.0);
            for answer in &answers {
                assert!(answer.codes().iter().all(|code| ["NOT_FOUND", "CONFLICT"].contains(code)), "{:#}", answer.body);
            }
            if deleted > restored {
                assert_ne!(rows(&home).await, before);
                let answer = send(&home.world, token, restore.0, "", restore.1.clone()).await;
                assert_eq!(answer.data()["it"]["userErrors"], json!([]), "seed {seed}, {}", restore.0);
            }
            assert_eq!(rows(&home).await, before, "seed {seed}, {}", delete.0);
        }
    }
}
