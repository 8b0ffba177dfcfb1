//! `assignRole` and `revokeRole`, and how assignments are read.

use chrono::{TimeDelta, Utc};
use futures_util::future::join_all;
use migration::catalog::BaseRole;
use serde_json::{Value, json};
use tenantry::clock;

use super::{House, allow, no_assignment, no_role, user_errors};

/// A moment so many seconds from now.
fn later(seconds: i64) -> String {
    let time: chrono::DateTime<Utc> = clock::now() + TimeDelta::seconds(seconds);
    time.to_rfc3339()
}

#[tokio::test]
async fn a_role_holds_from_the_next_request_on_and_ends_with_the_next_after_it_was_taken_back() {
    let house = House::build().await;
    let role = house.make("clerk", json!([allow("billing.read")])).await;
    for (organization, seen) in [(Some(0), vec!["First"]), (None, vec!["First"])] {
        assert_eq!(house.bills_seen_by(&house.mia).await, Vec::<String>::new());
        let organization = organization.map(|place| house.organization(place));
        let input = json!({ "tenantMembershipId": membership(&house.mia), "roleId": role, "organizationId": organization, "expiresAt": later(3600) });
        let assignment = house.done(&house.boss, "assignRole", input).await["assignment"].clone();
        assert_eq!((&assignment["role"]["key"], &assignment["user"]["id"]), (&json!("clerk"), &json!(house.mia.user())));
        assert_eq!(assignment["isTenantWide"], organization.is_none());
        assert!(assignment["expiresAt"].is_string());
        assert_eq!(house.bills_seen_by(&house.mia).await, seen);
        let input = json!({ "assignmentId": assignment["id"], "reason": " Moved on. " });
        let revoked = house.done(&house.boss, "revokeRole", input).await["assignment"].clone();
        assert!(revoked["revokedAt"].is_string());
        assert_eq!(revoked["revokeReason"], "Moved on.");
    }
    assert_eq!(house.bills_seen_by(&house.mia).await, Vec::<String>::new());
}

fn membership(someone: &super::Someone) -> String {
    entity::id::TenantMembershipId::from(someone.membership).to_string()
}

#[tokio::test]
async fn what_cannot_be_assigned_or_taken_back_is_said_and_nothing_is_written() {
    let house = House::build().await;
    let role = house.make("clerk", json!([allow("billing.read")])).await;
    let assignment = house.give(&house.mia, &role, Some(0)).await;
    let revoked = house.give(&house.mia, &role, None).await;
    house.done(&house.boss, "revokeRole", json!({ "assignmentId": revoked })).await;
    let before = house.everything().await;
    let nobody = entity::id::UserId::from(clock::new_id::<uuid::Uuid>()).to_string();
    let in_first = house.organization(0);
    for (mutation, input, field, code) in [
        ("assignRole", json!({ "userId": nobody, "roleId": role }), json!(["userId"]), "NOT_FOUND"),
        ("assignRole", json!({ "userId": house.mia.user(), "roleId": no_role() }), json!(["roleId"]), "NOT_FOUND"),
        (
            "assignRole",
            json!({ "userId": house.mia.user(), "roleId": role, "expiresAt": later(-1) }),
            json!(["expiresAt"]),
            "INVALID",
        ),
        (
            "assignRole",
            json!({ "userId": house.mia.user(), "roleId": role, "organizationId": in_first }),
            json!(["roleId"]),
            "ALREADY_DONE",
        ),
        ("revokeRole", json!({ "assignmentId": revoked }), json!(["assignmentId"]), "ALREADY_DONE"),
        ("revokeRole", json!({ "assignmentId": assignment, "reason": "r".repeat(501) }), json!(["reason"]), "TOO_LONG"),
    ] {
        let answer = house.send(&house.boss, mutation, input.clone()).await;
        assert_eq!(user_errors(&answer), [(field, code.to_owned())], "{input}");
    }
    let nowhere = entity::id::OrganizationId::from(clock::new_id::<uuid::Uuid>()).to_string();
    for (mutation, input, code) in [
        ("assignRole", json!({ "userId": house.mia.user(), "roleId": role, "organizationId": nowhere }), "NOT_FOUND"),
        ("assignRole", json!({ "roleId": role }), "BAD_USER_INPUT"),
        (
            "assignRole",
            json!({ "userId": house.mia.user(), "tenantMembershipId": membership(&house.mia), "roleId": role }),
            "BAD_USER_INPUT",
        ),
        ("revokeRole", json!({ "assignmentId": no_assignment() }), "NOT_FOUND"),
    ] {
        assert_eq!(house.send(&house.boss, mutation, input.clone()).await.codes(), [code], "{input}");
    }
    assert_eq!(house.everything().await, before);
}

