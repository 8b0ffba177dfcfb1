//! Two at once: one after the other, as if the second had come later.

use serde_json::{Value, json};

use super::{Stage, send, user};

#[tokio::test]
async fn two_moves_that_would_make_a_cycle_together_make_none() {
    let stage = Stage::new().await;
    let owner = stage.world.act_as("owner").await;
    let (engineering, success) = (stage.team("Engineering").await, stage.team("Customer Success").await);
    for _ in 0..5 {
        let there = json!({ "teamId": engineering, "parentTeamId": success });
        let back = json!({ "teamId": success, "parentTeamId": engineering });
        let (one, two) = tokio::join!(
            send(&stage.world, &owner, "moveTeam", "team { id }", there),
            send(&stage.world, &owner, "moveTeam", "team { id }", back)
        );
        let refused = |answer: &crate::world::Answer| answer.data()["it"]["userErrors"][0]["code"].clone();
        let mut codes = [refused(&one), refused(&two)];
        codes.sort_by_key(ToString::to_string);
        assert_eq!(codes, [json!("INVALID"), Value::Null]);
        for team in [&engineering, &success] {
            stage.done(&owner, "moveTeam", "", json!({ "teamId": team, "parentTeamId": null })).await;
        }
    }
}

#[tokio::test]
async fn of_several_who_add_the_same_member_one_succeeds() {
    let stage = Stage::new().await;
    let owner = stage.world.act_as("owner").await;
    let input = json!({ "teamId": stage.team("Support").await, "userId": user("member") });
    let add = || send(&stage.world, &owner, "addTeamMember", "member { id }", input.clone());
    let answers = tokio::join!(add(), add(), add(), add());
    let answers = [answers.0, answers.1, answers.2, answers.3];
    let made = answers.iter().filter(|answer| !answer.data()["it"]["member"].is_null()).count();
    let taken = answers.iter().filter(|answer| answer.data()["it"]["userErrors"][0]["code"] == "TAKEN").count();
    assert_eq!((made, taken), (1, 3));
    let rows = stage.world.value("select count(*) from audit_logs where action = 'team.add_member'").await;
    assert_eq!(rows.as_deref(), Some("1"));
}

#[tokio::test]
async fn of_two_who_grant_the_same_one_succeeds_and_an_override_is_set_once() {
    let stage = Stage::new().await;
    let owner = stage.world.act_as("owner").await;
    let grant = json!({ "resource": stage.northgate, "granteeId": user("member"), "permission": "billing.read" });
    let give = || send(&stage.world, &owner, "grantAccess", "grant { id }", grant.clone());
    let (one, two) = tokio::join!(give(), give());
    let made = [&one, &two].iter().filter(|answer| !answer.data()["it"]["grant"].is_null()).count();
    assert_eq!(made, 1);
    let special =
        json!({ "userId": user("member"), "organizationId": stage.northgate, "permission": "audit.read", "effect": "DENY" });
    let set = || send(&stage.world, &owner, "setPermissionOverride", "permissionOverride { id }", special.clone());
    let (one, two) = tokio::join!(set(), set());
    assert_eq!(one.data()["it"]["permissionOverride"], two.data()["it"]["permissionOverride"]);
}
