//! Teams are made, renamed, moved and deleted; people join, lead and leave; roles come and go with them.

use serde_json::{Value, json};

use super::{Stage, user};

const TEAM: &str = "team { id name description parent { name } roles { key } }";

#[tokio::test]
async fn a_team_is_made_changed_moved_and_deleted_and_each_step_is_written_down() {
    let stage = Stage::new().await;
    let manager = stage.world.act_as("manager").await;
    let platform = stage.team("Platform").await;
    let input = json!({ "organizationId": stage.northgate, "name": " Tools ", "description": "Builds tools.", "parentTeamId": platform,
        "clientMutationId": "c1" });
    let made = stage.done(&manager, "createTeam", TEAM, input).await;
    assert_eq!(
        (&made["team"]["name"], &made["team"]["parent"]["name"], &made["clientMutationId"]),
        (&json!("Tools"), &json!("Platform"), &json!("c1"))
    );
    let id = made["team"]["id"].clone();
    let changed = stage.done(&manager, "updateTeam", TEAM, json!({ "teamId": id, "name": "Tooling" })).await;
    assert_eq!((&changed["team"]["name"], &changed["team"]["description"]), (&json!("Tooling"), &json!("Builds tools.")));
    let moved = stage.done(&manager, "moveTeam", TEAM, json!({ "teamId": id, "parentTeamId": null })).await;
    assert_eq!(moved["team"]["parent"], Value::Null);
    let below = json!({ "organizationId": stage.northgate, "name": "Below", "parentTeamId": id });
    let below = stage.done(&manager, "createTeam", TEAM, below).await["team"]["id"].clone();
    let deleted = stage.done(&manager, "deleteTeam", "deletedTeamIds", json!({ "teamId": id })).await;
    assert_eq!(deleted["deletedTeamIds"], json!([id, below]));
    let gone = stage
        .world
        .ask(&manager, "query($a: ID!, $b: ID!) { a: team(id: $a) { id } b: team(id: $b) { id } }", json!({ "a": id, "b": below }))
        .await;
    assert_eq!(gone.data(), &json!({ "a": null, "b": null }));
    let stamps =
        stage.world.value("select count(distinct deletion_id) || ' ' || count(*) from teams where deleted_at is not null").await;
    assert_eq!(stamps.as_deref(), Some("1 2"), "one deletion took both");
    let audited = stage.audited().await;
    let actions: Vec<&str> = audited.iter().map(|(action, _)| action.as_str()).collect();
    assert_eq!(actions, ["team.create", "team.update", "team.move", "team.create", "team.delete"]);
    assert_eq!(audited[1].1, json!({ "before": { "name": "Tools" }, "after": { "name": "Tooling" } }));
    assert_eq!(audited[2].1, json!({ "before": { "parentTeamId": platform }, "after": { "parentTeamId": null } }));
    let about = stage
        .world
        .value("select string_agg(distinct resource_type || ' ' || (organization_id is not null), ',') from audit_logs")
        .await;
    assert_eq!(about.as_deref(), Some("team true"));
}

