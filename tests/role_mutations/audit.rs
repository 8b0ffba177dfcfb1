//! The audit log: every mutation writes it, who may reads it, and nobody changes it.

use serde_json::{Value, json};

use super::{House, allow};
use crate::world::{World, identity};

const ENTRIES: &str = "query($filter: AuditLogFilter, $first: Int, $after: String) { auditLog(filter: $filter, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } nodes {
        id actorType actor { id } action resourceType resourceId organization { id } changes ipAddress userAgent requestId createdAt } } }";

#[tokio::test]
async fn each_change_of_a_role_is_written_down_with_who_what_and_from_where() {
    let house = House::build().await;
    let role = house.make("clerk", json!([allow("billing.read")])).await;
    let query = "mutation($input: UpdateRoleInput!) { updateRole(input: $input) { role { id } } }";
    let input = json!({ "roleId": role, "name": "Book keeper", "removePermissions": ["billing.read"] });
    let request = house.world.request(Some(&house.admin.token)).header("user-agent", "test/1").header("x-request-id", "r-1");
    house.world.send(request.json(&json!({ "query": query, "variables": { "input": input } }))).await.data();
    let assignment = house.give(&house.mia, &role, Some(0)).await;
    house.done(&house.boss, "revokeRole", json!({ "assignmentId": assignment, "reason": "over" })).await;
    house.done(&house.boss, "deleteRole", json!({ "roleId": role })).await;

    let answer = house.world.ask(&house.boss.token, ENTRIES, json!({})).await;
    let log = answer.data()["auditLog"]["nodes"].as_array().unwrap();
    let actions: Vec<&str> = log.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["role.delete", "role.revoke", "role.assign", "role.update", "role.create"], "the newest first");
    let update = &log[3];
    assert_eq!(
        update["changes"],
        json!({
            "before": { "name": "clerk", "rules": { "billing.read": { "effect": "allow", "conditions": null } } },
            "after": { "name": "Book keeper", "rules": {} },
        })
    );
    let expected = json!({ "actorType": "USER", "actor": { "id": house.admin.user() }, "resourceType": "role", "resourceId": role,
        "organization": null, "ipAddress": "127.0.0.1", "userAgent": "test/1", "requestId": "r-1" });
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&update[key], value, "{key}");
    }
    assert_eq!(log[2]["organization"]["id"], house.organization(0));
    assert_eq!((&log[2]["resourceType"], &log[2]["resourceId"]), (&json!("member_role"), &json!(assignment)));
    assert_eq!(log[1]["changes"]["after"], json!({ "revokeReason": "over" }));
}

