//! What is read of teams, overrides, grants and developer roles, and who may.

use serde_json::{Value, json};

use super::{Stage, id_of, user};
use crate::world::identity;

#[tokio::test]
async fn an_owner_reads_the_tree_of_teams_with_leads_roles_and_grants() {
    let stage = Stage::new().await;
    let owner = stage.world.act_as("owner").await;
    let query = "query($id: ID!) { organization(id: $id) { teams(orderBy: { field: NAME }) { totalCount nodes { name description
        organization { name } parent { name } ancestors { name } children { totalCount nodes { name } } roles { key }
        members(filter: { isLead: true }) { nodes { isLead user { displayName } team { name } membership { role } } }
        grants { nodes { effect resourceType resource permission { key } team { name } grantedBy { displayName } conditions expiresAt } } } } } }";
    let answer = stage.world.ask(&owner, query, json!({ "id": stage.northgate })).await;
    let teams = answer.data()["organization"]["teams"]["nodes"].as_array().unwrap().clone();
    let names: Vec<&str> = teams.iter().map(|team| team["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Applications", "Customer Success", "Engineering", "Platform", "Reliability", "Support"]);
    assert_eq!(teams[4]["ancestors"], json!([{ "name": "Platform" }, { "name": "Engineering" }]));
    assert_eq!(teams[4]["parent"]["name"], "Platform");
    assert_eq!(teams[2]["children"], json!({ "totalCount": 2, "nodes": [{ "name": "Platform" }, { "name": "Applications" }] }));
    assert_eq!(teams[5]["roles"], json!([{ "key": "support_agent" }]));
    assert_eq!(teams[2]["members"]["nodes"][0]["user"]["displayName"], "Olivia Owner");
    assert_eq!(teams[2]["members"]["nodes"][0]["membership"]["role"], "OWNER");
    let grant = &teams[5]["grants"]["nodes"][0];
    assert_eq!(grant["permission"]["key"], "billing.read");
    assert_eq!((&grant["resource"], &grant["resourceType"]), (&json!(stage.northgate), &json!("organization")));
    assert_eq!(grant["grantedBy"]["displayName"], "Olivia Owner");
}

