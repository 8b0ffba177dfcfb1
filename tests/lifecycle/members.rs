//! Memberships: another role, suspended, removed, left, revived.

use serde_json::json;

use super::Home;
use crate::people::Rule;
use migration::catalog::Permission;

#[tokio::test]
async fn the_owner_is_never_changed_suspended_removed_and_cannot_leave() {
    let home = Home::build().await;
    let owner = json!({ "membershipId": home.owner.membership });
    let role = json!({ "membershipId": home.owner.membership, "role": "MEMBER" });
    for person in [&home.admin, &home.owner] {
        assert_eq!(home.refused(person, "updateMember", role.clone()).await, ["IS_OWNER"]);
        assert_eq!(home.refused(person, "suspendMember", owner.clone()).await, ["IS_OWNER"]);
        assert_eq!(home.refused(person, "removeMember", owner.clone()).await, ["IS_OWNER"]);
    }
    assert_eq!(home.refused(&home.owner, "leaveOrganization", json!({ "organizationId": home.id() })).await, ["IS_OWNER"]);
}

#[tokio::test]
async fn a_change_holds_from_the_next_request_on_and_is_told() {
    let home = Home::build().await;
    let changes = "membership { role status } dryRun accessChanges { permission { key } place before after }";
    let input = json!({ "membershipId": home.member.membership, "role": "MANAGER", "dryRun": true });
    let tried = home.done(&home.admin, "updateMember", changes, input).await;
    assert_eq!(tried["membership"]["role"], "MEMBER");
    assert!(
        tried["accessChanges"]
            .as_array()
            .unwrap()
            .iter()
            .any(|change| change["permission"]["key"] == "members.invite" && change["after"] == "ALLOWED")
    );
    home.done(&home.admin, "updateMember", "", json!({ "membershipId": home.member.membership, "role": "MANAGER" })).await;
    let query = "query($id: ID!) { organization(id: $id) { billingEmail } }";
    assert_eq!(home.world.ask(&home.member.token, query, json!({ "id": home.id() })).await.codes(), Vec::<&str>::new());
    let suspended = home.done(&home.admin, "suspendMember", changes, json!({ "membershipId": home.member.membership })).await;
    assert_eq!(suspended["membership"]["status"], "SUSPENDED");
    assert!(!home.is_inside(&home.member).await);
    assert_eq!(
        home.refused(&home.admin, "suspendMember", json!({ "membershipId": home.member.membership })).await,
        ["ALREADY_DONE"]
    );
    home.done(&home.admin, "reactivateMember", "", json!({ "membershipId": home.member.membership })).await;
    assert!(home.is_inside(&home.member).await);
    assert_eq!(
        home.refused(&home.admin, "reactivateMember", json!({ "membershipId": home.member.membership })).await,
        ["ALREADY_DONE"]
    );
    assert_eq!(
        home.refused(&home.admin, "updateMember", json!({ "membershipId": home.member.membership, "role": "OWNER" })).await,
        ["INVALID"]
    );
    home.done(&home.member, "leaveOrganization", "endedMembershipId", json!({ "organizationId": home.id() })).await;
    assert!(!home.is_inside(&home.member).await);
    assert_eq!(home.failed(&home.member, "leaveOrganization", json!({ "organizationId": home.id() })).await, ["NOT_FOUND"]);
    assert_eq!(home.audited().await, ["member.update", "member.suspend", "member.reactivate", "member.leave"]);
}

#[tokio::test]
async fn nobody_changes_a_membership_beyond_what_they_hold() {
    let home = Home::with(|script, (tenant, organization)| {
        // Whoever looks after suspensions, and nothing else.
        script.role(tenant, "warden", None);
        script.rule(tenant, "warden", Permission::MembersSuspend, Rule::Allow);
        script.rule(tenant, "warden", Permission::MembersRemove, Rule::Allow);
        let member = "(select id from tenant_memberships where user_id = (select id from users where display_name = 'Mel Member'))";
        script.add(&format!(
            "insert into member_roles (tenant_id, id, tenant_membership_id, organization_id, role_id)
            values ('{tenant}', gen_random_uuid(), {member}, '{organization}', (select id from roles where key = 'warden'))"
        ));
    })
    .await;
    // A manager may change roles, but neither make an admin nor unmake one.
    let role = |membership: &str, role: &str| json!({ "membershipId": membership, "role": role });
    assert_eq!(home.failed(&home.manager, "updateMember", role(&home.member.membership, "ADMIN")).await, ["FORBIDDEN"]);
    assert_eq!(home.failed(&home.manager, "updateMember", role(&home.admin.membership, "READONLY")).await, ["FORBIDDEN"]);
    assert_eq!(home.failed(&home.manager, "suspendMember", json!({ "membershipId": home.member.membership })).await, ["FORBIDDEN"]);
    // The warden shuts the admin out, and cannot let them in again.
    home.done(&home.member, "suspendMember", "", json!({ "membershipId": home.admin.membership })).await;
    assert_eq!(
        home.failed(&home.member, "reactivateMember", json!({ "membershipId": home.admin.membership })).await,
        ["FORBIDDEN"]
    );
    home.done(&home.owner, "reactivateMember", "", json!({ "membershipId": home.admin.membership })).await;
    // Somebody outside knows of nothing.
    let outsider = home.stranger("outside@example.com").await;
    home.world
        .sql(&format!(
            "insert into tenant_memberships (tenant_id, id, user_id, role) values ('{}', gen_random_uuid(), '{}', 'member')",
            home.tenant, outsider.id
        ))
        .await;
    let outsider = super::Person { token: home.world.token(outsider.id, Some(home.tenant)).await, ..outsider };
    for mutation in ["suspendMember", "removeMember", "reactivateMember"] {
        assert_eq!(home.failed(&outsider, mutation, json!({ "membershipId": home.member.membership })).await, ["NOT_FOUND"]);
    }
}

