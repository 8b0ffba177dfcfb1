//! Making, sending, changing and taking back invitations.

use serde_json::{Value, json};

use super::Home;
use crate::people::Rule;
use migration::catalog::Permission;

#[tokio::test]
async fn an_invitation_is_listed_with_what_it_offers() {
    let home = Home::with(|script, (tenant, organization)| {
        script.role(tenant, "billing_clerk", None);
        script.rule(tenant, "billing_clerk", Permission::BillingRead, Rule::Allow);
        script.team(tenant, organization, "Front desk", None);
    })
    .await;
    let role =
        entity::join("role", home.world.value("select id from roles where key = 'billing_clerk'").await.unwrap().parse().unwrap());
    let team = entity::join("team", home.world.value("select id from teams").await.unwrap().parse().unwrap());
    let offer = json!({ "email": " New.Person@Example.com ", "role": "MEMBER", "roleIds": [role, role], "teamIds": [team] });
    let (id, token) = home.invite_as(&home.admin, offer).await;
    assert!(token.starts_with("ti_"));
    let query = "query($id: ID!) { organization(id: $id) { invitations(filter: { status: PENDING }) { totalCount nodes {
        id email role status resentCount roles { key } teams { name } invitedBy { displayName } acceptedBy { id } organization { name } } } } }";
    let answer = home.world.ask(&home.manager.token, query, json!({ "id": home.id() })).await;
    assert_eq!(
        answer.data()["organization"]["invitations"],
        json!({ "totalCount": 1, "nodes": [{
            "id": id, "email": "new.person@example.com", "role": "MEMBER", "status": "PENDING", "resentCount": 0,
            "roles": [{ "key": "billing_clerk" }], "teams": [{ "name": "Front desk" }], "invitedBy": { "displayName": "Ada Admin" },
            "acceptedBy": null, "organization": { "name": "Hearth" },
        }] })
    );
    // A member may not see who was invited, nor find an invitation by its id.
    let denied = home.world.ask(&home.member.token, query, json!({ "id": home.id() })).await;
    assert_eq!(denied.codes(), ["FORBIDDEN"]);
    let node = home.world.ask(&home.member.token, "query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
    assert_eq!(node.data()["node"], Value::Null);
    assert_eq!(home.audited().await, ["invitation.create"]);
    let secret = home.world.value(&format!("select count(*) from audit_logs where row(audit_logs)::text like '%{token}%'")).await;
    assert_eq!(secret.as_deref(), Some("0"));
}

#[tokio::test]
async fn nobody_invites_beyond_what_they_hold() {
    let home = Home::with(|script, (tenant, organization)| {
        script.role(tenant, "strong", None);
        script.rule(tenant, "strong", Permission::RolesManage, Rule::Allow);
        let team = script.team(tenant, organization, "Strong", None);
        script.team_role(tenant, team, "strong");
    })
    .await;
    let role = entity::join("role", home.world.value("select id from roles where key = 'strong'").await.unwrap().parse().unwrap());
    let team = entity::join("team", home.world.value("select id from teams").await.unwrap().parse().unwrap());
    let invite = async |person, more: Value| {
        let mut input = json!({ "organizationId": home.id(), "email": "x@example.com", "role": "MEMBER" });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        home.failed(person, "inviteMember", input).await
    };
    assert_eq!(invite(&home.member, json!({})).await, ["FORBIDDEN"]);
    assert_eq!(invite(&home.manager, json!({ "role": "ADMIN" })).await, ["FORBIDDEN"]);
    // A manager may not assign roles at all, and manages teams, but holds not what this one gives.
    assert_eq!(invite(&home.manager, json!({ "roleIds": [role] })).await, ["FORBIDDEN"]);
    assert_eq!(invite(&home.manager, json!({ "teamIds": [team] })).await, ["FORBIDDEN"]);
    home.invite_as(&home.manager, json!({ "email": "x@example.com", "role": "MANAGER" })).await;
    let (id, _) = home.invite("y@example.com", "MEMBER").await;
    let raise = json!({ "invitationId": id, "role": "ADMIN" });
    assert_eq!(home.failed(&home.manager, "updateInvitation", raise).await, ["FORBIDDEN"]);
    assert_eq!(home.failed(&home.member, "revokeInvitation", json!({ "invitationId": id })).await, ["NOT_FOUND"]);
}

