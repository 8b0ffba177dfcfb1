//! Deleting and restoring: what comes back is what went, or nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::machine::{Dice, seed};
use super::{Home, Person};
use crate::people::Rule;
use migration::catalog::Permission;

/// The rows of every table that deletions touch, without what every writing changes.
pub(super) async fn rows(home: &Home) -> BTreeMap<&'static str, BTreeSet<String>> {
    let tables = [
        "organizations",
        "businesses",
        "organization_memberships",
        "tenant_memberships",
        "member_roles",
        "member_permission_overrides",
        "teams",
        "team_members",
        "team_roles",
        "resource_grants",
        "roles",
        "role_permissions",
        "subscriptions",
        "invitations",
        "deleted_team_members",
        "users",
        "products",
        "api_keys",
        "tenant_quotas",
    ];
    let mut all = BTreeMap::new();
    for table in tables {
        // Keys come back revoked, and then count no more; a password that is proven counts its attempts.
        let varying = match table {
            "api_keys" => "{updated_at,last_active_at,revoked_at}",
            "users" => "{updated_at,failed_login_attempts,last_active_at}",
            _ => "{updated_at,last_active_at}",
        };
        let sql = format!(
            "select (to_jsonb(row) - '{varying}'::text[])::text from {table} row
            where to_jsonb(row) ->> 'metric' is distinct from 'api_keys'"
        );
        let rows: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(&home.world.pool).await.unwrap();
        all.insert(table, rows.into_iter().collect());
    }
    all
}

/// A home in which much hangs on memberships, teams and roles.
pub(super) async fn furnished() -> Home {
    let home = Home::with(|script, (tenant, organization)| {
        for (key, permission) in [("clerk", Permission::BillingRead), ("reader", Permission::TeamsRead)] {
            script.role(tenant, key, None);
            script.rule(tenant, key, permission, Rule::Allow);
        }
        let top = script.team(tenant, organization, "Top", None);
        let below = script.team(tenant, organization, "Below", Some(top));
        script.team(tenant, organization, "Aside", None);
        script.team_role(tenant, below, "clerk");
        script.add(&format!(
            "insert into team_members (tenant_id, id, team_id, tenant_membership_id, is_lead)
            select '{tenant}', gen_random_uuid(), team.id, member.id, team.name = 'Top' from teams team, tenant_memberships member;
            insert into member_roles (tenant_id, id, tenant_membership_id, organization_id, role_id, revoked_at)
            select '{tenant}', gen_random_uuid(), member.id, place, role.id, case when role.key = 'reader' then now() end
            from tenant_memberships member, roles role, unnest(array[null, '{organization}'::uuid]) place where role.key in ('clerk', 'reader');
            insert into member_permission_overrides (tenant_id, id, tenant_membership_id, organization_id, permission_id, effect)
            select '{tenant}', gen_random_uuid(), member.id, '{organization}', permission.id, 'allow'
            from tenant_memberships member, permissions permission where permission.key = 'products.read';
            insert into resource_grants (tenant_id, id, resource_type, resource_id, tenant_membership_id, permission_id)
            select '{tenant}', gen_random_uuid(), kind, thing, member.id, permission.id
            from tenant_memberships member, permissions permission,
                (select 'organization', '{organization}'::uuid union all select 'team', '{top}') granted(kind, thing)
            where permission.key = 'teams.read';
            insert into resource_grants (tenant_id, id, resource_type, resource_id, team_id, permission_id)
            select '{tenant}', gen_random_uuid(), 'team', '{top}', '{below}', permission.id from permissions permission
            where permission.key = 'teams.read';
            insert into businesses (tenant_id, id, organization_id, owner_user_id, legal_name, deleted_at, deletion_id)
            select '{tenant}', gen_random_uuid(), id, owner_id, 'Business ' || number, ended.moment, ended.deletion
            from organizations, generate_series(1, 3) number,
                lateral (select case when number = 3 then now() end as moment, case when number = 3 then gen_random_uuid() end as deletion) ended;
            insert into tenant_quotas (tenant_id, metric, quota_limit, usage) values ('{tenant}', 'organizations', 5, 1)"
        ));
    })
    .await;
    home.invite("waiting@example.com", "MEMBER").await;
    home
}

