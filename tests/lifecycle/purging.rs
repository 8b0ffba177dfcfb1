//! What is over is taken away for good, and nothing else is; whoever is gone is forgotten everywhere.

use std::time::Duration;

use serde_json::{Value, json};
use tenantry::retention::{Purge, Report, purge};

use super::accounts::developer;
use super::deleting::{furnished, rows};
use super::{Home, Person};
use crate::program::{run, said, tenantry};

/// Longer ago than tenants keep anything where nothing else is said.
const LONG_AGO: &str = "interval '2556 days'";

async fn swept(home: &Home, how: Purge) -> Report {
    purge(&home.world.gateway.services.database, how).await.unwrap().expect("nobody else purges")
}

/// Makes all deletions older than they can be restored.
async fn age(home: &Home) {
    home.world
        .sql(&format!(
            "update deletions set deleted_at = deleted_at - {LONG_AGO};
            update users set deleted_at = deleted_at - {LONG_AGO} where deleted_at is not null"
        ))
        .await;
}

async fn count(home: &Home, what: &str) -> String {
    home.world.value(&format!("select count(*) from {what}")).await.unwrap()
}

async fn find(home: &Home, prefix: &str, sql: &str) -> String {
    entity::join(prefix, home.world.value(sql).await.unwrap().parse().unwrap())
}

/// The tables, whichever there are, in which a text stands.
async fn tables_with(home: &Home, text: &str) -> Vec<String> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select oid::regclass::text from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition order by 1",
    )
    .fetch_all(&home.world.pool)
    .await
    .unwrap();
    let mut found = Vec::new();
    for table in tables {
        if count(home, &format!("{table} thing where position('{text}' in thing::text) > 0")).await != "0" {
            found.push(table);
        }
    }
    found
}

#[tokio::test]
async fn what_was_deleted_goes_for_good_when_its_time_is_over_and_only_then() {
    let home = furnished().await;
    let team = find(&home, "team", "select id from teams where name = 'Top'").await;
    home.done(&home.owner, "deleteTeam", "", json!({ "teamId": team })).await;
    home.done(&home.member, "leaveOrganization", "", json!({ "organizationId": home.id() })).await;
    let before = rows(&home).await;
    assert!(swept(&home, Purge::ForGood).await.is_empty(), "their time is not over");
    age(&home).await;
    let tried = swept(&home, Purge::DryRun).await;
    assert_eq!((tried.deletions, tried.kept, tried.people), (2, 0, 0));
    assert_eq!(rows(&home).await, before);
    let report = swept(&home, Purge::ForGood).await;
    // What two deletions would take is counted by each, where both are tried out.
    assert!(report.rows > 10 && report.rows <= tried.rows, "{report}, {tried}");
    assert_eq!(Report { rows: 0, ..report }, Report { rows: 0, ..tried }, "a dry run says what happens");
    for what in ["teams where name in ('Top', 'Below')", "team_roles", "deleted_team_members", "deletions"] {
        assert_eq!(count(&home, what).await, "0", "{what}");
    }
    assert_eq!(count(&home, "teams").await, "1");
    assert_eq!(count(&home, "organization_memberships").await, "3");
    assert_eq!(home.failed(&home.owner, "restoreTeam", json!({ "teamId": team })).await, ["NOT_FOUND"]);
    assert_eq!(home.failed(&home.owner, "restoreMember", json!({ "membershipId": home.member.membership })).await, ["NOT_FOUND"]);
    assert!(swept(&home, Purge::ForGood).await.is_empty(), "once");

    home.done(&home.owner, "deleteOrganization", "", json!({ "organizationId": home.id() })).await;
    age(&home).await;
    assert_eq!(swept(&home, Purge::ForGood).await.deletions, 1);
    for what in [
        "organizations",
        "organization_memberships",
        "teams",
        "invitations",
        "subscriptions",
        "billing_profiles",
        "resource_grants",
    ] {
        assert_eq!(count(&home, what).await, "0", "{what}");
    }
    assert_eq!(count(&home, "member_roles where organization_id is not null").await, "0");
    assert_eq!((count(&home, "tenant_memberships").await, count(&home, "products").await), ("4".to_owned(), "1".to_owned()));
    assert_eq!(home.failed(&home.owner, "restoreOrganization", json!({ "organizationId": home.id() })).await, ["NOT_FOUND"]);
    let written = home.audited().await;
    assert!(written.contains(&"organization.delete".to_owned()), "the log outlives what it tells of: {written:?}");
}