#[tokio::test]
async fn what_cannot_be_invited_is_said_field_by_field() {
    let home = Home::build().await;
    home.invite("there@example.com", "MEMBER").await;
    home.world.sql(&format!("update organization_memberships set status = 'suspended' where user_id = '{}'", home.member.id)).await;
    let refused = async |email: &str, role: &str, code: &str| {
        let input = json!({ "organizationId": home.id(), "email": email, "role": role });
        assert_eq!(home.refused(&home.owner, "inviteMember", input).await, [code], "{email} {role}");
    };
    refused("no address", "MEMBER", "INVALID").await;
    refused("a@example.com", "OWNER", "INVALID").await;
    refused("THERE@example.com", "MEMBER", "TAKEN").await;
    refused(&home.admin.email, "MEMBER", "TAKEN").await;
    refused(&home.member.email, "MEMBER", "TAKEN").await;
    let nothing = entity::join("role", tenantry::clock::new_id());
    let input = json!({ "organizationId": home.id(), "email": "a@example.com", "role": "MEMBER", "roleIds": [nothing] });
    assert_eq!(home.refused(&home.owner, "inviteMember", input).await, ["NOT_FOUND"]);
}

#[tokio::test]
async fn many_are_invited_together_or_not_at_all() {
    let home = Home::build().await;
    let guests = |emails: &[&str]| emails.iter().map(|email| json!({ "email": email, "role": "MEMBER" })).collect::<Vec<_>>();
    let selection = "sent { token invitation { id email } }";
    let input = json!({ "organizationId": home.id(), "invitations": guests(&["a@example.com", "broken", "A@example.com", &home.admin.email]) });
    let answer = home.send(&home.owner, "inviteMembers", selection, input).await;
    let payload = &answer.data()["it"];
    assert_eq!(payload["sent"], json!([]));
    let errors: Vec<_> = payload["userErrors"].as_array().unwrap().iter().map(|error| (&error["field"], &error["code"])).collect();
    assert_eq!(json!(errors), json!([[["invitations", "1", "email"], "INVALID"], [["invitations", "2", "email"], "TAKEN"]]));
    let member = json!({ "organizationId": home.id(), "invitations": guests(&["a@example.com", &home.admin.email]) });
    assert_eq!(home.refused(&home.owner, "inviteMembers", member).await, ["TAKEN"]);

    let input =
        json!({ "organizationId": home.id(), "invitations": guests(&["a@example.com", "b@example.com"]), "idempotencyKey": "k" });
    let first = home.done(&home.owner, "inviteMembers", selection, input.clone()).await;
    let emails: Vec<_> = first["sent"].as_array().unwrap().iter().map(|sent| sent["invitation"]["email"].clone()).collect();
    assert_eq!(emails, ["a@example.com", "b@example.com"]);
    // The same key gives the same invitations, whose tokens nobody knows any more.
    let again = home.done(&home.owner, "inviteMembers", selection, input).await;
    let ids = |payload: &Value| {
        payload["sent"].as_array().unwrap().iter().map(|sent| sent["invitation"]["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&first), ids(&again));
    assert!(again["sent"].as_array().unwrap().iter().all(|sent| sent["token"].is_null()));
    let other = json!({ "organizationId": home.id(), "invitations": guests(&["c@example.com"]), "idempotencyKey": "k" });
    assert_eq!(home.refused(&home.owner, "inviteMembers", other).await, ["IDEMPOTENCY_KEY_REUSED"]);
    let none = json!({ "organizationId": home.id(), "invitations": [] });
    assert_eq!(home.refused(&home.owner, "inviteMembers", none).await, ["INVALID"]);
    let many: Vec<String> = (0..101).map(|number| format!("p{number}@example.com")).collect();
    let many = json!({ "organizationId": home.id(), "invitations": guests(&many.iter().map(String::as_str).collect::<Vec<_>>()) });
    assert_eq!(home.refused(&home.owner, "inviteMembers", many).await, ["INVALID"]);
}

#[tokio::test]
async fn an_invitation_that_was_answered_is_not_sent_changed_or_taken_back_again() {
    let home = Home::build().await;
    let (id, _) = home.invite("gone@example.com", "MEMBER").await;
    let revoked =
        home.done(&home.manager, "revokeInvitation", "invitation { status answeredAt }", json!({ "invitationId": id })).await;
    assert_eq!(revoked["invitation"]["status"], "REVOKED");
    assert!(revoked["invitation"]["answeredAt"].is_string());
    for mutation in ["revokeInvitation", "resendInvitation", "updateInvitation"] {
        assert_eq!(home.refused(&home.owner, mutation, json!({ "invitationId": id })).await, ["ENDED"], "{mutation}");
    }
    // Whoever was invited once can be invited again.
    home.invite("gone@example.com", "MEMBER").await;
    let nobody = entity::join("inv", tenantry::clock::new_id());
    assert_eq!(home.failed(&home.owner, "revokeInvitation", json!({ "invitationId": nobody })).await, ["NOT_FOUND"]);
}