async fn id(home: &Home, prefix: &str, sql: &str) -> String {
    entity::join(prefix, home.world.value(sql).await.unwrap().parse().unwrap())
}

#[tokio::test]
async fn an_organization_comes_back_exactly_as_it_went() {
    let home = furnished().await;
    let before = rows(&home).await;
    let this = json!({ "organizationId": home.id() });
    assert_eq!(home.failed(&home.admin, "deleteOrganization", this.clone()).await, ["FORBIDDEN"]);
    assert_eq!(home.failed(&home.owner, "restoreOrganization", this.clone()).await, ["NOT_FOUND"], "it lives");
    let deleted = home.done(&home.owner, "deleteOrganization", "deletedOrganizationId deletionId", this.clone()).await;
    assert_eq!(deleted["deletedOrganizationId"], json!(home.id()));
    for person in [&home.owner, &home.admin] {
        assert!(!home.is_inside(person).await);
        assert_eq!(home.failed(person, "deleteOrganization", this.clone()).await, ["NOT_FOUND"]);
    }
    assert_eq!(home.world.value("select usage from tenant_quotas").await.as_deref(), Some("0"));
    let deletions = "select string_agg(distinct deletion_id::text, ',') from (select deletion_id from organizations union all select deletion_id from teams
        union all select deletion_id from organization_memberships union all select deletion_id from member_roles) gone";
    let deletion = entity::join("del", home.world.value(deletions).await.unwrap().parse().unwrap());
    assert_eq!(deleted["deletionId"], json!(deletion), "one deletion took everything");
    // Whoever knows nothing of it, or may not, is told the same.
    assert_eq!(home.failed(&home.admin, "restoreOrganization", this.clone()).await, ["NOT_FOUND"]);
    let tried = home
        .done(
            &home.owner,
            "restoreOrganization",
            "organization { id } dryRun",
            json!({ "organizationId": home.id(), "dryRun": true }),
        )
        .await;
    assert_eq!((&tried["organization"], &tried["dryRun"]), (&Value::Null, &json!(true)));
    let back = home.done(&home.owner, "restoreOrganization", "organization { name members { totalCount } }", this).await;
    assert_eq!(back["organization"], json!({ "name": "Hearth", "members": { "totalCount": 4 } }));
    assert_eq!(rows(&home).await, before);
    assert_eq!(home.world.value("select usage from tenant_quotas").await.as_deref(), Some("1"));
    assert!(home.is_inside(&home.member).await);
    assert_eq!(home.audited().await[1..], ["organization.delete", "organization.restore"]);
}

#[tokio::test]
async fn all_that_is_in_the_way_is_reported_at_once_and_nothing_comes_back() {
    let home = furnished().await;
    let this = json!({ "organizationId": home.id() });
    home.done(&home.owner, "deleteOrganization", "", this.clone()).await;
    // The name is free while it is deleted, and taken; the quota is used up; a role is gone.
    home.world
        .sql(&format!(
            "update tenant_memberships set role = 'manager' where user_id = '{}';
            update roles set deleted_at = now(), deletion_id = gen_random_uuid() where key = 'clerk'",
            home.owner.id
        ))
        .await;
    let make = "mutation { createOrganization(input: { name: \"HEARTH\" }) { organization { id } userErrors { code } } }";
    let made = home.world.ask(&home.owner.token, make, Value::Null).await;
    assert_eq!(made.data()["createOrganization"]["userErrors"], json!([]));
    home.world.sql("update tenant_quotas set quota_limit = 1").await;
    assert_eq!(home.refused(&home.owner, "restoreOrganization", this.clone()).await, ["TAKEN", "NOT_FOUND", "QUOTA_EXCEEDED"]);
    home.world
        .sql(
            "update roles set deleted_at = null, deletion_id = null where key = 'clerk';
            update organizations set name = 'Other' where name = 'HEARTH';
            update tenant_quotas set quota_limit = 2;
            update subscriptions set seat_quantity = 3",
        )
        .await;
    assert_eq!(home.refused(&home.owner, "restoreOrganization", this.clone()).await, ["QUOTA_EXCEEDED"], "the seats are full");
    home.world.sql("update subscriptions set seat_quantity = 5").await;
    home.done(&home.owner, "restoreOrganization", "", this).await;
}

