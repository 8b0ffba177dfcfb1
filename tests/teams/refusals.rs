//! What mutations of teams refuse: in clear words, and with nothing written.

use serde_json::json;

use super::{Stage, id_of, pair, user};
use crate::world::identity;

#[tokio::test]
async fn names_parents_and_people_that_do_not_fit_are_told_to_the_user() {
    let stage = Stage::new().await;
    let owner = stage.world.act_as("owner").await;
    let (engineering, reliability) = (stage.team("Engineering").await, stage.team("Reliability").await);
    let elsewhere = id_of(
        &stage.world,
        "team",
        "select team.id from teams team join organizations place on place.id = team.organization_id where place.name = 'Bluefin Logistics' limit 1",
    )
    .await;
    let nowhere = "team_01h455vb4pex5vsknk084sn02q";
    let create =
        |name: &str, parent: Option<&str>| json!({ "organizationId": stage.northgate, "name": name, "parentTeamId": parent });
    for (mutation, input, expected) in [
        ("createTeam", create("  ", None), pair("name", "INVALID")),
        ("createTeam", create(&"x".repeat(101), None), pair("name", "TOO_LONG")),
        ("createTeam", create("ENGINEERING", None), pair("name", "TAKEN")),
        ("createTeam", create("New", Some(&elsewhere)), pair("parentTeamId", "NOT_FOUND")),
        ("createTeam", create("New", Some(nowhere)), pair("parentTeamId", "NOT_FOUND")),
        ("updateTeam", json!({ "teamId": engineering, "name": "support" }), pair("name", "TAKEN")),
        ("updateTeam", json!({ "teamId": engineering, "description": "y".repeat(2001) }), pair("description", "TOO_LONG")),
        ("moveTeam", json!({ "teamId": engineering, "parentTeamId": reliability }), pair("parentTeamId", "INVALID")),
        ("moveTeam", json!({ "teamId": engineering, "parentTeamId": engineering }), pair("parentTeamId", "INVALID")),
        ("moveTeam", json!({ "teamId": engineering, "parentTeamId": elsewhere }), pair("parentTeamId", "NOT_FOUND")),
        ("addTeamMember", json!({ "teamId": engineering, "userId": user("owner") }), pair("userId", "TAKEN")),
        ("addTeamMember", json!({ "teamId": engineering, "userId": user("outsider") }), pair("userId", "NOT_FOUND")),
        (
            "addTeamMember",
            json!({ "teamId": engineering, "userId": "user_01h455vb4pex5vsknk084sn02q" }),
            pair("userId", "NOT_FOUND"),
        ),
        (
            "addTeamRole",
            json!({ "teamId": stage.team("Support").await, "roleId": stage.role("support_agent").await }),
            pair("roleId", "TAKEN"),
        ),
        ("addTeamRole", json!({ "teamId": engineering, "roleId": "role_01h455vb4pex5vsknk084sn02q" }), pair("roleId", "NOT_FOUND")),
        ("removeTeamRole", json!({ "teamId": engineering, "roleId": stage.role("auditor").await }), pair("roleId", "NOT_FOUND")),
    ] {
        assert_eq!(stage.refused(&owner, mutation, input.clone()).await, [expected], "{mutation} {input}");
    }
    // A member of the tenant who does not belong to the organization.
    let outside = id_of(
        &stage.world,
        "user",
        "select member.user_id from tenant_memberships member join organizations place using (tenant_id)
            where place.name = 'Northgate Robotics' and not exists (select from organization_memberships seat
                where seat.organization_id = place.id and seat.user_id = member.user_id) limit 1",
    )
    .await;
    let input = json!({ "teamId": engineering, "userId": outside });
    assert_eq!(stage.refused(&owner, "addTeamMember", input).await, [pair("userId", "NOT_FOUND")]);
}

#[tokio::test]
async fn teams_are_not_nested_without_end() {
    let stage = Stage::new().await;
    let owner = stage.world.act_as("owner").await;
    let mut parent = serde_json::Value::Null;
    for depth in 1..=20 {
        let input = json!({ "organizationId": stage.northgate, "name": format!("Level {depth}"), "parentTeamId": parent });
        parent = stage.done(&owner, "createTeam", "team { id }", input).await["team"]["id"].clone();
    }
    let deeper = json!({ "organizationId": stage.northgate, "name": "Level 21", "parentTeamId": parent });
    assert_eq!(stage.refused(&owner, "createTeam", deeper).await, [pair("parentTeamId", "INVALID")]);
    let under = json!({ "teamId": stage.team("Level 1").await, "parentTeamId": stage.team("Engineering").await });
    assert_eq!(stage.refused(&owner, "moveTeam", under).await, [pair("parentTeamId", "INVALID")]);
}