#[tokio::test]
async fn what_something_living_hangs_on_stays_and_is_counted() {
    let home = furnished().await;
    home.world
        .sql(&format!(
            "insert into roles (tenant_id, id, key, name, deleted_at, deletion_id)
                values ('{0}', '00000000-0000-7000-8000-00000000aaaa', 'above', 'Above', now(), '00000000-0000-7000-8000-00000000bbbb');
            update roles set parent_role_id = '00000000-0000-7000-8000-00000000aaaa' where key = 'clerk';
            insert into deletions (tenant_id, id, kind, resource_id, deleted_at)
                values ('{0}', '00000000-0000-7000-8000-00000000bbbb', 'role', '00000000-0000-7000-8000-00000000aaaa', now())",
            home.tenant
        ))
        .await;
    age(&home).await;
    let report = swept(&home, Purge::ForGood).await;
    assert_eq!((report.kept, report.deletions, report.rows), (1, 0, 0));
    assert_eq!(count(&home, "roles where key in ('above', 'clerk')").await, "2");
    home.world.sql("update roles set parent_role_id = null where key = 'clerk'").await;
    let report = swept(&home, Purge::ForGood).await;
    assert_eq!((report.kept, report.deletions), (0, 1));
}

#[tokio::test]
async fn whoever_is_gone_is_forgotten_everywhere_but_for_an_id() {
    let home = furnished().await;
    let developer = developer(&home).await;
    let gone: Person = home.join("zenobia@example.com", "MANAGER").await;
    home.invite_as(&gone, json!({ "email": "friend@example.com", "role": "MEMBER" })).await;
    home.world
        .sql(&format!(
            "update users set phone = '+49 zenobia', clerk_user_id = 'user_zenobia', preferences = '{{\"of\": \"zenobia\"}}' where id = '{0}';
            insert into user_events (user_id, id, type, request_id, metadata)
                values ('{0}', gen_random_uuid(), 'sign_in.succeed', 'r', '{{\"email\": \"zenobia@example.com\"}}');
            insert into emails (id, recipient, kind) values (gen_random_uuid(), 'zenobia@example.com', 'invitation');
            insert into provider_events (provider, event_id, type, subject, created, payload)
                values ('identity', 'e', 'user.created', 'user_zenobia', now(), '{{\"email\": \"zenobia@example.com\"}}')",
            gone.id
        ))
        .await;
    assert!(tables_with(&home, "zenobia").await.len() > 4);
    home.done(&developer, "deleteUser", "", json!({ "userId": entity::join("user", gone.id), "reason": "asked" })).await;
    age(&home).await;
    let report = swept(&home, Purge::ForGood).await;
    assert_eq!((report.people, report.deletions, report.kept), (1, 1, 0), "{report}");
    assert_eq!(tables_with(&home, "zenobia@example.com").await, [""; 0]);
    assert_eq!(tables_with(&home, "+49 zenobia").await, [""; 0]);
    assert_eq!(count(&home, &format!("users where id = '{}' and erased_at is not null", gone.id)).await, "1");
    let sent = format!("invitations where invited_by_user_id = '{}'", gone.id);
    assert_eq!(count(&home, &sent).await, "1", "what they offered keeps its inviter");
    let back = json!({ "userId": entity::join("user", gone.id), "reason": "asked again" });
    let answer = home.send(&developer, "restoreUser", "", back).await;
    let refused = answer.body["data"]["it"]["userErrors"][0]["code"].as_str() == Some("ENDED");
    assert!(refused || answer.codes() == ["NOT_FOUND"], "{:#}", answer.body);
    assert!(swept(&home, Purge::ForGood).await.is_empty(), "once");
}

