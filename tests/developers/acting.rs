//! Acting as somebody else.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{act, permit, send, tenant, token, user};
use crate::world::{World, identity};

const WHO: &str = "{ viewer { user { id } tenant { id } impersonator { userId displayName reason until } } }";

#[tokio::test]
async fn a_developer_acts_as_a_person_with_both_names_in_all_that_is_written() {
    let world = World::demo().await;
    let developer = world.act_as("developer").await;
    assert_eq!(act(&world, &developer, "owner").await.codes(), ["FORBIDDEN"], "not without the permission");
    permit(&world).await;
    let begun = act(&world, &developer, "owner").await;
    let session = begun.data()["it"]["session"].clone();
    let acting = token(&begun);
    assert!(acting.starts_with("ti_"), "{acting}");
    let who = world.ask(&acting, WHO, Value::Null).await;
    let name =
        world.value(&format!("select display_name from users where id = '{}'", identity("developer").user_id)).await.unwrap();
    assert_eq!(
        who.data()["viewer"],
        json!({
            "user": { "id": user("owner") }, "tenant": { "id": tenant("owner") },
            "impersonator": { "userId": user("developer"), "displayName": name, "reason": "ticket 4711", "until": session["expiresAt"] },
        })
    );
    let own = world.ask(&developer, WHO, Value::Null).await;
    assert_eq!(own.data()["viewer"]["impersonator"], Value::Null);
    let short = "select bool_and(expires_at <= now() + interval '30 minutes') from sessions where impersonator_id is not null";
    assert_eq!(world.value(short).await.as_deref(), Some("true"));

    let made = send(&world, &acting, "createOrganization", "organization { name }", json!({ "name": "Made for Olga" })).await;
    assert_eq!(made.data()["it"]["organization"]["name"], "Made for Olga");
    let log = "query($by: ID) { auditLog(first: 5, filter: { impersonator: $by }) { nodes { action actorType actor { id } impersonatorId impersonatorName } } }";
    let log = world.ask(&acting, log, json!({ "by": user("developer") })).await;
    assert_eq!(
        log.data()["auditLog"]["nodes"],
        json!([{
            "action": "organization.create", "actorType": "USER", "actor": { "id": user("owner") },
            "impersonatorId": user("developer"), "impersonatorName": name,
        }])
    );
    let told = "select string_agg(concat_ws(' ', actor_type, impersonator_name), ', ') from outbox_events where type = 'organization.create'";
    assert_eq!(world.value(told).await, Some(format!("user {name}")));
    let begun = "select concat_ws(' ', actor_type, actor_id, action, resource_id, changes -> 'after' ->> 'reason') from audit_logs where action = 'user.impersonate'";
    let (by, whom) = (identity("developer").user_id, identity("owner").user_id);
    assert_eq!(world.value(begun).await, Some(format!("developer {by} user.impersonate {whom} ticket 4711")));

    // The person is told, and may end it.
    let owner = world.act_as("owner").await;
    let seen = "{ viewer { sessions { nodes { id impersonatorName impersonationReason } } events(first: 1) { nodes { type metadata } } } }";
    let seen = world.ask(&owner, seen, Value::Null).await;
    let sessions = seen.data()["viewer"]["sessions"]["nodes"].as_array().unwrap();
    let of_developer: Vec<&Value> = sessions.iter().filter(|session| !session["impersonatorName"].is_null()).collect();
    assert_eq!(of_developer, [&json!({ "id": session["id"], "impersonatorName": name, "impersonationReason": "ticket 4711" })]);
    let event = &seen.data()["viewer"]["events"]["nodes"][0];
    assert_eq!((&event["type"], &event["metadata"]["reason"]), (&json!("impersonation.begin"), &json!("ticket 4711")));
    let ended = send(&world, &owner, "revokeSession", "", json!({ "sessionId": session["id"] })).await;
    assert_eq!(ended.data()["it"]["userErrors"], json!([]));
    assert_eq!(world.ask(&acting, WHO, Value::Null).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn nobody_acts_as_one_of_the_staff_or_as_nobody_or_without_a_reason() {
    let world = World::demo().await;
    permit(&world).await;
    let developer = world.act_as("developer").await;
    world
        .sql(&format!(
            "insert into tenant_memberships (tenant_id, id, user_id, role) values ('{}', gen_random_uuid(), '{}', 'member')",
            identity("developer").tenant_id,
            identity("developer").user_id
        ))
        .await;
    world.sql(&format!("update users set user_type = 'developer' where id = '{}'", identity("admin").user_id)).await;
    for key in ["admin", "developer"] {
        assert_eq!(act(&world, &developer, key).await.codes(), ["FORBIDDEN"], "{key}");
    }
    let input = |user: String, tenant: String, reason: &str| json!({ "userId": user, "tenantId": tenant, "reason": reason });
    let refused = async |input: Value| {
        let answer = send(&world, &developer, "impersonate", "session { id }", input).await;
        answer.data()["it"]["userErrors"].clone()
    };
    let not_found = json!([{ "field": ["userId"], "code": "NOT_FOUND" }]);
    assert_eq!(refused(input(user("outsider"), tenant("owner"), "why")).await, not_found, "no member there");
    assert_eq!(refused(input("user_01h455vb4pex5vsknk084sn02q".to_owned(), tenant("owner"), "why")).await, not_found);
    assert_eq!(refused(input(user("owner"), "ten_01h455vb4pex5vsknk084sn02q".to_owned(), "why")).await, not_found);
    assert_eq!(refused(input(user("owner"), tenant("owner"), " ")).await, json!([{ "field": ["reason"], "code": "INVALID" }]));
    let owner = world.act_as("owner").await;
    assert_eq!(act(&world, &owner, "member").await.codes(), ["FORBIDDEN"], "who owns a tenant acts as nobody else");
    let acting = token(&act(&world, &developer, "owner").await);
    assert_eq!(act(&world, &acting, "member").await.codes(), ["IMPERSONATION_FORBIDDEN"], "nor does whoever acts as somebody");
    // Who becomes one of the staff is acted as no more.
    world.sql(&format!("update users set user_type = 'developer' where id = '{}'", identity("owner").user_id)).await;
    assert_eq!(world.ask(&acting, WHO, Value::Null).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_belongs_to_the_person_is_refused() {
    let world = World::demo().await;
    permit(&world).await;
    let developer = world.act_as("developer").await;
    let acting = token(&act(&world, &developer, "owner").await);
    let session = "sess_01h455vb4pex5vsknk084sn02q";
    let organization = world.ask(&acting, "{ organizations(first: 1) { nodes { id } } }", Value::Null).await;
    let organization = organization.data()["organizations"]["nodes"][0]["id"].clone();
    let calls = [
        ("changePassword", json!({ "currentPassword": "correct horse battery", "newPassword": "another good one" })),
        ("enrolSecondFactor", json!({ "password": "correct horse battery" })),
        ("confirmSecondFactor", json!({ "code": "123456" })),
        ("disableSecondFactor", json!({ "password": "correct horse battery", "code": "123456" })),
        ("replaceRecoveryCodes", json!({ "password": "correct horse battery", "code": "123456" })),
        ("revokeSession", json!({ "sessionId": session })),
        ("revokeOtherSessions", json!({})),
        ("signOut", json!({})),
        ("switchTenant", json!({ "tenantId": tenant("outsider") })),
        ("acceptInvitation", json!({ "token": "tn_rubbish" })),
        ("declineInvitation", json!({ "token": "tn_rubbish" })),
        ("offerOwnership", json!({ "organizationId": organization, "userId": user("admin") })),
        ("createApiKey", json!({ "name": "Mine", "client": "mine", "scopes": ["organization.read"] })),
    ];
    for (mutation, input) in calls {
        let answer = send(&world, &acting, mutation, "", input).await;
        assert_eq!(answer.codes(), ["IMPERSONATION_FORBIDDEN"], "{mutation}: {:#}", answer.body);
        assert_eq!(answer.body["errors"][0]["extensions"]["impersonatorName"].as_str().map(str::is_empty), Some(false));
    }
    let untouched = "select (select count(*) from api_keys) + (select count(*) from ownership_transfers)
        + (select count(*) from sessions where revoked_at is not null) + (select coalesce(sum(failed_login_attempts), 0) from users)";
    assert_eq!(world.value(untouched).await.as_deref(), Some("0"));
}

#[tokio::test]
async fn acting_as_somebody_gives_no_more_than_they_hold() {
    let world = World::demo().await;
    permit(&world).await;
    let developer = world.act_as("developer").await;
    let (acting, member) = (token(&act(&world, &developer, "member").await), world.act_as("member").await);
    let held = "{ tenant { viewerCan(permissions: [\"tenant.read\", \"roles.manage\", \"audit.read\", \"users.impersonate\"]) { permission allowed } }
        organizations { totalCount } developerRoles { totalCount } }";
    let (theirs, own) = (world.ask(&acting, held, Value::Null).await, world.ask(&member, held, Value::Null).await);
    assert_eq!(theirs.body["data"], own.body["data"]);
    assert_eq!(theirs.codes(), own.codes());
    let create = json!({ "key": "mine", "name": "Mine", "permissions": [] });
    assert_eq!(send(&world, &acting, "createRole", "role { id }", create).await.codes(), ["FORBIDDEN"]);
}

#[tokio::test]
async fn whoever_is_acted_as_does_not_look_as_if_they_were_there() {
    let world = World::demo().await;
    permit(&world).await;
    let developer = world.act_as("developer").await;
    let acting = token(&act(&world, &developer, "member").await);
    world.sql("update users set last_active_at = null; update tenant_memberships set last_active_at = null").await;
    world.ask(&acting, WHO, Value::Null).await.data();
    // What is noted is written in turn: once that of somebody who came later is there, so is all before it.
    let later = world.act_as("manager").await;
    world.ask(&later, WHO, Value::Null).await.data();
    let seen = |key: &str| format!("select last_active_at is not null from users where id = '{}'", identity(key).user_id);
    for _ in 0..200 {
        if world.value(&seen("manager")).await.as_deref() == Some("true") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(world.value(&seen("manager")).await.as_deref(), Some("true"));
    assert_eq!(world.value(&seen("member")).await.as_deref(), Some("false"));
}

#[tokio::test]
async fn it_ends_with_the_developers_role_session_account_and_time() {
    let world = World::demo().await;
    permit(&world).await;
    let by = identity("developer").user_id;
    let ways = [
        "update developer_role_assignments set revoked_at = now()",
        "update developer_role_assignments set expires_at = now()",
        "delete from developer_role_permissions where permission_id = (select id from permissions where key = 'users.impersonate')",
        "update users set is_active = false where user_type = 'developer'",
        "update users set user_type = 'standard' where user_type = 'developer'",
        "update sessions set revoked_at = now() where impersonator_id is null",
        "update sessions set expires_at = now() where impersonator_id is null",
        "update sessions set expires_at = now() where impersonator_id is not null",
    ];
    for way in ways {
        let developer = world.token(by, None).await;
        let acting = token(&act(&world, &developer, "owner").await);
        assert_eq!(world.ask(&acting, WHO, Value::Null).await.status, StatusCode::OK);
        world.sql(way).await;
        let ended = world.ask(&acting, WHO, Value::Null).await;
        assert_eq!((ended.status, ended.codes()), (StatusCode::UNAUTHORIZED, vec!["UNAUTHENTICATED"]), "{way}");
        world
            .sql(&format!(
                "update developer_role_assignments set revoked_at = null, expires_at = null;
                update users set is_active = true, user_type = 'developer' where id = '{by}';
                delete from developer_role_permissions where permission_id = (select id from permissions where key = 'users.impersonate')"
            ))
            .await;
        permit(&world).await;
    }
}

#[tokio::test]
async fn it_is_ended_from_within_and_from_without() {
    let world = World::demo().await;
    permit(&world).await;
    let developer = world.act_as("developer").await;
    let end = async |token: &str, input: Value| send(&world, token, "endImpersonation", "", input).await;
    let done = json!([]);
    let within = token(&act(&world, &developer, "owner").await);
    assert_eq!(end(&within, json!({})).await.data()["it"]["userErrors"], done);
    assert_eq!(world.ask(&within, WHO, Value::Null).await.status, StatusCode::UNAUTHORIZED);
    let begun = act(&world, &developer, "owner").await;
    let session = begun.data()["it"]["session"]["id"].clone();
    assert_eq!(end(&developer, json!({})).await.codes(), ["BAD_USER_INPUT"]);
    assert_eq!(end(&developer, json!({ "sessionId": session })).await.data()["it"]["userErrors"], done);
    assert_eq!(world.ask(&token(&begun), WHO, Value::Null).await.status, StatusCode::UNAUTHORIZED);
    let again = end(&developer, json!({ "sessionId": session })).await;
    assert_eq!(again.data()["it"]["userErrors"], json!([{ "field": ["sessionId"], "code": "NOT_FOUND" }]));
    let owner = world.act_as("owner").await;
    assert_eq!(end(&owner, json!({ "sessionId": session })).await.codes(), ["FORBIDDEN"]);
    assert_eq!(world.ask(&developer, WHO, Value::Null).await.status, StatusCode::OK, "the developer's own session stays");
    let written =
        "select string_agg(concat_ws(' ', actor_type, impersonator_id is not null), ', ' order by index_id) from audit_logs
        where action = 'user.end_impersonation'";
    assert_eq!(world.value(written).await.as_deref(), Some("user t, developer f"));
    let events = "select string_agg(type, ' ' order by index_id) from user_events where type like 'impersonation.%'";
    assert_eq!(
        world.value(events).await.as_deref(),
        Some("impersonation.begin impersonation.end impersonation.begin impersonation.end")
    );
}
