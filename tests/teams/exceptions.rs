//! Overrides and grants: set, changed, taken back, tried out; and what is refused.

use serde_json::{Value, json};

use super::{Stage, everything, pair, user};

const OVERRIDE: &str = "permissionOverride { id effect priority reason conditions expiresAt isTenantWide permission { key } organization { name } user { displayName } createdBy { displayName } }";
const GRANT: &str =
    "grant { id resource resourceType effect conditions expiresAt permission { key } membership { user { displayName } }
    team { name } role { key } grantedBy { displayName } }";

#[tokio::test]
async fn an_override_holds_from_the_next_request_on_until_it_is_changed_or_removed() {
    let stage = Stage::new().await;
    let (owner, member) = (stage.world.act_as("owner").await, stage.world.act_as("member").await);
    let input = |effect: &str| {
        json!({ "userId": user("member"), "organizationId": stage.northgate, "permission": "billing.read",
        "effect": effect, "reason": " stands in " })
    };
    assert!(!stage.may(&member, "billingEmail").await);
    let set = stage.done(&owner, "setPermissionOverride", OVERRIDE, input("ALLOW")).await["permissionOverride"].clone();
    assert!(stage.may(&member, "billingEmail").await);
    assert_eq!((&set["priority"], &set["reason"], &set["isTenantWide"]), (&json!(100), &json!("stands in"), &json!(false)));
    assert_eq!((&set["user"]["displayName"], &set["createdBy"]["displayName"]), (&json!("Max Member"), &json!("Olivia Owner")));
    // The same again changes nothing; another effect changes the same override.
    let again = stage.done(&owner, "setPermissionOverride", OVERRIDE, input("ALLOW")).await["permissionOverride"].clone();
    assert_eq!(set, again);
    let denied = stage.done(&owner, "setPermissionOverride", OVERRIDE, input("DENY")).await["permissionOverride"].clone();
    assert_eq!((&denied["id"], &denied["effect"]), (&set["id"], &json!("DENY")));
    assert!(!stage.may(&member, "billingEmail").await);
    // A higher priority decides.
    let mut higher = input("ALLOW");
    higher["priority"] = json!(i32::MAX);
    let higher = stage.done(&owner, "setPermissionOverride", OVERRIDE, higher).await["permissionOverride"].clone();
    assert_ne!(higher["id"], set["id"]);
    assert!(stage.may(&member, "billingEmail").await);
    for id in [&higher["id"], &set["id"]] {
        let removed = stage
            .done(&owner, "removePermissionOverride", "removedPermissionOverrideId", json!({ "permissionOverrideId": id }))
            .await;
        assert_eq!(&removed["removedPermissionOverrideId"], id);
        assert!(!stage.may(&member, "billingEmail").await);
        assert_eq!(stage.failed(&owner, "removePermissionOverride", json!({ "permissionOverrideId": id })).await, ["NOT_FOUND"]);
    }
    let actions: Vec<String> = stage.audited().await.into_iter().map(|(action, _)| action).collect();
    let (set, remove) = ("permission_override.set", "permission_override.remove");
    assert_eq!(actions, [set, set, set, remove, remove]);
    let told = stage.audited().await[1].1.clone();
    assert_eq!((&told["before"]["effect"], &told["after"]["effect"]), (&json!("allow"), &json!("deny")));
}

