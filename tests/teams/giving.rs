//! Grant only what you hold, and only where you may: through teams, overrides and grants.

use serde_json::{Value, json};

use super::{Stage, id_of, user};

/// Why a mutation was refused: its code, its reason, and the permissions that are missing.
async fn missing(stage: &Stage, token: &str, mutation: &str, input: Value) -> (Value, Value) {
    let before = super::everything(&stage.world).await;
    let answer = stage.send(token, mutation, "", input).await;
    assert_eq!(before, super::everything(&stage.world).await, "nothing was written");
    let extensions = answer.body["errors"][0]["extensions"].clone();
    assert_eq!(extensions["code"], "FORBIDDEN", "{mutation}: {:#}", answer.body);
    (extensions["reason"].clone(), extensions["permissions"].clone())
}

#[tokio::test]
async fn a_manager_puts_nobody_into_a_team_that_gives_more_than_the_manager_holds() {
    let stage = Stage::new().await;
    let (owner, manager) = (stage.world.act_as("owner").await, stage.world.act_as("manager").await);
    let (platform, reliability, success) =
        (stage.team("Platform").await, stage.team("Reliability").await, stage.team("Customer Success").await);
    // The manager sees billing, and does not manage it.
    stage.done(&owner, "addTeamRole", "", json!({ "teamId": platform, "roleId": stage.role("billing_admin").await })).await;
    let not_held = (json!("not_held"), json!(["billing.manage"]));
    for team in [&platform, &reliability] {
        let join = json!({ "teamId": team, "userId": user("readonly") });
        assert_eq!(missing(&stage, &manager, "addTeamMember", join).await, not_held);
    }
    let under = json!({ "teamId": success, "parentTeamId": platform });
    assert_eq!(missing(&stage, &manager, "moveTeam", under.clone()).await, not_held);
    let mut dry = under;
    dry["dryRun"] = json!(true);
    assert_eq!(missing(&stage, &manager, "moveTeam", dry).await, not_held, "not even tried out");
    // Out of it anybody may be moved.
    stage.done(&manager, "moveTeam", "", json!({ "teamId": reliability, "parentTeamId": null })).await;
    stage.done(&manager, "addTeamMember", "", json!({ "teamId": reliability, "userId": user("readonly") })).await;
    // An expired grant gives nothing; one in force does.
    let grant =
        json!({ "resource": stage.northgate, "granteeId": success, "permission": "audit.read", "conditions": { "==": [1, 2] } });
    let given = stage.done(&owner, "grantAccess", "grant { id }", grant).await["grant"]["id"].clone();
    let join = json!({ "teamId": success, "userId": user("member") });
    assert_eq!(missing(&stage, &manager, "addTeamMember", join.clone()).await, (json!("not_held"), json!(["audit.read"])));
    stage.done(&owner, "revokeGrant", "", json!({ "grantId": given })).await;
    stage.done(&manager, "addTeamMember", "", join).await;
}

#[tokio::test]
async fn who_lets_somebody_out_of_a_denial_must_hold_what_comes_back() {
    let stage = Stage::new().await;
    let (owner, manager) = (stage.world.act_as("owner").await, stage.world.act_as("manager").await);
    let reliability = stage.team("Reliability").await;
    let deny = json!({ "resource": stage.northgate, "granteeId": reliability, "permission": "audit.read", "effect": "DENY" });
    let denial = stage.done(&owner, "grantAccess", "grant { id }", deny).await["grant"]["id"].clone();
    let not_held = (json!("not_held"), json!(["audit.read"]));
    let place = stage.place("Reliability", "member").await;
    assert_eq!(missing(&stage, &manager, "removeTeamMember", json!({ "teamMemberId": place })).await, not_held);
    assert_eq!(missing(&stage, &manager, "deleteTeam", json!({ "teamId": reliability })).await, not_held);
    assert_eq!(missing(&stage, &manager, "deleteTeam", json!({ "teamId": stage.team("Engineering").await })).await, not_held);
    stage.done(&owner, "revokeGrant", "", json!({ "grantId": denial })).await;
    stage.done(&manager, "removeTeamMember", "", json!({ "teamMemberId": place })).await;
}