#[tokio::test]
async fn the_name_of_a_deleted_team_is_free_again_and_its_grants_are_gone_with_it() {
    let stage = Stage::new().await;
    let owner = stage.world.act_as("owner").await;
    stage.done(&owner, "deleteTeam", "", json!({ "teamId": stage.team("Customer Success").await })).await;
    let grants = stage.world.value("select count(*) from resource_grants given join teams team on team.id = given.team_id
        join organizations place on place.id = team.organization_id where place.name = 'Northgate Robotics' and given.deleted_at is null").await;
    assert_eq!(grants.as_deref(), Some("0"));
    let again = json!({ "organizationId": stage.northgate, "name": "support" });
    stage.done(&owner, "createTeam", TEAM, again).await;
}

#[tokio::test]
async fn an_idempotency_key_makes_one_team_and_one_member() {
    let stage = Stage::new().await;
    let owner = stage.world.act_as("owner").await;
    let input = json!({ "organizationId": stage.northgate, "name": "Once", "idempotencyKey": "k" });
    let first = stage.done(&owner, "createTeam", TEAM, input.clone()).await["team"]["id"].clone();
    let second = stage.done(&owner, "createTeam", TEAM, input).await["team"]["id"].clone();
    assert_eq!(first, second);
    let other = json!({ "organizationId": stage.northgate, "name": "Twice", "idempotencyKey": "k" });
    assert_eq!(stage.refused(&owner, "createTeam", other).await, [super::pair("idempotencyKey", "IDEMPOTENCY_KEY_REUSED")]);
    let join = json!({ "teamId": first, "userId": user("member"), "idempotencyKey": "k" });
    let first = stage.done(&owner, "addTeamMember", "member { id }", join.clone()).await["member"]["id"].clone();
    let second = stage.done(&owner, "addTeamMember", "member { id }", join).await["member"]["id"].clone();
    assert_eq!(first, second);
    let count = stage.world.value("select count(*) from audit_logs").await;
    assert_eq!(count.as_deref(), Some("2"), "what was done once is written down once");
}

#[tokio::test]
async fn people_join_lead_and_leave_and_have_the_roles_of_the_team_while_they_are_in_it() {
    let stage = Stage::new().await;
    let owner = stage.world.act_as("owner").await;
    let member = stage.world.act_as("member").await;
    let (success, support) = (stage.team("Customer Success").await, stage.team("Support").await);
    assert!(!stage.may(&member, "billingEmail").await);
    // A role of the team above is one of the team below.
    stage.done(&owner, "addTeamRole", TEAM, json!({ "teamId": success, "roleId": stage.role("billing_admin").await })).await;
    assert!(!stage.may(&member, "billingEmail").await);
    let joined = stage
        .done(
            &owner,
            "addTeamMember",
            "member { id isLead user { displayName } membership { role } } team { members { totalCount } }",
            json!({
            "teamId": support, "userId": user("member") }),
        )
        .await;
    assert_eq!((&joined["member"]["isLead"], &joined["member"]["user"]["displayName"]), (&json!(false), &json!("Max Member")));
    assert!(stage.may(&member, "billingEmail").await, "from the next request on");
    let place = joined["member"]["id"].clone();
    let led = stage.done(&owner, "updateTeamMember", "member { isLead }", json!({ "teamMemberId": place, "isLead": true })).await;
    assert_eq!(led["member"]["isLead"], true);
    stage.done(&owner, "removeTeamRole", TEAM, json!({ "teamId": success, "roleId": stage.role("billing_admin").await })).await;
    // Support itself was granted to read bills.
    assert!(stage.may(&member, "billingEmail").await);
    let left = stage.done(&owner, "removeTeamMember", "member { id } team { name }", json!({ "teamMemberId": place })).await;
    assert_eq!((&left["member"], &left["team"]["name"]), (&Value::Null, &json!("Support")));
    assert!(!stage.may(&member, "billingEmail").await, "from the next request on");
    let actions: Vec<String> = stage.audited().await.into_iter().map(|(action, _)| action).collect();
    assert_eq!(actions, ["team.add_role", "team.add_member", "team.update_member", "team.remove_role", "team.remove_member"]);
}

#[tokio::test]
async fn a_team_that_moves_or_is_deleted_takes_and_leaves_what_stands_above_it() {
    let stage = Stage::new().await;
    let owner = stage.world.act_as("owner").await;
    let member = stage.world.act_as("member").await;
    // Max is in Reliability, below Platform, below Engineering.
    let (platform, engineering, success) =
        (stage.team("Platform").await, stage.team("Engineering").await, stage.team("Customer Success").await);
    stage.done(&owner, "addTeamRole", TEAM, json!({ "teamId": success, "roleId": stage.role("billing_admin").await })).await;
    assert!(!stage.may(&member, "billingEmail").await);
    stage.done(&owner, "moveTeam", TEAM, json!({ "teamId": platform, "parentTeamId": success })).await;
    assert!(stage.may(&member, "billingEmail").await);
    stage.done(&owner, "moveTeam", TEAM, json!({ "teamId": platform, "parentTeamId": engineering })).await;
    assert!(!stage.may(&member, "billingEmail").await);
    stage.done(&owner, "addTeamRole", TEAM, json!({ "teamId": platform, "roleId": stage.role("billing_admin").await })).await;
    assert!(stage.may(&member, "billingEmail").await);
    stage.done(&owner, "deleteTeam", "", json!({ "teamId": engineering })).await;
    assert!(!stage.may(&member, "billingEmail").await);
}

const CHANGES: &str =
    "accessChanges { user { displayName } permission { key } place organization { name } before after } accessChangesTruncated";

/// Who gains or loses what, as `name permission before after`.
fn changes(payload: &Value) -> Vec<String> {
    let told = |change: &Value| {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (who, what) = (text(&change["user"]["displayName"]), text(&change["permission"]["key"]));
        format!("{who} {what} {} {}", text(&change["before"]), text(&change["after"]))
    };
    payload["accessChanges"].as_array().unwrap().iter().map(told).collect()
}

#[tokio::test]
async fn a_dry_run_says_who_would_gain_and_lose_and_writes_nothing() {
    let stage = Stage::new().await;
    let owner = stage.world.act_as("owner").await;
    let before = super::everything(&stage.world).await;
    let (platform, success, support) =
        (stage.team("Platform").await, stage.team("Customer Success").await, stage.team("Support").await);
    let billing = stage.role("billing_admin").await;
    let max = "Max Member billing.read DENIED ALLOWED".to_owned();
    let all = format!("{TEAM} {CHANGES}");
    let dry = stage.done(&owner, "addTeamRole", &all, json!({ "teamId": platform, "roleId": billing, "dryRun": true })).await;
    assert!(changes(&dry).contains(&max), "{dry:#}");
    assert_eq!((&dry["dryRun"], &dry["team"]["roles"]), (&json!(true), &json!([])));
    assert!(dry["accessChanges"].as_array().unwrap().iter().all(|change| change["organization"]["name"] == "Northgate Robotics"));
    let dry = stage
        .done(
            &owner,
            "addTeamMember",
            &format!("member {{ id }} {CHANGES}"),
            json!({ "teamId": support, "userId": user("member"), "dryRun": true }),
        )
        .await;
    // What is granted on a single resource is held where that one is meant.
    assert!(changes(&dry).contains(&"Max Member billing.read DENIED CONDITIONAL".to_owned()) && dry["member"].is_null(), "{dry:#}");
    let dry = stage.done(&owner, "moveTeam", &all, json!({ "teamId": platform, "parentTeamId": success, "dryRun": true })).await;
    assert_eq!((changes(&dry), &dry["team"]["parent"]["name"]), (Vec::new(), &json!("Engineering")));
    let dry =
        stage.done(&owner, "deleteTeam", &format!("deletedTeamIds {CHANGES}"), json!({ "teamId": success, "dryRun": true })).await;
    assert!(dry["deletedTeamIds"].as_array().unwrap().len() == 2);
    assert!(changes(&dry).iter().any(|change| change.ends_with("billing.read CONDITIONAL DENIED")), "{dry:#}");
    let dry = stage
        .done(
            &owner,
            "createTeam",
            TEAM,
            json!({ "organizationId": stage.northgate, "name": "Tried", "dryRun": true, "idempotencyKey": "d" }),
        )
        .await;
    assert_eq!(dry["team"], Value::Null);
    let dry = stage.done(&owner, "updateTeam", TEAM, json!({ "teamId": platform, "name": "Tried", "dryRun": true })).await;
    assert_eq!(dry["team"]["name"], "Platform");
    assert_eq!(before, super::everything(&stage.world).await);
    // The same without trying out says the same, and does it.
    let real = stage.done(&owner, "addTeamRole", &all, json!({ "teamId": platform, "roleId": billing })).await;
    assert!(changes(&real).contains(&max) && real["dryRun"] == json!(false), "{real:#}");
}
