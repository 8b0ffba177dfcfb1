//! Answering invitations: who may, what they get, and that it happens once.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{Home, send};
use crate::people::Rule;
use migration::catalog::Permission;

#[tokio::test]
async fn whoever_accepts_gets_what_was_offered_and_enters_the_tenant() {
    let home = Home::with(|script, (tenant, organization)| {
        script.role(tenant, "clerk", None);
        script.rule(tenant, "clerk", Permission::BillingRead, Rule::Allow);
        script.team(tenant, organization, "Front desk", None);
        script.add(&format!(
            "insert into tenant_quotas (tenant_id, metric, quota_limit, usage) values ('{tenant}', 'members', 5, 4)"
        ));
    })
    .await;
    let role = entity::join("role", home.world.value("select id from roles where key = 'clerk'").await.unwrap().parse().unwrap());
    let team = entity::join("team", home.world.value("select id from teams").await.unwrap().parse().unwrap());
    let guest = home.stranger("guest@example.com").await;
    let offer = json!({ "email": guest.email, "role": "READONLY", "roleIds": [role], "teamIds": [team] });
    let (id, token) = home.invite_as(&home.admin, offer).await;

    let received = home
        .world
        .ask(
            &guest.token,
            "{ viewer { tenant { id } invitations { invitationId tenantName organizationName invitedByName role } } }",
            Value::Null,
        )
        .await;
    assert_eq!(
        received.data()["viewer"],
        json!({ "tenant": null, "invitations": [{
            "invitationId": id, "tenantName": "Home", "organizationName": "Hearth", "invitedByName": "Ada Admin", "role": "READONLY" }] })
    );
    let selection = "viewer { tenant { name } invitations { invitationId } } organization { name billingEmail }
        membership { role status user { displayName } roles { key } teams { nodes { name } } roleAssignments { nodes { assignedBy { displayName } } } }";
    let accepted = home.done(&guest, "acceptInvitation", selection, json!({ "token": token, "clientMutationId": "c" })).await;
    assert_eq!(
        accepted,
        json!({
            "viewer": { "tenant": { "name": "Home" }, "invitations": [] },
            "organization": { "name": "Hearth", "billingEmail": "billing@o.example" },
            "membership": {
                "role": "READONLY", "status": "ACTIVE", "user": { "displayName": "guest" }, "roles": [{ "key": "readonly" }, { "key": "clerk" }],
                "teams": { "nodes": [{ "name": "Front desk" }] }, "roleAssignments": { "nodes": [{ "assignedBy": { "displayName": "Ada Admin" } }] },
            },
            "userErrors": [], "clientMutationId": "c",
        })
    );
    // It is the first tenant of the person, and has no room for a sixth member.
    assert_eq!(
        home.world.value(&format!("select is_primary from tenant_memberships where user_id = '{}'", guest.id)).await.as_deref(),
        Some("true")
    );
    assert_eq!(home.audited().await, ["invitation.create", "invitation.accept", "member.join"]);
    assert_eq!(home.refused(&guest, "acceptInvitation", json!({ "token": token })).await, ["ALREADY_DONE"]);
    let late = home.stranger("late@example.com").await;
    let (_, token) = home.invite(&late.email, "MEMBER").await;
    assert_eq!(home.refused(&late, "acceptInvitation", json!({ "token": token })).await, ["QUOTA_EXCEEDED"]);
}

#[tokio::test]
async fn an_invitation_is_for_one_proven_address_and_for_its_time() {
    let home = Home::build().await;
    let guest = home.stranger("guest@example.com").await;
    let other = home.stranger("other@example.com").await;
    let (id, token) = home.invite(&guest.email, "MEMBER").await;
    let by_token = json!({ "token": token });
    for mutation in ["acceptInvitation", "declineInvitation"] {
        assert_eq!(home.refused(&other, mutation, by_token.clone()).await, ["NOT_FOUND"]);
        assert_eq!(home.refused(&other, mutation, json!({ "invitationId": id })).await, ["NOT_FOUND"]);
        assert_eq!(home.refused(&guest, mutation, json!({ "token": "ti_unknown" })).await, ["NOT_FOUND"]);
        assert_eq!(home.failed(&guest, mutation, json!({})).await, ["BAD_USER_INPUT"]);
        assert_eq!(home.failed(&guest, mutation, json!({ "token": token, "invitationId": id })).await, ["BAD_USER_INPUT"]);
    }
    let proven = format!("update users set email_verified_at = {{}} where id = '{}'", guest.id);
    home.world.sql(&proven.replace("{}", "null")).await;
    assert_eq!(home.refused(&guest, "acceptInvitation", by_token.clone()).await, ["EMAIL_NOT_VERIFIED"]);
    assert_eq!(home.refused(&guest, "acceptInvitation", json!({ "invitationId": id })).await, ["NOT_FOUND"]);
    home.world.sql(&proven.replace("{}", "now()")).await;
    home.world.sql("update invitations set expires_at = now()").await;
    assert_eq!(home.refused(&guest, "acceptInvitation", by_token.clone()).await, ["ENDED"]);
    // Sent again it has a new token: the old one has ended.
    let sent = home
        .done(&home.manager, "resendInvitation", "token invitation { id status resentCount }", json!({ "invitationId": id }))
        .await;
    assert_eq!(sent["invitation"], json!({ "id": id, "status": "PENDING", "resentCount": 1 }));
    assert_eq!(home.refused(&guest, "acceptInvitation", by_token).await, ["NOT_FOUND"]);
    home.done(&guest, "acceptInvitation", "", json!({ "token": sent["token"] })).await;
    assert!(home.is_inside(&guest).await);
    let second = home.stranger("second@example.com").await;
    let (id, _) = home.invite(&second.email, "MEMBER").await;
    let declined = home.done(&second, "declineInvitation", "invitationId", json!({ "invitationId": id })).await;
    assert_eq!(declined["invitationId"], json!(id));
    assert!(!home.is_inside(&second).await);
}