#[tokio::test]
async fn an_override_may_hold_in_the_whole_tenant_under_a_condition_and_for_a_time() {
    let stage = Stage::new().await;
    let (owner, member) = (stage.world.act_as("owner").await, stage.world.act_as("member").await);
    let condition = json!({ "==": [{ "var": "membership.role" }, "admin"] });
    let input = json!({ "userId": user("member"), "permission": "billing.read", "effect": "ALLOW", "conditions": condition,
        "expiresAt": "2099-01-01T00:00:00Z", "priority": i32::MIN });
    let set = stage.done(&owner, "setPermissionOverride", OVERRIDE, input.clone()).await["permissionOverride"].clone();
    assert_eq!((&set["conditions"], &set["isTenantWide"], &set["organization"]), (&condition, &json!(true), &Value::Null));
    assert_eq!((&set["expiresAt"], &set["priority"]), (&json!("2099-01-01T00:00:00Z"), &json!(i32::MIN)));
    assert!(!stage.may(&member, "billingEmail").await, "Max is no admin");
    let mut met = input;
    met["conditions"] = json!({ "==": [{ "var": "membership.role" }, "member"] });
    stage.done(&owner, "setPermissionOverride", OVERRIDE, met).await;
    assert!(stage.may(&member, "billingEmail").await);
    stage.world.sql("update member_permission_overrides set expires_at = now() - interval '1 second' where expires_at > now() + interval '9 years'").await;
    assert!(!stage.may(&member, "billingEmail").await);
}

#[tokio::test]
async fn a_grant_holds_on_its_resource_from_the_next_request_on_until_it_is_revoked() {
    let stage = Stage::new().await;
    let (owner, member) = (stage.world.act_as("owner").await, stage.world.act_as("member").await);
    for (grantee, shown) in [
        (user("member"), ("membership", json!({ "user": { "displayName": "Max Member" } }))),
        (stage.team("Engineering").await, ("team", json!({ "name": "Engineering" }))),
        (stage.role("member").await, ("role", json!({ "key": "member" }))),
    ] {
        assert!(!stage.may(&member, "billingEmail").await);
        let input = json!({ "resource": stage.northgate, "granteeId": grantee, "permission": "billing.read" });
        let given = stage.done(&owner, "grantAccess", GRANT, input.clone()).await["grant"].clone();
        assert_eq!(
            (&given["resource"], &given["resourceType"], &given["effect"]),
            (&json!(stage.northgate), &json!("organization"), &json!("ALLOW"))
        );
        assert_eq!((&given[shown.0], &given["grantedBy"]["displayName"]), (&shown.1, &json!("Olivia Owner")));
        assert!(stage.may(&member, "billingEmail").await, "{grantee}");
        assert_eq!(stage.refused(&owner, "grantAccess", input).await, [pair("granteeId", "TAKEN")]);
        let revoked = stage.done(&owner, "revokeGrant", "revokedGrantId", json!({ "grantId": given["id"] })).await;
        assert_eq!(revoked["revokedGrantId"], given["id"]);
        assert!(!stage.may(&member, "billingEmail").await, "{grantee}");
        assert_eq!(stage.failed(&owner, "revokeGrant", json!({ "grantId": given["id"] })).await, ["NOT_FOUND"]);
    }
    let actions: Vec<String> = stage.audited().await.into_iter().map(|(action, _)| action).collect();
    assert_eq!(actions, ["grant.give", "grant.revoke"].repeat(3));
}

#[tokio::test]
async fn a_grant_may_be_on_a_team_on_a_persons_and_on_a_customers_own_resource() {
    let stage = Stage::new().await;
    let owner = stage.world.act_as("owner").await;
    let member = stage.world.act_as("member").await;
    let own = "acme_robot_01h455vb4pex5vsknk084sn02q";
    for resource in [stage.team("Platform").await, stage.role("auditor").await, user("admin"), own.to_owned()] {
        let input =
            json!({ "resource": resource, "granteeId": user("member"), "permission": "teams.manage", "idempotencyKey": resource });
        let given = stage.done(&owner, "grantAccess", GRANT, input.clone()).await["grant"].clone();
        assert_eq!(given["resource"], json!(resource));
        assert_eq!(stage.done(&owner, "grantAccess", GRANT, input).await["grant"], given, "the same key, the same grant");
    }
    stage.done(&member, "updateTeam", "team { name }", json!({ "teamId": stage.team("Platform").await, "name": "Base" })).await;
}