#[tokio::test]
async fn an_assignment_that_has_expired_makes_room_for_a_new_one() {
    let house = House::build().await;
    let role = house.make("clerk", json!([allow("billing.read")])).await;
    let first = house.give(&house.mia, &role, Some(0)).await;
    house.world.sql("update member_roles set expires_at = now() - interval '1 second'").await;
    assert_eq!(house.bills_seen_by(&house.mia).await, Vec::<String>::new());
    let expired = house.send(&house.boss, "revokeRole", json!({ "assignmentId": first })).await;
    assert_eq!(user_errors(&expired), [(json!(["assignmentId"]), "ALREADY_DONE".to_owned())]);
    assert_ne!(house.give(&house.mia, &role, Some(0)).await, first);
    assert_eq!(house.bills_seen_by(&house.mia).await, ["First"]);
}

#[tokio::test]
async fn of_many_who_assign_the_same_at_once_one_succeeds_and_so_of_many_who_take_it_back() {
    let house = House::build().await;
    let role = house.make("clerk", json!([allow("billing.read")])).await;
    let input = json!({ "userId": house.mia.user(), "roleId": role, "organizationId": house.organization(0) });
    let answers = join_all((0..8).map(|_| house.send(&house.boss, "assignRole", input.clone()))).await;
    let already = [(json!(["roleId"]), "ALREADY_DONE".to_owned())];
    assert_eq!(answers.iter().filter(|answer| user_errors(answer) == already).count(), 7);
    let made = answers.iter().find(|answer| user_errors(answer).is_empty()).unwrap();
    let id = &made.data()["it"]["assignment"]["id"];
    let answers = join_all((0..8).map(|_| house.send(&house.boss, "revokeRole", json!({ "assignmentId": id })))).await;
    assert_eq!(answers.iter().filter(|answer| user_errors(answer).is_empty()).count(), 1);
    // The same key gives the same assignment, also after it was taken back.
    let keyed = json!({ "userId": house.mia.user(), "roleId": role, "idempotencyKey": "k" });
    let first = house.done(&house.boss, "assignRole", keyed.clone()).await["assignment"]["id"].clone();
    house.done(&house.boss, "revokeRole", json!({ "assignmentId": first })).await;
    assert_eq!(house.done(&house.boss, "assignRole", keyed).await["assignment"]["id"], first);
}

#[tokio::test]
async fn whoever_runs_one_organization_assigns_to_its_members_and_knows_of_nobody_else() {
    let house = House::build().await;
    let role = house.make("clerk", json!([allow("billing.read")])).await;
    let to = |user: String, organization: Option<usize>| json!({ "userId": user, "roleId": role, "organizationId": organization.map(|place| house.organization(place)) });
    let made = house.done(&house.lead, "assignRole", to(house.mia.user(), Some(0))).await["assignment"]["id"].clone();
    let outside = house.send(&house.lead, "assignRole", to(house.nina.user(), Some(0))).await;
    assert_eq!(user_errors(&outside), [(json!(["userId"]), "NOT_FOUND".to_owned())]);
    assert_eq!(house.send(&house.lead, "assignRole", to(house.mia.user(), Some(1))).await.codes(), ["NOT_FOUND"]);
    let everywhere = house.send(&house.lead, "assignRole", to(house.mia.user(), None)).await;
    assert_eq!(everywhere.codes(), ["FORBIDDEN"]);
    assert_eq!(everywhere.body["errors"][0]["extensions"]["permission"], "roles.assign");
    assert_eq!(house.send(&house.mia, "revokeRole", json!({ "assignmentId": made })).await.codes(), ["FORBIDDEN"]);
    // What is assigned in a place that one does not know of is not there.
    let elsewhere = house.give(&house.nina, &role, Some(1)).await;
    assert_eq!(house.send(&house.lead, "revokeRole", json!({ "assignmentId": elsewhere })).await.codes(), ["NOT_FOUND"]);
    house.done(&house.lead, "revokeRole", json!({ "assignmentId": made })).await;
}