#[tokio::test]
async fn an_inviter_who_may_not_give_it_any_more_gives_nothing() {
    let home = Home::with(|script, (tenant, organization)| {
        script.role(tenant, "clerk", None);
        script.team(tenant, organization, "Front desk", None);
    })
    .await;
    let guest = home.stranger("guest@example.com").await;
    let (id, token) = home.invite_as(&home.manager, json!({ "email": guest.email, "role": "MANAGER" })).await;
    let input = json!({ "token": token });
    let refused = async || home.refused(&guest, "acceptInvitation", input.clone()).await;
    // Lower, suspended, removed.
    home.done(&home.admin, "updateMember", "", json!({ "membershipId": home.manager.membership, "role": "MEMBER" })).await;
    assert_eq!(refused().await, ["NOT_ENTITLED"]);
    home.done(&home.admin, "updateMember", "", json!({ "membershipId": home.manager.membership, "role": "ADMIN" })).await;
    home.done(&home.admin, "suspendMember", "", json!({ "membershipId": home.manager.membership })).await;
    assert_eq!(refused().await, ["NOT_ENTITLED"]);
    home.done(&home.admin, "removeMember", "", json!({ "membershipId": home.manager.membership })).await;
    assert_eq!(refused().await, ["NOT_ENTITLED"]);
    // Whoever changes it answers for it.
    let role = entity::join("role", home.world.value("select id from roles where key = 'clerk'").await.unwrap().parse().unwrap());
    let team = entity::join("team", home.world.value("select id from teams").await.unwrap().parse().unwrap());
    let terms = json!({ "invitationId": id, "role": "MEMBER", "roleIds": [role], "teamIds": [team] });
    let changed = home.done(&home.admin, "updateInvitation", "invitation { role invitedBy { id } roles { key } }", terms).await;
    assert_eq!(
        changed["invitation"],
        json!({ "role": "MEMBER", "invitedBy": { "id": entity::join("user", home.admin.id) }, "roles": [{ "key": "clerk" }] })
    );
    home.world.sql("update roles set deleted_at = now(), deletion_id = gen_random_uuid() where key = 'clerk'").await;
    assert_eq!(refused().await, ["NOT_FOUND"]);
    home.done(&home.owner, "updateInvitation", "", json!({ "invitationId": id, "roleIds": [] })).await;
    home.done(&guest, "acceptInvitation", "", input.clone()).await;
}

#[tokio::test]
async fn an_invitation_is_accepted_once_however_often_it_is_tried_at_once() {
    let home = Home::build().await;
    for round in 0..3 {
        let guest = home.stranger(&format!("guest{round}@example.com")).await;
        let (id, token) = home.invite(&guest.email, "MEMBER").await;
        let tries = (0..12).map(|number| {
            let input = if number % 2 == 0 { json!({ "token": token }) } else { json!({ "invitationId": id }) };
            let mutation = if number == 7 { "declineInvitation" } else { "acceptInvitation" };
            let (home, guest) = (&home, &guest);
            async move { (mutation, send(&home.world, &guest.token, mutation, "", input).await) }
        });
        let answers = join_all(tries).await;
        let done: Vec<_> = answers
            .iter()
            .filter(|(_, answer)| answer.data()["it"]["userErrors"] == json!([]))
            .map(|(mutation, _)| *mutation)
            .collect();
        assert_eq!(done.len(), 1, "{done:?}");
        let members =
            home.world.value(&format!("select count(*) from organization_memberships where user_id = '{}'", guest.id)).await;
        let expected = if done == ["acceptInvitation"] { "1" } else { "0" };
        assert_eq!(members.as_deref(), Some(expected));
    }
}