#[tokio::test]
async fn leaving_does_not_undo_a_denial() {
    let home = Home::with(|script, (tenant, organization)| {
        // Runs the whole tenant, except that this organization keeps its bills from them.
        script.add(
            "update tenant_memberships set role = 'admin' where user_id = (select id from users where display_name = 'Mel Member')",
        );
        script.add(&format!(
            "insert into member_permission_overrides (tenant_id, id, tenant_membership_id, organization_id, permission_id, effect)
            select '{tenant}', gen_random_uuid(), member.id, '{organization}', permission.id, 'deny'
            from tenant_memberships member, permissions permission
            where member.user_id = (select id from users where display_name = 'Mel Member') and permission.key = 'billing.read'"
        ));
    })
    .await;
    assert_eq!(home.failed(&home.member, "leaveOrganization", json!({ "organizationId": home.id() })).await, ["FORBIDDEN"]);
    home.done(&home.owner, "removeMember", "", json!({ "membershipId": home.member.membership })).await;
}

#[tokio::test]
async fn removing_takes_what_hung_on_the_membership_and_inviting_again_revives_the_row_alone() {
    let home = Home::with(|script, (tenant, organization)| {
        script.role(tenant, "clerk", None);
        script.rule(tenant, "clerk", Permission::BillingRead, Rule::Allow);
        script.team(tenant, organization, "Front desk", None);
    })
    .await;
    let guest = home.join("guest@example.com", "MEMBER").await;
    let membership = home.world.value(&format!("select id from tenant_memberships where user_id = '{}'", guest.id)).await.unwrap();
    home.world
        .sql(&format!(
            "insert into member_roles (tenant_id, id, tenant_membership_id, organization_id, role_id)
            select '{0}', gen_random_uuid(), '{membership}', place, (select id from roles where key = 'clerk')
            from unnest(array[null, '{1}'::uuid]) place;
            insert into team_members (tenant_id, id, team_id, tenant_membership_id) select '{0}', gen_random_uuid(), id, '{membership}' from teams;
            insert into resource_grants (tenant_id, id, resource_type, resource_id, tenant_membership_id, permission_id)
            select '{0}', gen_random_uuid(), 'organization', '{1}', '{membership}', id from permissions where key = 'audit.read'",
            home.tenant, home.organization
        ))
        .await;
    home.done(&home.admin, "removeMember", "endedMembershipId", json!({ "membershipId": guest.membership })).await;
    let left =
        |table: &str| format!("select count(*) from {table} where tenant_membership_id = '{membership}' and deleted_at is null");
    // The assignment in the whole tenant stays.
    assert_eq!(home.world.value(&left("member_roles")).await.as_deref(), Some("1"));
    assert_eq!(home.world.value(&left("resource_grants")).await.as_deref(), Some("0"));
    assert_eq!(
        home.world
            .value(&format!("select count(*) from team_members where tenant_membership_id = '{membership}'"))
            .await
            .as_deref(),
        Some("0")
    );
    let deletions = "select count(distinct deletion_id) from (select deletion_id from member_roles union all select deletion_id from resource_grants
        union all select deletion_id from organization_memberships) gone where deletion_id is not null";
    assert_eq!(home.world.value(deletions).await.as_deref(), Some("1"));
    assert!(!home.is_inside(&guest).await);

    let (_, token) = home.invite(&guest.email, "READONLY").await;
    let accepted = home.done(&guest, "acceptInvitation", "membership { id role roles { key } }", json!({ "token": token })).await;
    assert_eq!(accepted["membership"]["id"], json!(guest.membership));
    assert_eq!(accepted["membership"]["role"], "READONLY");
    assert_eq!(home.world.value(&left("resource_grants")).await.as_deref(), Some("0"));
    assert_eq!(
        home.world.value(&format!("select count(*) from organization_memberships where user_id = '{}'", guest.id)).await.as_deref(),
        Some("1")
    );
}