#[tokio::test]
async fn a_dry_run_of_overrides_and_grants_says_who_would_gain_and_lose_and_writes_nothing() {
    let stage = Stage::new().await;
    let owner = stage.world.act_as("owner").await;
    let before = everything(&stage.world).await;
    let changes = "accessChanges { user { displayName } permission { key } organization { name } before after }";
    let gains = json!([{ "user": { "displayName": "Max Member" }, "permission": { "key": "billing.read" },
        "organization": { "name": "Northgate Robotics" }, "before": "DENIED", "after": "ALLOWED" }]);
    let input = json!({ "userId": user("member"), "organizationId": stage.northgate, "permission": "billing.read", "effect": "ALLOW", "dryRun": true });
    let dry = stage.done(&owner, "setPermissionOverride", &format!("{OVERRIDE} {changes}"), input).await;
    assert_eq!((&dry["accessChanges"], &dry["permissionOverride"]), (&gains, &Value::Null));
    let input = json!({ "resource": stage.northgate, "granteeId": user("member"), "permission": "billing.read", "dryRun": true });
    let dry = stage.done(&owner, "grantAccess", &format!("{GRANT} {changes}"), input).await;
    assert_eq!(dry["grant"], Value::Null);
    let special = stage
        .world
        .value(
            "select override.id from member_permission_overrides override join permissions permission
        on permission.id = override.permission_id where permission.key = 'invitations.read' limit 1",
        )
        .await
        .unwrap();
    let special = entity::join("povr", special.parse().unwrap());
    let dry = stage
        .done(
            &owner,
            "removePermissionOverride",
            "removedPermissionOverrideId",
            json!({ "permissionOverrideId": special, "dryRun": true }),
        )
        .await;
    assert_eq!(dry["removedPermissionOverrideId"], json!(special));
    let grant = stage.world.value("select given.id from resource_grants given join tenant_memberships member on member.id = given.tenant_membership_id limit 1").await;
    let grant = entity::join("grant", grant.unwrap().parse().unwrap());
    let dry = stage.done(&owner, "revokeGrant", "revokedGrantId", json!({ "grantId": grant, "dryRun": true })).await;
    assert_eq!(dry["revokedGrantId"], json!(grant));
    assert_eq!(before, everything(&stage.world).await);
}

/// A condition as large, and as deep, as this.
fn nested(depth: usize) -> Value {
    (0..depth).fold(json!(true), |inner, _| json!({ "!": [inner] }))
}