#[tokio::test]
async fn tenants_that_left_go_with_everything_and_old_months_are_dropped() {
    let home = furnished().await;
    home.world
        .sql(&format!(
            "insert into tenants (id, slug, name, status, auto_delete_after_days) values
                ('00000000-0000-7000-8000-00000000cccc', 'young', 'Young', 'churned', 30);
            alter table tenants disable trigger user;
            update tenants set status = 'churned', auto_delete_after_days = 30, updated_at = now() - interval '31 days' where id = '{}';
            alter table tenants enable trigger user;
            create table audit_logs_2010_01 partition of audit_logs for values from ('2010-01-01Z') to ('2010-02-01Z');
            create table user_events_2010_01 partition of user_events for values from ('2010-01-01Z') to ('2010-02-01Z');
            insert into audit_logs (tenant_id, id, actor_type, actor_id, action, resource_type, resource_id, changes, request_id, created_at)
                select '00000000-0000-7000-8000-00000000cccc', gen_random_uuid(), 'user', gen_random_uuid(), 'role.update', 'role', gen_random_uuid(),
                '{{}}', 'r', at from unnest(array['2010-01-15Z', '2015-01-15Z', now()]::timestamptz[]) at",
            home.tenant
        ))
        .await;
    let tried = swept(&home, Purge::DryRun).await;
    assert_eq!((tried.tenants, tried.months, tried.log_entries), (1, 2, 2), "{tried}");
    assert_eq!(count(&home, "organizations").await, "1");
    let report = swept(&home, Purge::ForGood).await;
    assert_eq!((report.tenants, report.months, report.log_entries), (1, 2, 2), "{report}");
    let tenant = home.tenant;
    for table in ["organizations", "tenant_memberships", "roles", "access_versions", "outbox_events", "invitations"] {
        assert_eq!(count(&home, &format!("{table} where tenant_id = '{tenant}'")).await, "0", "{table}");
    }
    assert_eq!(tables_with(&home, &tenant.to_string()).await, [""; 0], "nothing names it any more");
    assert_eq!(count(&home, "tenants").await, "1");
    assert_eq!(home.world.value("select to_regclass('audit_logs_2010_01')").await, None);
    let answer = home.world.ask(&home.owner.token, "{ viewer { tenant { id } user { id } } }", Value::Null).await;
    assert_eq!(answer.data()["viewer"]["tenant"], Value::Null, "whoever was there is nowhere");
}

#[tokio::test]
async fn one_purges_at_a_time_and_a_purge_that_is_killed_goes_on_the_next_time() {
    let home = furnished().await;
    let url = home.world.database_url();
    let mut other = home.world.pool.acquire().await.unwrap();
    sqlx::query("select pg_advisory_lock(hashtextextended('tenantry purge', 0))").execute(&mut *other).await.unwrap();
    let (code, _, complaint) = said(&run(&["purge", "--database-url", &url], &[]).await);
    assert!(code == 1 && complaint.contains("under way"), "{complaint}");
    other.close_on_drop();
    drop(other);
    home.world
        .sql(&format!(
            "insert into teams (tenant_id, id, organization_id, name, deleted_at, deletion_id)
                select '{0}', gen_random_uuid(), '{1}', 'Team ' || nth, now() - {LONG_AGO}, gen_random_uuid() from generate_series(1, 400) nth;
            insert into deletions (tenant_id, id, kind, resource_id, organization_id, deleted_at)
                select tenant_id, deletion_id, 'team', id, organization_id, deleted_at from teams where deletion_id is not null",
            home.tenant, home.organization
        ))
        .await;
    let (_, would, _) = said(&run(&["purge", "--dry-run", "--database-url", &url], &[]).await);
    assert!(would.contains("deletions 400, rows 800"), "{would}");
    for patience in [60, 120, 240] {
        let mut child = tenantry(&["purge", "--database-url", &url]).spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(patience)).await;
        child.kill().await.unwrap();
        // A team and its place in the list go together.
        assert_eq!(count(&home, "deletions").await, count(&home, "teams where deletion_id is not null").await);
    }
    let mut done = false;
    for _ in 0..50 {
        // The lock of a process that was killed is free as soon as its connection is seen to be gone.
        done = said(&run(&["purge", "--database-url", &url], &[]).await).0 == 0;
        if done {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(done);
    assert_eq!((count(&home, "deletions").await, count(&home, "teams").await), ("0".to_owned(), "3".to_owned()));
}
