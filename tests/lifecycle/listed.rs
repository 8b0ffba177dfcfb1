//! The lists of what is deleted: each sees what they may restore, and nothing else.

use serde_json::{Value, json};

use super::accounts::developer;
use super::deleting::furnished;
use super::{Home, Person};

const LIST: &str = "query($filter: DeletionFilter, $first: Int, $after: String) {
    deletions(filter: $filter, first: $first, after: $after) {
        totalCount nodes { id kind resourceId organizationId name counts actorType deletedBy { id } deletedAt restorableUntil }
        pageInfo { hasNextPage endCursor } }
    deletedOrganizations { totalCount nodes { resourceId name } } }";

async fn listed(home: &Home, person: &Person, variables: Value) -> Value {
    home.world.ask(&person.token, LIST, variables).await.data().clone()
}

async fn kinds(home: &Home, person: &Person) -> Vec<String> {
    let list = listed(home, person, json!({})).await;
    let nodes = list["deletions"]["nodes"].as_array().unwrap();
    assert_eq!(list["deletions"]["totalCount"], json!(nodes.len()));
    nodes.iter().map(|node| format!("{} {}", node["kind"].as_str().unwrap(), node["name"].as_str().unwrap())).collect()
}

async fn find(home: &Home, prefix: &str, sql: &str) -> String {
    entity::join(prefix, home.world.value(sql).await.unwrap().parse().unwrap())
}

#[tokio::test]
async fn each_sees_what_they_may_restore_until_it_is_restored() {
    let home = furnished().await;
    home.world
        .sql(&format!(
            "update tenant_memberships set role = 'owner' where user_id = '{}';
            insert into roles (tenant_id, id, key, name) values ('{}', gen_random_uuid(), 'spare', 'Spare')",
            home.owner.id, home.tenant
        ))
        .await;
    let developer = developer(&home).await;
    let team = find(&home, "team", "select id from teams where name = 'Aside'").await;
    let role = find(&home, "role", "select id from roles where key = 'spare'").await;
    home.done(&home.owner, "deleteTeam", "", json!({ "teamId": team })).await;
    home.done(&home.owner, "deleteRole", "", json!({ "roleId": role })).await;
    home.done(&home.member, "leaveOrganization", "", json!({ "organizationId": home.id() })).await;
    assert_eq!(kinds(&home, &home.owner).await, ["ORGANIZATION_MEMBERSHIP Mel Member", "ROLE Spare", "TEAM Aside"]);
    assert_eq!(kinds(&home, &home.admin).await, ["ORGANIZATION_MEMBERSHIP Mel Member", "TEAM Aside"]);
    assert_eq!(kinds(&home, &home.manager).await, ["TEAM Aside"]);
    assert_eq!(kinds(&home, &home.member).await, [""; 0]);
    let first = listed(&home, &home.owner, json!({ "first": 1, "filter": { "organization": home.id() } })).await;
    let node = &first["deletions"]["nodes"][0];
    assert_eq!((&node["resourceId"], &node["organizationId"]), (&json!(home.member.membership), &json!(home.id())));
    assert_eq!((&node["actorType"], &node["deletedBy"]["id"]), (&json!("USER"), &json!(entity::join("user", home.member.id))));
    assert_eq!(node["counts"]["places"], 3);
    let until = node["restorableUntil"].as_str().unwrap();
    assert!(until > node["deletedAt"].as_str().unwrap(), "{until}");
    assert_eq!(first["deletions"]["pageInfo"]["hasNextPage"], true);
    let next = json!({
        "first": 1, "after": first["deletions"]["pageInfo"]["endCursor"], "filter": { "organization": home.id(), "kind": "TEAM" },
    });
    assert_eq!(listed(&home, &home.owner, next).await["deletions"]["nodes"][0]["resourceId"], json!(team));

    home.done(&home.owner, "restoreTeam", "", json!({ "teamId": team })).await;
    home.done(&developer, "deleteUser", "", json!({ "userId": entity::join("user", home.manager.id), "reason": "fraud" })).await;
    assert_eq!(kinds(&home, &home.owner).await, ["ORGANIZATION_MEMBERSHIP Mel Member", "ROLE Spare"]);
    assert_eq!(kinds(&home, &developer).await, ["USER Mara Manager", "ORGANIZATION_MEMBERSHIP Mel Member"]);
    home.done(&home.owner, "deleteOrganization", "", json!({ "organizationId": home.id() })).await;
    assert_eq!(kinds(&home, &home.owner).await, ["ORGANIZATION Hearth", "ROLE Spare"], "what is in it waits for it");
    let organizations = listed(&home, &home.owner, json!({})).await["deletedOrganizations"].clone();
    assert_eq!(organizations, json!({ "totalCount": 1, "nodes": [{ "resourceId": home.id(), "name": "Hearth" }] }));
    assert_eq!(listed(&home, &home.admin, json!({})).await["deletedOrganizations"]["totalCount"], 0);
    home.done(&home.owner, "restoreOrganization", "", json!({ "organizationId": home.id() })).await;
    assert_eq!(kinds(&home, &home.owner).await, ["ORGANIZATION_MEMBERSHIP Mel Member", "ROLE Spare"]);
}