#[tokio::test]
async fn assignments_are_read_where_members_are_page_by_page_both_ways() {
    let house = House::with(|script, tenant, (organizations, _)| {
        for number in 0..5 {
            let user = script.user(&format!("Person {number}"));
            let membership = script.member(tenant, user, BaseRole::Readonly);
            script.seat(tenant, organizations[0], user, BaseRole::Member);
            if number == 0 {
                script.role(tenant, "clerk", None);
            }
            script.assign(tenant, membership, "clerk", Some(organizations[0]), crate::people::Lasts::ForGood);
        }
    })
    .await;
    let role = house.role("clerk").await;
    let in_second = house.give(&house.nina, &role, Some(1)).await;
    let query = "query($id: ID!, $first: Int, $after: String, $last: Int, $before: String, $filter: RoleAssignmentFilter) {
        role(id: $id) { assignments(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
            totalCount edges { cursor node { id organization { name } assignedBy { id } } } pageInfo { hasNextPage hasPreviousPage } } } }";
    let page = async |token: &str, variables: Value| {
        let mut all = json!({ "id": role });
        all.as_object_mut().unwrap().extend(variables.as_object().unwrap().clone());
        house.world.ask(token, query, all).await.data()["role"]["assignments"].clone()
    };
    let whole = page(&house.boss.token, json!({})).await;
    let edges = whole["edges"].as_array().unwrap();
    assert_eq!((whole["totalCount"].as_i64(), edges.len()), (Some(6), 6));
    assert_eq!(
        edges[5]["node"],
        json!({ "id": in_second, "organization": { "name": "Second" }, "assignedBy": { "id": house.boss.user() } })
    );
    let middle = page(&house.boss.token, json!({ "first": 2, "after": edges[1]["cursor"] })).await;
    assert_eq!(middle["edges"].as_array().unwrap(), &edges[2..4]);
    assert_eq!(middle["pageInfo"], json!({ "hasNextPage": true, "hasPreviousPage": true }));
    let back = page(&house.boss.token, json!({ "last": 2, "before": edges[2]["cursor"] })).await;
    assert_eq!(back["edges"].as_array().unwrap(), &edges[..2]);
    let second = page(&house.boss.token, json!({ "filter": { "organizationId": house.organization(1) } })).await;
    assert_eq!((&second["totalCount"], &second["edges"][0]), (&json!(1), &edges[5]));
    // A member of the first organization sees who has it there.
    let seen = page(&house.mia.token, json!({})).await;
    assert_eq!((seen["totalCount"].as_i64(), seen["edges"].as_array().unwrap().len()), (Some(5), 5));
    // Its own assignment everybody sees.
    for (someone, visible) in [(&house.boss, true), (&house.nina, true), (&house.mia, false)] {
        let node = house.world.ask(&someone.token, "query($id: ID!) { node(id: $id) { id } }", json!({ "id": in_second })).await;
        assert_eq!(node.data()["node"].is_object(), visible);
    }
    house.done(&house.boss, "revokeRole", json!({ "assignmentId": in_second })).await;
    assert_eq!(page(&house.boss.token, json!({})).await["totalCount"], 5);
    assert_eq!(page(&house.boss.token, json!({ "filter": { "includeEnded": true } })).await["totalCount"], 6);
}

#[tokio::test]
async fn a_membership_shows_the_assignments_behind_its_roles() {
    let house = House::build().await;
    let (here, wide) = (house.make("here", json!([])).await, house.make("wide", json!([])).await);
    house.give(&house.mia, &here, Some(0)).await;
    house.give(&house.mia, &wide, None).await;
    house.give(&house.mia, &wide, Some(1)).await;
    let query = "query($id: ID!) { organization(id: $id) { members { nodes { user { id } roleAssignments(first: 5) { totalCount nodes { role { key } organization { id } } } } } } }";
    let answer = house.world.ask(&house.boss.token, query, json!({ "id": house.organization(0) })).await;
    let members = answer.data()["organization"]["members"]["nodes"].as_array().unwrap();
    let mia = members.iter().find(|member| member["user"]["id"] == house.mia.user()).unwrap();
    let expected = json!({ "totalCount": 2, "nodes": [
        { "role": { "key": "here" }, "organization": { "id": house.organization(0) } },
        { "role": { "key": "wide" }, "organization": null },
    ] });
    assert_eq!(mia["roleAssignments"], expected);
    assert!(members.iter().filter(|member| *member != mia).all(|member| member["roleAssignments"]["totalCount"] == 0));
}
