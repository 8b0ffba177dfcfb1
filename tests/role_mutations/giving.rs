//! Grant only what you hold: nobody gives what it does not hold itself, nor takes a denial away from what it may not do.

use serde_json::{Value, json};

use super::{House, allow, deny, not_held};

/// Something that only an owner may do.
const REGAL: &str = "organization.transfer";

fn conditional(key: &str) -> Value {
    json!({ "permission": key, "conditions": { "==": [{ "var": "user.userType" }, "standard"] } })
}

#[tokio::test]
async fn a_role_is_given_by_who_holds_all_of_it_there() {
    let house = House::build().await;
    let before_role = house.make("regal", json!([allow(REGAL), allow("members.read")])).await;
    let maybe = house.make("maybe", json!([conditional(REGAL)])).await;
    let child = house.make("child", json!([allow("members.read")])).await;
    house.done(&house.boss, "updateRole", json!({ "roleId": child, "parentRoleId": before_role })).await;
    let tame = house.make("tame", json!([deny(REGAL)])).await;
    house.done(&house.boss, "updateRole", json!({ "roleId": tame, "parentRoleId": before_role })).await;
    let before = house.everything().await;
    let to_mia = |role: &str| json!({ "userId": house.mia.user(), "roleId": role, "organizationId": house.organization(0) });
    // With its parents, and under whatever condition.
    for role in [&before_role, &maybe, &child] {
        let refused = house.send(&house.lead, "assignRole", to_mia(role)).await;
        assert_eq!(not_held(&refused), [REGAL]);
        assert_eq!(refused.body["errors"][0]["extensions"]["organizationId"], house.organization(0));
    }
    assert_eq!(house.everything().await, before, "nothing is written");
    // The nearest rule speaks: this one gives nothing regal.
    house.done(&house.lead, "assignRole", to_mia(&tame)).await;
    // Whoever owns the organization holds everything there.
    house.done(&house.boss, "assignRole", to_mia(&before_role)).await;
}

#[tokio::test]
async fn what_is_granted_to_a_role_on_a_single_thing_is_given_with_it() {
    let house = House::build().await;
    let role = house.make("plain", json!([])).await;
    house
        .world
        .sql(&format!(
            "insert into resource_grants (tenant_id, id, resource_type, resource_id, role_id, permission_id)
            select role.tenant_id, gen_random_uuid(), 'organization', '{}', role.id, permission.id
            from roles role, permissions permission where role.key = 'plain' and permission.key = '{REGAL}'",
            house.organizations[1]
        ))
        .await;
    let input = json!({ "userId": house.mia.user(), "roleId": role, "organizationId": house.organization(0) });
    assert_eq!(not_held(&house.send(&house.lead, "assignRole", input).await), [REGAL]);
}

