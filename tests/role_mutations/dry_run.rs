//! `dryRun` and `accessChanges`: who gains and who loses, and that trying it out writes nothing.

use serde_json::{Value, json};

use super::{House, Someone, allow, deny};
use crate::world::Answer;

const CHANGES: &str = "accessChanges { user { id displayName } permission { key } place organization { id } before after } accessChangesTruncated dryRun userErrors { code }";

async fn changes(house: &House, someone: &Someone, mutation: &str, input: Value) -> Answer {
    let mut name = mutation.to_owned();
    name[..1].make_ascii_uppercase();
    let query = format!("mutation($input: {name}Input!) {{ it: {mutation}(input: $input) {{ {CHANGES} }} }}");
    house.world.ask(&someone.token, &query, json!({ "input": input })).await
}

/// Name, permission, place and both sides of each change.
fn told(answer: &Answer) -> Vec<String> {
    let payload = &answer.data()["it"];
    assert_eq!(payload["userErrors"], json!([]), "{:#}", answer.body);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let line = |change: &Value| {
        let who = text(&change["user"]["displayName"]);
        format!(
            "{who} {} {} {}>{}",
            text(&change["permission"]["key"]),
            text(&change["place"]),
            text(&change["before"]),
            text(&change["after"])
        )
    };
    payload["accessChanges"].as_array().unwrap().iter().map(line).collect()
}