#[tokio::test]
async fn an_admin_of_one_organization_gives_there_and_nowhere_else() {
    let stage = Stage::new().await;
    let (owner, admin) = (stage.world.act_as("owner").await, stage.world.act_as("admin").await);
    // Adam runs Northgate, and is a plain member of the tenant.
    let special = |organization: Option<&str>, permission: &str, effect: &str| json!({ "userId": user("member"), "organizationId": organization, "permission": permission, "effect": effect });
    let here = Some(stage.northgate.as_str());
    stage.done(&admin, "setPermissionOverride", "", special(here, "billing.read", "ALLOW")).await;
    let only_owners = (json!("not_held"), json!(["organization.delete"]));
    assert_eq!(missing(&stage, &admin, "setPermissionOverride", special(here, "organization.delete", "ALLOW")).await, only_owners);
    let tenant_wide = missing(&stage, &admin, "setPermissionOverride", special(None, "billing.read", "ALLOW")).await;
    assert_eq!(tenant_wide.0, "missing_permission");
    let copperline = id_of(&stage.world, "org", "select id from organizations where name = 'Highfield Legal'").await;
    let grant = |resource: &str, grantee: &str, permission: &str| json!({ "resource": resource, "granteeId": grantee, "permission": permission });
    stage.done(&admin, "grantAccess", "", grant(&stage.northgate, &user("readonly"), "billing.read")).await;
    assert_eq!(
        missing(&stage, &admin, "grantAccess", grant(&stage.northgate, &user("readonly"), "organization.delete")).await,
        only_owners
    );
    stage
        .done(
            &admin,
            "grantAccess",
            "",
            grant("acme_robot_01h455vb4pex5vsknk084sn02q", &stage.team("Support").await, "billing.read"),
        )
        .await;
    // On a resource of no organization a member's grant holds anywhere.
    let anywhere = grant("acme_robot_01h455vb4pex5vsknk084sn02q", &user("readonly"), "billing.read");
    assert_eq!(missing(&stage, &admin, "grantAccess", anywhere).await.0, "missing_permission");
    // A denial that the owner set is not the admin's to lift.
    let denied = special(here, "organization.delete", "DENY");
    let id =
        stage.done(&owner, "setPermissionOverride", "permissionOverride { id }", denied).await["permissionOverride"]["id"].clone();
    assert_eq!(missing(&stage, &admin, "removePermissionOverride", json!({ "permissionOverrideId": id })).await, only_owners);
    let mut weaker = special(here, "organization.delete", "DENY");
    weaker["conditions"] = json!({ "==": [1, 2] });
    assert_eq!(missing(&stage, &admin, "setPermissionOverride", weaker).await, only_owners);
    let there = special(Some(&copperline), "billing.read", "ALLOW");
    assert!(!copperline.is_empty() && stage.send(&owner, "setPermissionOverride", "", there).await.codes().is_empty());
}

#[tokio::test]
async fn who_may_not_manage_grants_sets_and_removes_none() {
    let stage = Stage::new().await;
    let manager = stage.world.act_as("manager").await;
    let member = stage.world.act_as("member").await;
    let outsider = stage.world.act_as("outsider").await;
    let special =
        json!({ "userId": user("member"), "organizationId": stage.northgate, "permission": "teams.read", "effect": "DENY" });
    let grant = json!({ "resource": stage.northgate, "granteeId": user("member"), "permission": "teams.read", "effect": "DENY" });
    for (mutation, input) in [("setPermissionOverride", &special), ("grantAccess", &grant)] {
        assert_eq!(stage.failed(&manager, mutation, input.clone()).await, ["FORBIDDEN"]);
        assert_eq!(stage.failed(&outsider, mutation, input.clone()).await, ["NOT_FOUND"]);
    }
    let tenant = identity_tenant(&stage).await;
    let own = "select override.id from member_permission_overrides override join tenant_memberships member on member.id = override.tenant_membership_id
        join users person on person.id = member.user_id where person.display_name = 'Max Member'";
    let special = id_of(&stage.world, "povr", own).await;
    let own = "select given.id from resource_grants given join tenant_memberships member on member.id = given.tenant_membership_id
        join users person on person.id = member.user_id where person.display_name = 'Max Member'";
    let grant = id_of(&stage.world, "grant", own).await;
    // One's own one may know of, and not remove.
    assert_eq!(stage.failed(&member, "removePermissionOverride", json!({ "permissionOverrideId": special })).await, ["FORBIDDEN"]);
    assert_eq!(stage.failed(&member, "revokeGrant", json!({ "grantId": grant })).await, ["FORBIDDEN"]);
    for token in [&manager, &outsider] {
        assert_eq!(
            stage.failed(token, "removePermissionOverride", json!({ "permissionOverrideId": special })).await,
            ["NOT_FOUND"]
        );
        assert_eq!(stage.failed(token, "revokeGrant", json!({ "grantId": grant })).await, ["NOT_FOUND"]);
    }
    let on_tenant = json!({ "resource": tenant, "granteeId": user("member"), "permission": "teams.read" });
    assert_eq!(stage.failed(&manager, "grantAccess", on_tenant).await, ["FORBIDDEN"]);
}

async fn identity_tenant(stage: &Stage) -> String {
    id_of(&stage.world, "ten", "select id from tenants where slug = 'larkspur'").await
}