#[tokio::test]
async fn the_log_is_filtered_and_paged() {
    let house = House::build().await;
    let role = house.make("clerk", json!([])).await;
    let first = house.give(&house.mia, &role, Some(0)).await;
    house.give(&house.nina, &role, Some(1)).await;
    let ask = async |filter: Value| {
        let answer = house.world.ask(&house.boss.token, ENTRIES, json!({ "filter": filter })).await;
        let nodes = answer.data()["auditLog"]["nodes"].as_array().unwrap().len();
        assert_eq!(answer.data()["auditLog"]["totalCount"], nodes);
        nodes
    };
    let (past, future) = ("2020-01-01T00:00:00Z", "2100-01-01T00:00:00Z");
    for (filter, count) in [
        (json!({}), 3),
        (json!({ "action": "role.assign" }), 2),
        (json!({ "resource": role }), 1),
        (json!({ "resource": first }), 1),
        (json!({ "resource": "nonsense" }), 0),
        (json!({ "actor": house.boss.user() }), 3),
        (json!({ "actor": house.mia.user() }), 0),
        (json!({ "organization": house.organization(0) }), 1),
        (json!({ "from": past, "to": future }), 3),
        (json!({ "from": future }), 0),
        (json!({ "to": past }), 0),
        (json!({ "action": "role.assign", "organization": house.organization(1) }), 1),
    ] {
        assert_eq!(ask(filter.clone()).await, count, "{filter}");
    }
    let mut seen = Vec::new();
    let mut after = Value::Null;
    loop {
        let answer = house.world.ask(&house.boss.token, ENTRIES, json!({ "first": 1, "after": after })).await;
        let page = &answer.data()["auditLog"];
        seen.extend(page["nodes"].as_array().unwrap().iter().map(|entry| entry["id"].to_string()));
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(seen.len(), 3);
}

#[tokio::test]
async fn who_reads_the_log_of_an_organization_reads_no_more() {
    let house = House::build().await;
    let role = house.make("clerk", json!([])).await;
    house.give(&house.mia, &role, Some(0)).await;
    house.give(&house.nina, &role, Some(1)).await;
    // An admin of the first organization; the boss and the tenant's admin read all of it; others nothing.
    for (someone, count) in [(&house.boss, Some(3)), (&house.admin, Some(3)), (&house.lead, Some(1)), (&house.mia, None)] {
        let answer = house.world.ask(&someone.token, ENTRIES, json!({})).await;
        match count {
            Some(count) => assert_eq!(answer.data()["auditLog"]["totalCount"], count),
            None => {
                assert_eq!(answer.codes(), ["FORBIDDEN"]);
                assert_eq!(answer.body["errors"][0]["extensions"]["permission"], "audit.read");
            }
        }
    }
}

#[tokio::test]
async fn the_mutations_about_organizations_and_tenants_are_written_down_too() {
    let world = World::demo().await;
    let token = world.act_as("owner").await;
    let create = "mutation { createOrganization(input: { name: \"Fresh\", idempotencyKey: \"k\" }) { organization { id } } }";
    let made = world.ask(&token, create, Value::Null).await.data()["createOrganization"]["organization"]["id"].clone();
    world.ask(&token, create, Value::Null).await.data();
    let update = "mutation($id: ID!, $name: String) { updateOrganization(input: { organizationId: $id, name: $name }) { userErrors { code } } }";
    for name in ["Fresher", "Fresher", "Northgate Robotics"] {
        world.ask(&token, update, json!({ "id": made, "name": name })).await.data();
    }
    let log = world.ask(&token, ENTRIES, json!({ "filter": { "resource": made } })).await.data()["auditLog"]["nodes"].clone();
    let said: Vec<(&Value, &Value)> = log.as_array().unwrap().iter().map(|entry| (&entry["action"], &entry["changes"])).collect();
    let owner = entity::id::UserId::from(identity("owner").user_id).to_string();
    assert_eq!(
        said,
        [
            (&json!("organization.update"), &json!({ "before": { "name": "Fresh" }, "after": { "name": "Fresher" } })),
            (
                &json!("organization.create"),
                &json!({ "before": null, "after": { "name": "Fresh", "domain": null, "metadata": {}, "billingEmail": null, "ownerId": owner } })
            ),
        ],
        "once each, and only what was written"
    );
    // A developer's switch is written down in the tenant that is entered, and says nothing of the one that was left.
    let developer = world.act_as("developer").await;
    let tenant = identity("outsider").tenant_id;
    let switch = "mutation($id: ID!) { switchTenant(input: { tenantId: $id, reason: \"ticket 1\" }) { userErrors { code } } }";
    world.ask(&developer, switch, json!({ "id": entity::id::TenantId::from(tenant).to_string() })).await.data();
    let entry = world
        .value("select concat_ws(' ', tenant_id, actor_type, action, resource_type, changes->'before') from audit_logs where actor_type = 'developer'")
        .await
        .unwrap();
    assert_eq!(entry, format!("{tenant} developer session.switch_tenant session null"));
}

#[tokio::test]
async fn the_gateway_cannot_change_the_log_and_a_change_that_fails_is_not_in_it() {
    let house = House::build().await;
    house.make("clerk", json!([])).await;
    for change in
        ["update audit_logs set action = 'x.y'", "delete from audit_logs", "truncate audit_logs", "delete from audit_logs_default"]
    {
        let mut transaction = house.world.pool.begin().await.unwrap();
        sqlx::raw_sql("set local role tenantry_app").execute(&mut *transaction).await.unwrap();
        let refused = sqlx::raw_sql(change).execute(&mut *transaction).await.unwrap_err();
        let code = refused.into_database_error().unwrap().code().unwrap().into_owned();
        assert_eq!(code, "42501", "{change}");
    }
    // Without its entry a change is not made.
    house
        .world
        .sql(
            "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
            create trigger refuse before insert on audit_logs for each row execute function refuse()",
        )
        .await;
    let before = house.everything().await;
    let failed = house.send(&house.boss, "createRole", json!({ "key": "fresh", "name": "Fresh" })).await;
    assert_eq!(failed.codes(), ["INTERNAL"]);
    assert_eq!(house.everything().await, before);
}

#[tokio::test]
async fn months_are_made_ahead_and_rows_of_a_month_that_nobody_made_are_kept_and_moved() {
    let world = World::demo().await;
    let made = async |months: u32| world.value(&format!("select tenantry_ensure_audit_partitions({months})")).await.unwrap();
    assert_eq!(made(12).await, "0", "the migration made this month and twelve more");
    let tenant = identity("owner").tenant_id;
    world
        .sql(&format!(
            "insert into audit_logs (tenant_id, id, actor_type, actor_id, action, resource_type, resource_id, changes, request_id, created_at)
            values ('{tenant}', gen_random_uuid(), 'user', '{}', 'role.update', 'role', gen_random_uuid(), '{{}}', 'r', now() + interval '13 months')",
            identity("owner").user_id
        ))
        .await;
    let kept = "select tableoid::regclass from audit_logs where created_at > now()";
    assert_eq!(world.value(kept).await.as_deref(), Some("audit_logs_default"));
    assert_eq!(made(14).await, "2");
    let name = world.value("select 'audit_logs_' || to_char(now() at time zone 'utc' + interval '13 months', 'YYYY_MM')").await;
    assert_eq!(world.value(kept).await, name);
    assert_eq!(world.value("select count(*) from audit_logs_default").await.as_deref(), Some("0"));
    assert_eq!(made(14).await, "0");
}
