//! `GET /audit.jsonl`: the audit log as lines of JSON.

use reqwest::StatusCode;
use reqwest::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde_json::{Value, json};

use crate::world::{World, identity};

/// The address of an export. What the tests ask for needs no escaping.
fn address(world: &World, query: &[(&str, &str)]) -> String {
    let query: Vec<String> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    world.url(&format!("/audit.jsonl?{}", query.join("&")))
}

/// The lines of an export, and what the last one says.
async fn export(world: &World, token: &str, query: &[(&str, &str)]) -> (Vec<Value>, Value) {
    let response = world.client().get(address(world, query)).bearer_auth(token).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[CONTENT_TYPE], "application/jsonl");
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
    let text = response.text().await.unwrap();
    let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let end = lines.pop().unwrap();
    (lines, end["end"].clone())
}

/// What a refused export says.
async fn refused(world: &World, token: Option<&str>, query: &[(&str, &str)]) -> (StatusCode, String) {
    let request = world.client().get(address(world, query));
    let request = match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    let answer = world.send(request).await;
    (answer.status, answer.codes()[0].to_owned())
}

/// So many entries of the demo's first tenant, a second apart, the last one a good while ago; and one of another tenant.
async fn write(world: &World, count: usize) {
    let entry = "gen_random_uuid(), 'user', gen_random_uuid(), 'organization.update', 'organization', gen_random_uuid(), '{}', 'r'";
    let columns = "tenant_id, id, actor_type, actor_id, action, resource_type, resource_id, changes, request_id, created_at";
    let (own, other) = (identity("owner").tenant_id, identity("outsider").tenant_id);
    world
        .sql(&format!(
            "insert into audit_logs ({columns}) select '{own}', {entry}, now() - interval '1 hour' - make_interval(secs => {count} - place)
                from generate_series(1, {count}) place;
            insert into audit_logs ({columns}) values ('{other}', {entry}, now() - interval '1 hour');
            update tenants set features = features || '{{\"audit_export\": true}}' where id = '{own}'"
        ))
        .await;
}

#[tokio::test]
async fn an_export_of_several_windows_has_every_entry_once_in_order_and_no_other_tenants() {
    let world = World::demo().await;
    write(&world, 1_203).await;
    let owner = world.act_as("owner").await;
    let (lines, end) = export(&world, &owner, &[]).await;
    let exported: Vec<&str> = lines.iter().map(|line| line["id"].as_str().unwrap()).collect();
    let stored = format!(
        "select string_agg(id::text, ' ' order by created_at, index_id) from audit_logs where tenant_id = '{}'",
        identity("owner").tenant_id
    );
    let stored = world.value(&stored).await.unwrap();
    let stored: Vec<String> = stored.split(' ').map(|id| entity::join("audit", id.parse().unwrap())).collect();
    assert_eq!(exported, stored);
    assert_eq!(end["complete"], true);
    assert_eq!(end["cursor"], lines.last().unwrap()["cursor"]);

    let cursor = lines[699]["cursor"].as_str().unwrap();
    let (rest, _) = export(&world, &owner, &[("after", cursor)]).await;
    assert_eq!(rest.iter().map(|line| line["id"].as_str().unwrap()).collect::<Vec<_>>(), exported[700..]);
    let at = lines[10]["createdAt"].as_str().unwrap();
    assert_eq!(export(&world, &owner, &[("to", at)]).await.0.len(), 10);
    assert_eq!(export(&world, &owner, &[("from", at)]).await.0.len(), 1_193);
    let resource = lines[5]["resourceId"].as_str().unwrap();
    assert_eq!(export(&world, &owner, &[("resource", resource)]).await.0, [lines[5].clone()]);
    assert_eq!(export(&world, &owner, &[("action", "role.create")]).await.0, Vec::<Value>::new());
}

#[tokio::test]
async fn what_may_still_be_written_comes_again_so_that_nothing_is_lost() {
    let world = World::demo().await;
    write(&world, 3).await;
    let owner = world.act_as("owner").await;
    world.ask(&owner, "mutation { createRole(input: { key: \"new\", name: \"New\" }) { role { id } } }", Value::Null).await.data();
    let (lines, end) = export(&world, &owner, &[]).await;
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[3]["action"], "role.create");
    assert_eq!((&lines[3]["cursor"], &end["cursor"]), (&lines[2]["cursor"], &lines[2]["cursor"]), "no cursor passes what is new");
    let (again, _) = export(&world, &owner, &[("after", end["cursor"].as_str().unwrap())]).await;
    assert_eq!(again, [lines[3].clone()]);
}

#[tokio::test]
async fn an_export_is_for_those_who_may_export_the_log_and_shows_what_they_may() {
    let world = World::demo().await;
    write(&world, 2).await;
    let member = world.act_as("member").await;
    assert_eq!(refused(&world, Some(&member), &[]).await, (StatusCode::FORBIDDEN, "FORBIDDEN".to_owned()));
    assert_eq!(refused(&world, None, &[]).await, (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED".to_owned()));
    let rubbish = refused(&world, Some("ts_rubbish"), &[]).await;
    assert_eq!(rubbish, (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED".to_owned()));
    let owner = world.act_as("owner").await;
    for wrong in [("after", "rubbish"), ("from", "yesterday"), ("actor", "org_01h455vb4pex5vsknk084sn02q"), ("frm", "x")] {
        let answer = refused(&world, Some(&owner), &[wrong]).await;
        assert_eq!(answer, (StatusCode::BAD_REQUEST, "BAD_USER_INPUT".to_owned()), "{wrong:?}");
    }
    let post = world.client().post(world.url("/audit.jsonl")).bearer_auth(&owner).send().await.unwrap();
    assert_eq!(post.status(), StatusCode::METHOD_NOT_ALLOWED);
    // Whoever may export the log of one organization gets that of one organization.
    let seat = format!("from organization_memberships where user_id = '{}' and deleted_at is null", identity("member").user_id);
    let organization = world.value(&format!("select organization_id {seat} order by index_id limit 1")).await.unwrap();
    world
        .sql(&format!(
            "insert into member_permission_overrides (tenant_id, id, tenant_membership_id, organization_id, permission_id, effect)
            select member.tenant_id, gen_random_uuid(), member.id, '{organization}', permission.id, 'allow'
            from tenant_memberships member join permissions permission on permission.key = 'audit.export'
            where member.user_id = '{}' and member.tenant_id = '{}'",
            identity("member").user_id,
            identity("member").tenant_id
        ))
        .await;
    world
        .sql(&format!(
            "update audit_logs set organization_id = '{organization}' where index_id = (select max(index_id) - 1 from audit_logs)"
        ))
        .await;
    let (lines, _) = export(&world, &member, &[]).await;
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert_eq!(lines[0]["organizationId"], json!(entity::join("org", organization.parse().unwrap())));
}