#[tokio::test]
async fn a_member_comes_back_with_what_they_had_and_takes_a_seat() {
    let home = furnished().await;
    let before = rows(&home).await;
    let this = json!({ "membershipId": home.member.membership });
    assert_eq!(home.failed(&home.admin, "restoreMember", this.clone()).await, ["NOT_FOUND"], "they are there");
    home.done(&home.member, "leaveOrganization", "", json!({ "organizationId": home.id() })).await;
    assert_eq!(home.failed(&home.manager, "restoreMember", this.clone()).await, ["FORBIDDEN"]);
    home.limit_seats(4).await;
    assert_eq!(home.refused(&home.admin, "restoreMember", this.clone()).await, ["QUOTA_EXCEEDED"]);
    home.limit_seats(100).await;
    home.world.sql("update roles set deleted_at = now(), deletion_id = gen_random_uuid() where key = 'clerk'").await;
    assert_eq!(home.refused(&home.admin, "restoreMember", this.clone()).await, ["NOT_FOUND"]);
    home.world.sql("update roles set deleted_at = null, deletion_id = null where key = 'clerk'").await;
    home.done(&home.owner, "restoreMember", "membership { role }", this).await;
    assert_eq!(rows(&home).await, before);
}

#[tokio::test]
async fn teams_and_roles_come_back_unless_their_names_are_taken() {
    let home = furnished().await;
    home.world.sql(&format!("update tenant_memberships set role = 'owner' where user_id = '{}'", home.owner.id)).await;
    let before = rows(&home).await;
    let top = id(&home, "team", "select id from teams where name = 'Top'").await;
    let below = id(&home, "team", "select id from teams where name = 'Below'").await;
    home.done(&home.owner, "deleteTeam", "", json!({ "teamId": top })).await;
    assert_eq!(home.failed(&home.member, "restoreTeam", json!({ "teamId": top })).await, ["FORBIDDEN"]);
    home.world.sql("update teams set name = 'TOP' where name = 'Aside'").await;
    assert_eq!(home.refused(&home.owner, "restoreTeam", json!({ "teamId": top })).await, ["TAKEN"]);
    home.world.sql("update teams set name = 'Aside' where name = 'TOP'").await;
    let back = home.done(&home.owner, "restoreTeam", "team { name parent { name } }", json!({ "teamId": below })).await;
    assert_eq!(back["team"], json!({ "name": "Below", "parent": { "name": "Top" } }));
    assert_eq!(rows(&home).await, before);
    // One whose parent went by another deletion waits for it.
    home.done(&home.owner, "deleteTeam", "", json!({ "teamId": below })).await;
    home.done(&home.owner, "deleteTeam", "", json!({ "teamId": top })).await;
    assert_eq!(home.refused(&home.owner, "restoreTeam", json!({ "teamId": below })).await, ["NOT_FOUND"]);
    home.done(&home.owner, "restoreTeam", "", json!({ "teamId": top })).await;
    home.done(&home.owner, "restoreTeam", "", json!({ "teamId": below })).await;
    assert_eq!(rows(&home).await, before);

    home.world
        .sql(&format!(
            "insert into roles (tenant_id, id, key, name) values ('{}', gen_random_uuid(), 'spare', 'Spare')",
            home.tenant
        ))
        .await;
    let before = rows(&home).await;
    let role = id(&home, "role", "select id from roles where key = 'spare'").await;
    home.done(&home.owner, "deleteRole", "", json!({ "roleId": role })).await;
    assert_eq!(home.failed(&home.admin, "restoreRole", json!({ "roleId": role })).await, ["FORBIDDEN"]);
    home.done(&home.owner, "createRole", "", json!({ "key": "spare", "name": "Spare" })).await;
    assert_eq!(home.refused(&home.owner, "restoreRole", json!({ "roleId": role })).await, ["TAKEN"]);
    home.world
        .sql(&format!("delete from roles where key = 'spare' and deleted_at is null and tenant_id = '{}'", home.tenant))
        .await;
    home.done(&home.owner, "restoreRole", "role { key }", json!({ "roleId": role })).await;
    assert_eq!(rows(&home).await, before);
}