#[tokio::test]
async fn terms_that_do_not_fit_are_told_to_the_user_and_nothing_is_written() {
    let stage = Stage::new().await;
    let owner = stage.world.act_as("owner").await;
    let special = |change: Value| {
        merged(
            json!({ "userId": user("member"), "organizationId": stage.northgate, "permission": "billing.read", "effect": "ALLOW" }),
            &change,
        )
    };
    let grant = |change: Value| {
        merged(json!({ "resource": stage.northgate, "granteeId": user("member"), "permission": "billing.read" }), &change)
    };
    let large = json!({ "in": [{ "var": "membership.role" }, "x".repeat(20_000)] });
    for (change, expected) in [
        (json!({ "permission": "billing.fly" }), pair("permission", "NOT_FOUND")),
        (json!({ "conditions": { "explode": [1] } }), pair("conditions", "INVALID")),
        (json!({ "conditions": { "var": { "var": "user.id" } } }), pair("conditions", "INVALID")),
        (json!({ "conditions": "yes" }), pair("conditions", "INVALID")),
        (json!({ "conditions": large }), pair("conditions", "INVALID")),
        (json!({ "conditions": nested(30) }), pair("conditions", "INVALID")),
        (json!({ "expiresAt": "2020-01-01T00:00:00Z" }), pair("expiresAt", "INVALID")),
        (json!({ "idempotencyKey": "" }), pair("idempotencyKey", "INVALID")),
    ] {
        for (mutation, input) in [("setPermissionOverride", special(change.clone())), ("grantAccess", grant(change.clone()))] {
            assert_eq!(stage.refused(&owner, mutation, input).await, std::slice::from_ref(&expected), "{mutation} {change}");
        }
    }
    assert_eq!(
        stage.refused(&owner, "setPermissionOverride", special(json!({ "reason": "y".repeat(501) }))).await,
        [pair("reason", "TOO_LONG")]
    );
    for (change, expected) in [
        (json!({ "granteeId": user("outsider") }), pair("granteeId", "NOT_FOUND")),
        (json!({ "granteeId": "team_01h455vb4pex5vsknk084sn02q" }), pair("granteeId", "NOT_FOUND")),
        (json!({ "granteeId": "role_01h455vb4pex5vsknk084sn02q" }), pair("granteeId", "NOT_FOUND")),
    ] {
        assert_eq!(stage.refused(&owner, "grantAccess", grant(change.clone())).await, [expected], "{change}");
    }
    let elsewhere = super::id_of(
        &stage.world,
        "team",
        "select team.id from teams team join organizations place on place.id = team.organization_id
        where place.name = 'Bluefin Logistics' limit 1",
    )
    .await;
    assert_eq!(
        stage.refused(&owner, "grantAccess", grant(json!({ "granteeId": elsewhere }))).await,
        [pair("granteeId", "INVALID")]
    );
    assert_eq!(
        stage.refused(&owner, "setPermissionOverride", special(json!({ "userId": user("outsider") }))).await,
        [pair("userId", "NOT_FOUND")]
    );
    // Conditions of a megabyte and of ten thousand levels do not come as far.
    let huge = json!({ "conditions": { "in": [{ "var": "membership.role" }, "x".repeat(1 << 20)] } });
    for change in
        [huge, json!({ "priority": 2_147_483_648_i64 }), json!({ "priority": -2_147_483_649_i64 }), json!({ "effect": "PERHAPS" })]
    {
        let codes = stage.failed(&owner, "setPermissionOverride", special(change)).await;
        assert!(codes == ["BAD_USER_INPUT"] || codes == ["BODY_LIMIT_EXCEEDED"], "{codes:?}");
    }
    let deep = format!("{}true{}", "{\\\"!\\\":[".repeat(10_000), "]}".repeat(10_000)).replace('\\', "");
    let body = format!(
        r#"{{"query": "mutation($input: SetPermissionOverrideInput!) {{ setPermissionOverride(input: $input) {{ userErrors {{ code }} }} }}",
            "variables": {{ "input": {{ "userId": "{}", "permission": "billing.read", "effect": "ALLOW", "conditions": {deep} }} }} }}"#,
        user("member")
    );
    let before = everything(&stage.world).await;
    let request = stage.world.request(Some(&owner)).header("content-type", "application/json").body(body);
    let answer = stage.world.send(request).await;
    assert_eq!(answer.codes(), ["BAD_USER_INPUT"]);
    assert_eq!(before, everything(&stage.world).await);
    for (change, code) in [
        (json!({ "resource": "nonsense" }), "BAD_USER_INPUT"),
        (json!({ "resource": "sess_01h455vb4pex5vsknk084sn02q" }), "BAD_USER_INPUT"),
        (json!({ "resource": "team_01h455vb4pex5vsknk084sn02q" }), "NOT_FOUND"),
        (json!({ "resource": "org_01h455vb4pex5vsknk084sn02q" }), "NOT_FOUND"),
        (json!({ "resource": user("outsider") }), "NOT_FOUND"),
        (json!({ "granteeId": stage.northgate }), "BAD_USER_INPUT"),
    ] {
        assert_eq!(stage.failed(&owner, "grantAccess", grant(change.clone())).await, [code], "{change}");
    }
}

fn merged(mut input: Value, change: &Value) -> Value {
    input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    input
}