#[tokio::test]
async fn a_role_of_the_tenant_is_made_and_changed_by_who_holds_it_everywhere() {
    let house = House::build().await;
    let regal = house.make("regal", json!([allow(REGAL)])).await;
    let plain = house.make("plain", json!([])).await;
    let (denying, child) = (house.make("denying", json!([deny(REGAL)])).await, house.make("child", json!([])).await);
    house.done(&house.boss, "updateRole", json!({ "roleId": child, "parentRoleId": denying })).await;
    let switched_off = house.make("off", json!([allow(REGAL)])).await;
    house.done(&house.boss, "updateRole", json!({ "roleId": switched_off, "isActive": false })).await;
    let maybe_denying =
        house.make("maybe_denying", json!([{ "permission": REGAL, "effect": "DENY", "conditions": { "==": [1, 2] } }])).await;
    let before = house.everything().await;
    for (mutation, input) in [
        ("createRole", json!({ "key": "mine", "name": "Mine", "permissions": [allow(REGAL)] })),
        ("createRole", json!({ "key": "mine", "name": "Mine", "permissions": [conditional(REGAL)] })),
        ("createRole", json!({ "key": "mine", "name": "Mine", "parentRoleId": regal })),
        ("updateRole", json!({ "roleId": plain, "setPermissions": [allow(REGAL)] })),
        ("updateRole", json!({ "roleId": plain, "parentRoleId": regal })),
        ("updateRole", json!({ "roleId": regal, "setPermissions": [conditional(REGAL)] })),
        ("updateRole", json!({ "roleId": switched_off, "isActive": true })),
        // A denial that goes away gives as well: of the role itself, and of what builds on it.
        ("updateRole", json!({ "roleId": denying, "removePermissions": [REGAL] })),
        ("updateRole", json!({ "roleId": denying, "setPermissions": [allow(REGAL)] })),
        ("updateRole", json!({ "roleId": denying, "isActive": false })),
        ("updateRole", json!({ "roleId": child, "parentRoleId": null })),
        (
            "updateRole",
            json!({ "roleId": maybe_denying, "setPermissions": [{ "permission": REGAL, "effect": "DENY", "conditions": { "==": [1, 3] } }] }),
        ),
        ("assignRole", json!({ "userId": house.nina.user(), "roleId": regal })),
        ("assignRole", json!({ "userId": house.admin.user(), "roleId": house.role("owner").await })),
    ] {
        let refused = house.send(&house.admin, mutation, input.clone()).await;
        assert!(not_held(&refused).contains(&REGAL.to_owned()), "{input}");
    }
    assert_eq!(house.everything().await, before, "nothing is written");
    // What gives nothing new is nobody's gift.
    for input in [
        json!({ "roleId": regal, "name": "Royal" }),
        json!({ "roleId": regal, "isActive": false }),
        json!({ "roleId": plain, "setPermissions": [deny(REGAL), allow("billing.read")] }),
    ] {
        house.done(&house.admin, "updateRole", input).await;
    }
}

#[tokio::test]
async fn what_is_given_everywhere_must_be_held_in_each_organization() {
    // Shut out of one organization, the admin of the tenant holds nothing there.
    let house = House::with(|script, tenant, (organizations, _)| {
        script.add(&format!(
            "insert into organization_memberships (tenant_id, id, organization_id, user_id, role, status)
            select tenant_id, gen_random_uuid(), '{}', user_id, 'member', 'suspended' from tenant_memberships
            where tenant_id = '{tenant}' and role = 'admin'",
            organizations[1]
        ));
    })
    .await;
    let role = house.make("clerk", json!([allow("billing.read")])).await;
    let refused = house.send(&house.admin, "assignRole", json!({ "userId": house.nina.user(), "roleId": role })).await;
    assert_eq!(not_held(&refused), ["billing.read"]);
    assert_eq!(refused.body["errors"][0]["extensions"]["organizationId"], house.organization(1));
    let here = json!({ "userId": house.nina.user(), "roleId": role, "organizationId": house.organization(0) });
    house.done(&house.admin, "assignRole", here).await;
}

#[tokio::test]
async fn a_role_that_denies_is_taken_back_by_who_holds_what_it_denies() {
    let house = House::build().await;
    let tame = house.make("tame", json!([deny(REGAL), deny("billing.read"), allow("members.read")])).await;
    let assignment = house.give(&house.mia, &tame, Some(0)).await;
    let input = json!({ "assignmentId": assignment });
    assert_eq!(not_held(&house.send(&house.lead, "revokeRole", input.clone()).await), [REGAL]);
    // To be denied it is no right to take the denial away.
    let own = house.give(&house.lead, &tame, Some(0)).await;
    let mut missing = not_held(&house.send(&house.lead, "revokeRole", json!({ "assignmentId": own })).await);
    missing.sort();
    assert_eq!(missing, ["billing.read", REGAL]);
    house.done(&house.boss, "revokeRole", json!({ "assignmentId": own })).await;
    house.done(&house.boss, "revokeRole", input).await;
}

#[tokio::test]
async fn only_what_is_held_without_conditions_can_be_given() {
    let house = House::build().await;
    let maybe = house.make("maybe", json!([conditional(REGAL)])).await;
    let regal = house.make("regal", json!([allow(REGAL)])).await;
    house.give(&house.lead, &maybe, Some(0)).await;
    let to_mia = json!({ "userId": house.mia.user(), "roleId": regal, "organizationId": house.organization(0) });
    assert_eq!(not_held(&house.send(&house.lead, "assignRole", to_mia.clone()).await), [REGAL]);
    house.give(&house.lead, &regal, Some(0)).await;
    house.done(&house.lead, "assignRole", to_mia).await;
}