/// Deletes something; how it is restored.
async fn delete(home: &Home, dice: &mut Dice) -> (&'static str, Value) {
    let people = [&home.admin, &home.manager, &home.member];
    match dice.roll(4) {
        0 => {
            home.done(&home.owner, "deleteOrganization", "", json!({ "organizationId": home.id() })).await;
            ("restoreOrganization", json!({ "organizationId": home.id() }))
        }
        1 => {
            let input = json!({ "membershipId": people[dice.roll(3)].membership });
            home.done(&home.owner, "removeMember", "", input.clone()).await;
            ("restoreMember", input)
        }
        2 => {
            let name = ["Top", "Below", "Aside"][dice.roll(3)];
            let input = json!({ "teamId": id(home, "team", &format!("select id from teams where name = '{name}'")).await });
            home.done(&home.owner, "deleteTeam", "", input.clone()).await;
            ("restoreTeam", input)
        }
        _ => {
            let input = json!({ "roleId": id(home, "role", "select id from roles where key = 'spare'").await });
            home.done(&home.owner, "deleteRole", "", input.clone()).await;
            ("restoreRole", input)
        }
    }
}

/// Changes something that has nothing to do with it.
async fn change(home: &Home, dice: &mut Dice, elsewhere: &str, guest: &Person, round: usize) {
    match dice.roll(4) {
        0 => {
            let email = format!("guest{round}@example.com");
            home.done(&home.owner, "inviteMember", "", json!({ "organizationId": elsewhere, "email": email, "role": "MEMBER" }))
                .await;
        }
        1 => {
            home.done(&home.owner, "createTeam", "", json!({ "organizationId": elsewhere, "name": format!("Top {round}") })).await;
        }
        2 => {
            home.done(&home.owner, "createRole", "", json!({ "key": format!("fresh_{round}"), "name": "Fresh" })).await;
        }
        _ => {
            let role = id(home, "role", "select id from roles where key = 'clerk'").await;
            let user = entity::join("user", guest.id);
            home.send(&home.owner, "assignRole", "", json!({ "userId": user, "roleId": role, "organizationId": elsewhere })).await;
        }
    }
}

#[tokio::test]
async fn restoring_undoes_deleting_whatever_happens_elsewhere_in_between() {
    let seed = seed();
    let mut dice = Dice(seed);
    let home = furnished().await;
    home.world
        .sql(&format!(
            "update tenant_memberships set role = 'owner' where user_id = '{}';
            insert into roles (tenant_id, id, key, name) values ('{}', gen_random_uuid(), 'spare', 'Spare')",
            home.owner.id, home.tenant
        ))
        .await;
    let make = "mutation { createOrganization(input: { name: \"Elsewhere\" }) { organization { id } } }";
    let made = home.world.ask(&home.owner.token, make, Value::Null).await;
    let elsewhere = made.data()["createOrganization"]["organization"]["id"].as_str().unwrap().to_owned();
    for round in 0..12 {
        let before = rows(&home).await;
        let (restore, input) = delete(&home, &mut dice).await;
        assert_ne!(rows(&home).await, before, "seed {seed}, round {round}: something went");
        for number in 0..dice.roll(4) {
            change(&home, &mut dice, &elsewhere, &home.member, round * 10 + number).await;
        }
        home.done(&home.owner, restore, "", input).await;
        for (table, after) in rows(&home).await {
            let lost: Vec<_> = before[table].difference(&after).collect();
            assert!(lost.is_empty(), "seed {seed}, round {round}, {restore}: {table} {lost:#?}");
        }
        assert_eq!(rows(&home).await["deleted_team_members"].len(), 0);
    }
}