#[tokio::test]
async fn teams_are_found_from_people_and_memberships() {
    let stage = Stage::new().await;
    let token = stage.world.act_as("member").await;
    let query = "query($user: ID!, $org: ID!) {
        user(id: $user) { teams(filter: { name: \"reli\" }) { nodes { name } } }
        organization(id: $org) { members(filter: { name: \"Max\" }) { nodes { teams { nodes { name parent { name } } } } }
            teams(filter: { isRoot: true }) { nodes { name } } } }";
    let answer = stage.world.ask(&token, query, json!({ "user": user("member"), "org": stage.northgate })).await;
    let data = answer.data();
    assert!(data["user"]["teams"]["nodes"].as_array().unwrap().iter().all(|team| team["name"] == "Reliability"));
    let seat = &data["organization"]["members"]["nodes"][0]["teams"]["nodes"];
    assert_eq!(seat, &json!([{ "name": "Reliability", "parent": { "name": "Platform" } }]));
    assert_eq!(data["organization"]["teams"]["nodes"], json!([{ "name": "Engineering" }, { "name": "Customer Success" }]));
}

#[tokio::test]
async fn who_may_not_read_teams_finds_none_and_a_grant_on_one_shows_just_that_one() {
    let stage = Stage::new().await;
    let token = stage.world.act_as("readonly").await;
    let (support, engineering) = (stage.team("Support").await, stage.team("Engineering").await);
    let all = "query($org: ID!, $a: ID!, $b: ID!, $user: ID!) { organization(id: $org) { teams { totalCount nodes { name parent { name } } } }
        a: team(id: $a) { name } b: team(id: $b) { name } node(id: $b) { id } user(id: $user) { teams { totalCount } } }";
    let variables = json!({ "org": stage.northgate, "a": support, "b": engineering, "user": user("readonly") });
    let answer = stage.world.ask(&token, all, variables.clone()).await;
    assert_eq!(answer.data()["organization"]["teams"]["totalCount"], 6);
    let deny = format!(
        "insert into member_permission_overrides (tenant_id, id, tenant_membership_id, permission_id, effect)
        select member.tenant_id, gen_random_uuid(), member.id, permission.id, 'deny' from tenant_memberships member, permissions permission
        where member.user_id = '{}' and permission.key = 'teams.read'",
        identity("readonly").user_id
    );
    stage.world.sql(&deny).await;
    let answer = stage.world.ask(&token, all, variables.clone()).await;
    let nothing = json!({ "organization": { "teams": { "totalCount": 0, "nodes": [] } }, "a": null, "b": null, "node": null,
        "user": { "teams": { "totalCount": 0 } } });
    assert_eq!(answer.data(), &nothing);
    // Denied by a role, and not by an override, a grant on a single team would still be beaten: so only the override goes.
    stage.world.sql("delete from member_permission_overrides where effect = 'deny'").await;
    let hide = format!(
        "insert into resource_grants (tenant_id, id, resource_type, resource_id, tenant_membership_id, permission_id, effect)
        select member.tenant_id, gen_random_uuid(), 'team', team.id, member.id, permission.id, 'deny'
        from tenant_memberships member, permissions permission, teams team join organizations place on place.id = team.organization_id
        where member.user_id = '{}' and permission.key = 'teams.read' and team.name = 'Engineering' and place.name = 'Northgate Robotics'",
        identity("readonly").user_id
    );
    stage.world.sql(&hide).await;
    let answer = stage.world.ask(&token, all, variables).await;
    let data = answer.data();
    assert_eq!(data["organization"]["teams"]["totalCount"], 5);
    assert_eq!((&data["a"]["name"], &data["b"], &data["node"]), (&json!("Support"), &Value::Null, &Value::Null));
    let names: Vec<_> =
        data["organization"]["teams"]["nodes"].as_array().unwrap().iter().map(|team| team["parent"].clone()).collect();
    assert!(names.iter().all(|parent| parent["name"] != "Engineering"), "{names:?}");
}

#[tokio::test]
async fn members_of_a_team_are_shown_to_those_who_may_see_people() {
    let stage = Stage::new().await;
    let token = stage.world.act_as("readonly").await;
    let team = stage.team("Support").await;
    let place = id_of(
        &stage.world,
        "tmbr",
        "select place.id from team_members place join teams team on team.id = place.team_id
            join organizations organization on organization.id = team.organization_id
            where team.name = 'Support' and organization.name = 'Northgate Robotics' order by place.index_id limit 1",
    )
    .await;
    let query = "query($team: ID!, $place: ID!) { team(id: $team) { name members { totalCount } } node(id: $place) { id } }";
    let variables = json!({ "team": team, "place": place });
    let answer = stage.world.ask(&token, query, variables.clone()).await;
    assert!(answer.data()["team"]["members"]["totalCount"].as_i64().unwrap() > 2);
    stage
        .world
        .sql(
            "insert into role_permissions (tenant_id, role_id, permission_id, effect)
        select role.tenant_id, role.id, permission.id, 'deny' from roles role, permissions permission
        where role.key = 'contractor' and permission.key = 'members.read'",
        )
        .await;
    let assign = format!(
        "insert into member_roles (tenant_id, id, tenant_membership_id, role_id)
        select member.tenant_id, gen_random_uuid(), member.id, role.id from tenant_memberships member
        join roles role on role.tenant_id = member.tenant_id and role.key = 'contractor' where member.user_id = '{}'",
        identity("readonly").user_id
    );
    stage.world.sql(&assign).await;
    let answer = stage.world.ask(&token, query, variables).await;
    assert_eq!(answer.codes(), ["FORBIDDEN"]);
    assert_eq!(answer.body["data"], json!({ "team": { "name": "Support", "members": null }, "node": null }));
}

const EXCEPTIONS: &str = "query($org: ID!) {
    organization(id: $org) { members(filter: { name: \"Max Member\" }) { nodes {
        permissionOverrides { totalCount nodes { id effect priority reason isTenantWide permission { key } organization { name } user { displayName } } }
        grants { totalCount nodes { id permission { key } resourceType } } } } }
    resourceGrants(resource: $org) { totalCount nodes { permission { key } team { name } membership { id } } } }";

#[tokio::test]
async fn overrides_and_grants_are_read_by_those_who_may_explain_access_and_by_whom_they_are_about() {
    let stage = Stage::new().await;
    let variables = json!({ "org": stage.northgate });
    let owner = stage.world.act_as("owner").await;
    let answer = stage.world.ask(&owner, EXCEPTIONS, variables.clone()).await;
    let member = answer.data()["organization"]["members"]["nodes"][0].clone();
    let special = &member["permissionOverrides"]["nodes"][0];
    assert_eq!(special["permission"]["key"], "invitations.read");
    assert_eq!(
        (&special["priority"], &special["reason"], &special["effect"]),
        (&json!(100), &json!("helps with hiring"), &json!("ALLOW"))
    );
    assert_eq!((&special["organization"]["name"], &special["isTenantWide"]), (&json!("Northgate Robotics"), &json!(false)));
    assert_eq!(member["grants"]["nodes"][0]["permission"]["key"], "teams.manage");
    assert_eq!(answer.data()["resourceGrants"]["nodes"][0]["team"]["name"], "Support");
    // Somebody without the permission is refused what is about others, field by field.
    let plain = stage.world.act_as("member").await;
    let answer = stage.world.ask(&plain, EXCEPTIONS, variables).await;
    assert_eq!(answer.codes(), ["FORBIDDEN"; 3]);
    let own = "query($a: ID!, $b: ID!) { nodes(ids: [$a, $b]) { __typename }
        tenant { members { totalCount } } }";
    let ids = json!({ "a": special["id"], "b": member["grants"]["nodes"][0]["id"] });
    let answer = stage.world.ask(&plain, own, ids.clone()).await;
    assert_eq!(answer.body["data"]["nodes"], json!([{ "__typename": "PermissionOverride" }, { "__typename": "ResourceGrant" }]));
    let other = stage.world.act_as("readonly").await;
    let answer = stage.world.ask(&other, own, ids).await;
    assert_eq!(answer.body["data"]["nodes"], json!([null, null]));
}

#[tokio::test]
async fn resource_grants_on_what_is_no_id_or_nowhere_are_told_apart_from_nothing() {
    let stage = Stage::new().await;
    let owner = stage.world.act_as("owner").await;
    let query = "query($id: ID!) { resourceGrants(resource: $id) { totalCount nodes { id } } }";
    let ask = async |id: &str| stage.world.ask(&owner, query, json!({ "id": id })).await;
    assert_eq!(ask("nonsense").await.codes(), ["BAD_USER_INPUT"]);
    assert_eq!(ask("acme_robot_01h455vb4pex5vsknk084sn02q").await.data()["resourceGrants"]["totalCount"], 0);
    assert_eq!(ask(&stage.team("Applications").await).await.data()["resourceGrants"]["totalCount"], 1);
}

#[tokio::test]
async fn developers_alone_read_developer_roles() {
    let stage = Stage::new().await;
    let query = "{ developerRoles { totalCount nodes { id key name permissions { key action } assignments { totalCount nodes { id userId displayName
        expiresAt revokedAt role { key } } } } } }";
    let developer = stage.world.act_as("developer").await;
    let answer = stage.world.ask(&developer, query, Value::Null).await;
    let role = answer.data()["developerRoles"]["nodes"][0].clone();
    assert_eq!((&role["key"], &role["name"]), (&json!("support"), &json!("Support")));
    assert!(role["permissions"].as_array().unwrap().iter().all(|permission| permission["action"] == "read"));
    let assignment = &role["assignments"]["nodes"][0];
    assert_eq!((&assignment["displayName"], &assignment["role"]["key"]), (&json!("Dana Developer"), &json!("support")));
    assert_eq!(assignment["userId"], user("developer"));
    let nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename } }";
    let ids = json!({ "ids": [role["id"], assignment["id"]] });
    let answer = stage.world.ask(&developer, nodes, ids.clone()).await;
    assert_eq!(answer.data()["nodes"], json!([{ "__typename": "DeveloperRole" }, { "__typename": "DeveloperRoleAssignment" }]));
    for key in ["owner", "outsider"] {
        let token = stage.world.act_as(key).await;
        assert_eq!(stage.world.ask(&token, query, Value::Null).await.codes(), ["FORBIDDEN"]);
        assert_eq!(stage.world.ask(&token, nodes, ids.clone()).await.data()["nodes"], json!([null, null]));
    }
    // Postgres itself shows them to nobody else.
    let seen = "begin; set local role tenantry_app; select set_config('app.user_id', 'USER', true);
        do $$ begin if (select count(*) from developer_roles) + (select count(*) from developer_role_assignments)
            + (select count(*) from developer_role_permissions)
            + (select count(*) from tenantry_developer_names((select array_agg(id) from users))) > 0 then raise 'seen'; end if; end $$; commit";
    stage.world.sql(&seen.replace("USER", &identity("owner").user_id.to_string())).await;
}

#[tokio::test]
async fn reading_teams_takes_as_many_statements_for_many_as_for_one() {
    let stage = Stage::new().await;
    let owner = stage.world.act_as("owner").await;
    let query = "query($n: Int!) { organizations(first: $n) { nodes { teams(first: $n) { totalCount nodes { name parent { name } ancestors { name }
        children { nodes { name } } roles { key } grants { nodes { permission { key } } } members(first: $n) { totalCount nodes { isLead
        user { displayName teams { nodes { name } } } membership { role } } } } }
        members(first: $n) { nodes { teams { nodes { name } } permissionOverrides { nodes { permission { key } } } grants { nodes { id } } } } } }
        tenant { members(first: $n) { nodes { user { displayName } teams { nodes { name } } permissionOverrides { nodes { id } } grants { nodes { id } } } } } }";
    let cost = async |n: u32| stage.world.ask(&owner, query, json!({ "n": n })).await;
    cost(1).await;
    let (one, many) = (cost(6).await, cost(20).await);
    assert!(many.data()["organizations"]["nodes"].as_array().unwrap().len() == 20);
    assert_eq!(one.statements(), many.statements());
}
