//! Roles, teams, and what single people may.

use serde_json::{Value, json};

use super::stage::{Case, Stage};

/// A role of the tenant's own: `role_…`
async fn role(stage: &Stage) -> Value {
    let input = json!({ "key": stage.word(), "name": "Role", "permissions": [{ "permission": "billing.read" }] });
    stage.did(&stage.boss, "createRole", "role { id }", input).await["role"]["id"].clone()
}

/// A team of the organization with room: `team_…`
async fn team(stage: &Stage) -> Value {
    let input = json!({ "organizationId": stage.home(), "name": stage.word() });
    stage.did(&stage.boss, "createTeam", "team { id }", input).await["team"]["id"].clone()
}

/// Somebody's place in a team of their own: `tmbr_…`
async fn place(stage: &Stage) -> Value {
    let input = json!({ "teamId": team(stage).await, "userId": stage.seated().await.0.user() });
    stage.did(&stage.boss, "addTeamMember", "member { id }", input).await["member"]["id"].clone()
}

/// An assigned role: what it was given by, and `mrole_…`
async fn assigned(stage: &Stage) -> Value {
    let input = json!({ "userId": stage.person().await.user(), "roleId": role(stage).await });
    stage.did(&stage.boss, "assignRole", "assignment { id }", input).await["assignment"]["id"].clone()
}

fn about(person: &str) -> Value {
    json!({ "userId": person, "permission": "billing.read", "effect": "ALLOW" })
}

/// A grant on the organization with room.
fn grant(stage: &Stage, to: &str) -> Value {
    json!({ "granteeId": to, "permission": "billing.read", "resource": stage.home() })
}

/// The case of one of these mutations.
pub async fn case(stage: &Stage, mutation: &str) -> Option<Case> {
    let boss = &stage.boss;
    let case = match mutation {
        "createRole" => {
            let rules = json!([{ "permission": "billing.read" }, { "permission": "members.read" }]);
            boss.sends(mutation, json!({ "key": stage.word(), "name": "Role", "permissions": rules }))
        }
        "updateRole" => {
            let rules = json!([{ "permission": "members.read" }]);
            boss.sends(mutation, json!({ "roleId": role(stage).await, "name": "Other", "setPermissions": rules }))
        }
        "deleteRole" => boss.sends(mutation, json!({ "roleId": role(stage).await })),
        "restoreRole" => {
            let input = json!({ "roleId": role(stage).await });
            stage.did(boss, "deleteRole", "", input.clone()).await;
            boss.sends(mutation, input)
        }
        "assignRole" => boss.sends(mutation, json!({ "userId": stage.person().await.user(), "roleId": role(stage).await })),
        "revokeRole" => boss.sends(mutation, json!({ "assignmentId": assigned(stage).await })),
        "setPermissionOverride" => boss.sends(mutation, about(&stage.person().await.user())),
        "removePermissionOverride" => {
            let input = about(&stage.person().await.user());
            let set = stage.did(boss, "setPermissionOverride", "permissionOverride { id }", input).await;
            boss.sends(mutation, json!({ "permissionOverrideId": set["permissionOverride"]["id"] }))
        }
        "grantAccess" => boss.sends(mutation, grant(stage, &stage.seated().await.0.user())),
        "revokeGrant" => {
            let given = stage.did(boss, "grantAccess", "grant { id }", grant(stage, &stage.seated().await.0.user())).await;
            boss.sends(mutation, json!({ "grantId": given["grant"]["id"] }))
        }
        "createTeam" => boss.sends(mutation, json!({ "organizationId": stage.home(), "name": stage.word() })),
        "updateTeam" => boss.sends(mutation, json!({ "teamId": team(stage).await, "name": stage.word() })),
        "moveTeam" => boss.sends(mutation, json!({ "teamId": team(stage).await, "parentTeamId": team(stage).await })),
        "deleteTeam" => boss.sends(mutation, json!({ "teamId": team(stage).await })),
        "restoreTeam" => {
            let input = json!({ "teamId": team(stage).await });
            stage.did(boss, "deleteTeam", "", input.clone()).await;
            boss.sends(mutation, input)
        }
        "addTeamMember" => boss.sends(mutation, json!({ "teamId": team(stage).await, "userId": stage.seated().await.0.user() })),
        "updateTeamMember" => boss.sends(mutation, json!({ "teamMemberId": place(stage).await, "isLead": true })),
        "removeTeamMember" => boss.sends(mutation, json!({ "teamMemberId": place(stage).await })),
        "addTeamRole" => boss.sends(mutation, json!({ "teamId": team(stage).await, "roleId": role(stage).await })),
        "removeTeamRole" => {
            let input = json!({ "teamId": team(stage).await, "roleId": role(stage).await });
            stage.did(boss, "addTeamRole", "", input.clone()).await;
            boss.sends(mutation, input)
        }
        _ => return None,
    };
    Some(case)
}