#[tokio::test]
async fn what_the_caller_may_not_do_or_know_fails_as_a_whole() {
    let stage = Stage::new().await;
    let support = stage.team("Support").await;
    let place = stage.place("Reliability", "member").await;
    let billing = stage.role("billing_admin").await;
    let inputs = |team: &str, place: &str, organization: &str| {
        vec![
            ("createTeam", json!({ "organizationId": organization, "name": "New" })),
            ("updateTeam", json!({ "teamId": team, "name": "New" })),
            ("moveTeam", json!({ "teamId": team, "parentTeamId": null })),
            ("deleteTeam", json!({ "teamId": team })),
            ("addTeamMember", json!({ "teamId": team, "userId": user("member") })),
            ("updateTeamMember", json!({ "teamMemberId": place, "isLead": true })),
            ("removeTeamMember", json!({ "teamMemberId": place })),
            ("addTeamRole", json!({ "teamId": team, "roleId": billing })),
            ("removeTeamRole", json!({ "teamId": team, "roleId": billing })),
        ]
    };
    let readonly = stage.world.act_as("readonly").await;
    for (mutation, input) in inputs(&support, &place, &stage.northgate) {
        assert_eq!(stage.failed(&readonly, mutation, input).await, ["FORBIDDEN"], "{mutation}");
    }
    // Rows of another tenant are answered like rows that there are not.
    let outsider = stage.world.act_as("outsider").await;
    let owner = stage.world.act_as("owner").await;
    let nothing = ["team_01h455vb4pex5vsknk084sn02q", "tmbr_01h455vb4pex5vsknk084sn02q", "org_01h455vb4pex5vsknk084sn02q"];
    for (mutation, input) in inputs(&support, &place, &stage.northgate) {
        assert_eq!(stage.failed(&outsider, mutation, input).await, ["NOT_FOUND"], "{mutation}");
    }
    for (mutation, input) in inputs(nothing[0], nothing[1], nothing[2]) {
        assert_eq!(stage.failed(&owner, mutation, input).await, ["NOT_FOUND"], "{mutation}");
    }
    // What is gone is gone: for a second time there is nothing to delete.
    stage.done(&owner, "removeTeamMember", "", json!({ "teamMemberId": place })).await;
    assert_eq!(stage.failed(&owner, "removeTeamMember", json!({ "teamMemberId": place })).await, ["NOT_FOUND"]);
    stage.done(&owner, "deleteTeam", "", json!({ "teamId": support })).await;
    for mutation in ["deleteTeam", "updateTeam"] {
        assert_eq!(stage.failed(&owner, mutation, json!({ "teamId": support })).await, ["NOT_FOUND"]);
    }
    assert_eq!(stage.failed(&owner, "moveTeam", json!({ "teamId": stage.team("Platform").await })).await, ["BAD_USER_INPUT"]);
}

#[tokio::test]
async fn who_may_manage_one_team_manages_that_one_and_no_other() {
    let stage = Stage::new().await;
    // The demo grants Max to manage the team Applications.
    let max = stage.world.act_as("member").await;
    let (applications, platform) = (stage.team("Applications").await, stage.team("Platform").await);
    let renamed = stage.done(&max, "updateTeam", "team { name }", json!({ "teamId": applications, "name": "Apps" })).await;
    assert_eq!(renamed["team"]["name"], "Apps");
    assert_eq!(stage.failed(&max, "updateTeam", json!({ "teamId": platform, "name": "Mine" })).await, ["FORBIDDEN"]);
    assert_eq!(stage.failed(&max, "moveTeam", json!({ "teamId": applications, "parentTeamId": platform })).await, ["FORBIDDEN"]);
    let create = json!({ "organizationId": stage.northgate, "name": "Mine", "parentTeamId": applications });
    assert_eq!(stage.failed(&max, "createTeam", create).await, ["FORBIDDEN"]);
    assert_eq!(identity("member").label, "Max Member");
}