#[tokio::test]
async fn a_change_of_a_role_tells_who_gains_and_who_loses_and_a_dry_run_writes_nothing() {
    let house = House::build().await;
    let parent = house.make("parent", json!([allow("billing.read")])).await;
    let child = house.make("child", json!([])).await;
    house.done(&house.boss, "updateRole", json!({ "roleId": child, "parentRoleId": parent })).await;
    house.give(&house.mia, &child, Some(0)).await;
    house.give(&house.nina, &parent, None).await;
    let before = house.everything().await;
    let mut input = json!({
        "roleId": parent, "removePermissions": ["billing.read"],
        "setPermissions": [{ "permission": "audit.read", "conditions": { "==": [{ "var": "user.userType" }, "standard"] } }],
    });
    // Who has a role that builds on it is among them; Mia in her organization, Nina everywhere.
    let expected = [
        "Mia billing.read ORGANIZATION ALLOWED>DENIED",
        "Mia audit.read ORGANIZATION DENIED>CONDITIONAL",
        "Nina billing.read TENANT ALLOWED>DENIED",
        "Nina audit.read TENANT DENIED>CONDITIONAL",
        "Nina billing.read OTHER_ORGANIZATIONS ALLOWED>DENIED",
        "Nina audit.read OTHER_ORGANIZATIONS DENIED>CONDITIONAL",
    ];
    input["dryRun"] = json!(true);
    let tried = changes(&house, &house.boss, "updateRole", input.clone()).await;
    assert_eq!(told(&tried), expected);
    assert_eq!((&tried.data()["it"]["dryRun"], &tried.data()["it"]["accessChangesTruncated"]), (&json!(true), &json!(false)));
    assert_eq!(tried.data()["it"]["accessChanges"][0]["organization"]["id"], house.organization(0));
    assert_eq!(house.everything().await, before, "nothing is written");
    assert_eq!(house.bills_seen_by(&house.mia).await, ["First"]);
    input["dryRun"] = json!(false);
    assert_eq!(told(&changes(&house, &house.boss, "updateRole", input).await), expected, "and so it comes");
    assert_eq!(house.bills_seen_by(&house.mia).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_dry_run_refuses_what_the_mutation_would_refuse() {
    let house = House::build().await;
    let role = house.make("regal", json!([allow("organization.transfer")])).await;
    let before = house.everything().await;
    let input = json!({ "userId": house.mia.user(), "roleId": role, "organizationId": house.organization(0), "dryRun": true });
    assert_eq!(super::not_held(&house.send(&house.lead, "assignRole", input).await), ["organization.transfer"]);
    let create = json!({ "key": "regal", "name": "Regal", "dryRun": true, "idempotencyKey": "k" });
    assert_eq!(super::user_errors(&house.send(&house.boss, "createRole", create).await)[0].1, "TAKEN");
    let create = json!({ "key": "fresh", "name": "Fresh", "dryRun": true, "idempotencyKey": "k" });
    assert_eq!(house.done(&house.boss, "createRole", create).await["role"], Value::Null);
    assert_eq!(house.everything().await, before);
}

#[tokio::test]
async fn a_denial_shows_as_a_loss_and_its_end_as_a_gain() {
    let house = House::build().await;
    let role = house.make("tame", json!([deny("users.contact")])).await;
    let input = json!({ "userId": house.mia.user(), "roleId": role, "organizationId": house.organization(0) });
    assert_eq!(told(&changes(&house, &house.boss, "assignRole", input).await), ["Mia users.contact ORGANIZATION ALLOWED>DENIED"]);
    let id = house.world.value("select id from member_roles").await.unwrap();
    let id = entity::id::MemberRoleId::from(id.parse::<uuid::Uuid>().unwrap()).to_string();
    let revoke = json!({ "assignmentId": id, "dryRun": true });
    assert_eq!(told(&changes(&house, &house.boss, "revokeRole", revoke).await), ["Mia users.contact ORGANIZATION DENIED>ALLOWED"]);
    // What is denied by one way and allowed by another does not change.
    let twice = json!({ "userId": house.mia.user(), "roleId": role, "dryRun": true });
    let more = told(&changes(&house, &house.boss, "assignRole", twice).await);
    assert!(more.iter().all(|line| !line.contains(" ORGANIZATION ")), "{more:?}");
}

#[tokio::test]
async fn who_may_not_explain_others_access_is_told_so_and_still_assigns() {
    let house = House::build().await;
    let role = house.make("clerk", json!([allow("billing.read")])).await;
    let blind = house.make("blind", json!([deny("access.explain")])).await;
    house.give(&house.lead, &blind, Some(0)).await;
    let input = json!({ "userId": house.mia.user(), "roleId": role, "organizationId": house.organization(0) });
    let query = format!("mutation($input: AssignRoleInput!) {{ it: assignRole(input: $input) {{ {CHANGES} }} }}");
    let answer = house.world.ask(&house.lead.token, &query, json!({ "input": input })).await;
    assert_eq!((&answer.body["data"]["it"]["accessChanges"], answer.codes()), (&Value::Null, vec!["FORBIDDEN"]));
    assert_eq!(answer.body["errors"][0]["extensions"]["permission"], "access.explain");
    assert_eq!(house.bills_seen_by(&house.mia).await, ["First"]);
}

#[tokio::test]
async fn of_more_than_a_thousand_people_the_first_are_told_and_that_there_are_more() {
    let house = House::with(|script, tenant, _| {
        script.role(tenant, "clerk", None);
        script.add(&format!(
            "with person as (
                insert into users (id, email, display_name)
                select gen_random_uuid(), 'p' || number || '@people.example', 'Person ' || number from generate_series(1, 1001) number
                returning id),
            member as (
                insert into tenant_memberships (tenant_id, id, user_id, role)
                select '{tenant}', gen_random_uuid(), id, 'readonly' from person returning id)
            insert into member_roles (tenant_id, id, tenant_membership_id, role_id)
            select '{tenant}', gen_random_uuid(), member.id, role.id from member, roles role where role.tenant_id = '{tenant}' and role.key = 'clerk'"
        ));
    })
    .await;
    let role = house.role("clerk").await;
    let query =
        "mutation($input: UpdateRoleInput!) { it: updateRole(input: $input) { accessChangesTruncated accessChanges { before } } }";
    let input = json!({ "roleId": role, "setPermissions": [allow("billing.read")], "dryRun": true });
    let answer = house.world.ask(&house.boss.token, query, json!({ "input": input })).await;
    assert_eq!(answer.data()["it"]["accessChangesTruncated"], true);
    // In the tenant, and in all its organizations.
    assert_eq!(answer.data()["it"]["accessChanges"].as_array().unwrap().len(), 2_000);
    let statements = answer.statements();
    // As many for one person as for a thousand.
    house.world.sql("update member_roles set revoked_at = now() where id <> (select id from member_roles limit 1)").await;
    let one = house.world.ask(&house.boss.token, query, json!({ "input": input })).await;
    assert_eq!((one.data()["it"]["accessChanges"].as_array().unwrap().len(), one.statements()), (2, statements));
}
