//! How an organization changes hands.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{Home, Person, send};

fn user(person: &Person) -> String {
    entity::join("user", person.id)
}

async fn offer(home: &Home, to: &Person) -> Value {
    let input = json!({ "organizationId": home.id(), "userId": user(to) });
    home.done(&home.owner, "offerOwnership", "offer { id }", input).await["offer"]["id"].clone()
}

async fn owner(home: &Home) -> Option<String> {
    home.world.value("select owner_id from organizations").await
}

#[tokio::test]
async fn nothing_changes_until_the_offer_is_accepted_and_then_the_former_owner_is_an_admin() {
    let home = Home::build().await;
    let selection = "offer { status isRescue organizationName from { displayName } to { displayName } offeredBy { displayName } }";
    let input = json!({ "organizationId": home.id(), "userId": user(&home.member) });
    let offered = home.done(&home.owner, "offerOwnership", selection, input.clone()).await;
    assert_eq!(
        offered["offer"],
        json!({ "status": "OFFERED", "isRescue": false, "organizationName": "Hearth", "from": { "displayName": "Olga Owner" },
            "to": { "displayName": "Mel Member" }, "offeredBy": { "displayName": "Olga Owner" } })
    );
    assert_eq!(owner(&home).await, Some(home.owner.id.to_string()));
    assert_eq!(home.refused(&home.owner, "offerOwnership", input).await, ["TAKEN"], "one offer at a time");
    let seen = "query($id: ID!) { organization(id: $id) { ownershipOffer { id to { displayName } } owner { displayName } } }";
    let seen = home.world.ask(&home.manager.token, seen, json!({ "id": home.id() })).await;
    let id = seen.data()["organization"]["ownershipOffer"]["id"].clone();
    for person in [&home.admin, &home.owner] {
        assert_eq!(home.failed(person, "acceptOwnership", json!({ "offerId": id })).await, ["NOT_FOUND"]);
        assert_eq!(home.failed(person, "declineOwnership", json!({ "offerId": id })).await, ["NOT_FOUND"]);
    }
    let dry = home.done(&home.member, "acceptOwnership", "dryRun", json!({ "offerId": id, "dryRun": true })).await;
    assert_eq!(dry["dryRun"], true);
    assert_eq!(owner(&home).await, Some(home.owner.id.to_string()));
    home.done(&home.member, "acceptOwnership", "", json!({ "offerId": id })).await;
    assert_eq!(owner(&home).await, Some(home.member.id.to_string()));
    let roles = "query($id: ID!) { organization(id: $id) { owner { displayName } ownershipOffer { id } members { nodes { role user { displayName } } } } }";
    let roles = home.world.ask(&home.owner.token, roles, json!({ "id": home.id() })).await;
    let organization = &roles.data()["organization"];
    assert_eq!((&organization["owner"]["displayName"], &organization["ownershipOffer"]), (&json!("Mel Member"), &Value::Null));
    let role = |name: &str| {
        organization["members"]["nodes"].as_array().unwrap().iter().find(|member| member["user"]["displayName"] == name).unwrap()["role"].clone()
    };
    assert_eq!((role("Olga Owner"), role("Mel Member")), (json!("ADMIN"), json!("OWNER")));
    assert_eq!(home.refused(&home.member, "acceptOwnership", json!({ "offerId": id })).await, ["ALREADY_DONE"]);
    assert_eq!(home.audited().await, ["ownership.offer", "ownership.accept"]);
    // Now the former owner may go, and the new one may not.
    assert_eq!(home.refused(&home.member, "leaveOrganization", json!({ "organizationId": home.id() })).await, ["IS_OWNER"]);
    home.done(&home.owner, "leaveOrganization", "", json!({ "organizationId": home.id() })).await;
}

#[tokio::test]
async fn an_offer_is_for_an_active_member_by_somebody_who_owns_it() {
    let home = Home::build().await;
    let to = |person: &Person| json!({ "organizationId": home.id(), "userId": user(person) });
    for person in [&home.admin, &home.member] {
        assert_eq!(home.failed(person, "offerOwnership", to(&home.manager)).await, ["FORBIDDEN"]);
    }
    assert_eq!(home.refused(&home.owner, "offerOwnership", to(&home.owner)).await, ["ALREADY_DONE"]);
    let stranger = home.stranger("stranger@example.com").await;
    assert_eq!(home.refused(&home.owner, "offerOwnership", to(&stranger)).await, ["NOT_FOUND"]);
    home.done(&home.admin, "suspendMember", "", json!({ "membershipId": home.member.membership })).await;
    assert_eq!(home.refused(&home.owner, "offerOwnership", to(&home.member)).await, ["NOT_FOUND"]);
    // Whoever is shut out after the offer cannot take it.
    let id = offer(&home, &home.manager).await;
    home.done(&home.admin, "suspendMember", "", json!({ "membershipId": home.manager.membership })).await;
    assert_eq!(home.refused(&home.manager, "acceptOwnership", json!({ "offerId": id })).await, ["NOT_FOUND"]);
    home.done(&home.manager, "declineOwnership", "", json!({ "offerId": id })).await;
    // Declined, withdrawn, or late: it is over.
    assert_eq!(home.refused(&home.owner, "withdrawOwnershipOffer", json!({ "offerId": id })).await, ["ALREADY_DONE"]);
    let id = offer(&home, &home.admin).await;
    assert_eq!(home.failed(&home.admin, "withdrawOwnershipOffer", json!({ "offerId": id })).await, ["FORBIDDEN"]);
    home.done(&home.owner, "withdrawOwnershipOffer", "", json!({ "offerId": id })).await;
    assert_eq!(home.refused(&home.admin, "acceptOwnership", json!({ "offerId": id })).await, ["ENDED"]);
    let id = offer(&home, &home.admin).await;
    home.world.sql("update ownership_transfers set expires_at = now() where status = 'offered'").await;
    assert_eq!(home.refused(&home.admin, "acceptOwnership", json!({ "offerId": id })).await, ["ENDED"]);
    let id = offer(&home, &home.admin).await;
    home.done(&home.admin, "acceptOwnership", "", json!({ "offerId": id })).await;
}

#[tokio::test]
async fn a_developer_rescues_with_a_reason_and_the_member_accepts() {
    let home = Home::build().await;
    let developer = home.stranger("dev@example.com").await;
    home.world
        .sql(&format!(
            "update users set user_type = 'developer' where id = '{}';
            insert into developer_roles (id, key, name) values ('00000000-0000-7000-8000-00000000d000', 'support', 'Support');
            insert into developer_role_permissions (developer_role_id, permission_id)
                select '00000000-0000-7000-8000-00000000d000', id from permissions where key in ('organization.read', 'organization.transfer');
            insert into developer_role_assignments (id, user_id, developer_role_id)
                values (gen_random_uuid(), '{0}', '00000000-0000-7000-8000-00000000d000')",
            developer.id
        ))
        .await;
    let developer = Person { token: home.world.token(developer.id, Some(home.tenant)).await, ..developer };
    let waiting = offer(&home, &home.manager).await;
    let rescue = |reason: &str| json!({ "organizationId": home.id(), "userId": user(&home.admin), "reason": reason });
    assert_eq!(home.failed(&home.owner, "rescueOwnership", rescue("for fun")).await, ["FORBIDDEN"]);
    assert_eq!(home.refused(&developer, "rescueOwnership", rescue("  ")).await, ["INVALID"]);
    assert_eq!(home.refused(&developer, "rescueOwnership", rescue(&"x".repeat(501))).await, ["TOO_LONG"]);
    let made = home
        .done(&developer, "rescueOwnership", "offer { id isRescue status offeredBy { id } }", rescue("the owner has died"))
        .await;
    assert_eq!((&made["offer"]["isRescue"], &made["offer"]["offeredBy"]), (&json!(true), &Value::Null));
    assert_eq!(home.refused(&home.manager, "acceptOwnership", json!({ "offerId": waiting })).await, ["ENDED"]);
    assert_eq!(owner(&home).await, Some(home.owner.id.to_string()));
    home.done(&home.admin, "acceptOwnership", "", json!({ "offerId": made["offer"]["id"] })).await;
    assert_eq!(owner(&home).await, Some(home.admin.id.to_string()));
    let written = home
        .world
        .value(
            "select changes -> 'after' ->> 'reason' from audit_logs where action = 'ownership.rescue' and actor_type = 'developer'",
        )
        .await;
    assert_eq!(written.as_deref(), Some("the owner has died"));
}

#[tokio::test]
async fn of_an_acceptance_a_suspension_and_a_withdrawal_at_once_one_order_holds() {
    let home = Home::build().await;
    for _ in 0..4 {
        let id = offer(&home, &home.member).await;
        let by_offer = json!({ "offerId": id });
        let membership = json!({ "membershipId": home.member.membership });
        let calls = [
            (&home.member, "acceptOwnership", by_offer.clone()),
            (&home.owner, "withdrawOwnershipOffer", by_offer.clone()),
            (&home.admin, "suspendMember", membership.clone()),
            (&home.admin, "removeMember", membership.clone()),
        ];
        let answers = join_all(calls.map(|(person, mutation, input)| send(&home.world, &person.token, mutation, "", input))).await;
        let done: Vec<bool> = answers.iter().map(|answer| answer.body["data"]["it"]["userErrors"] == json!([])).collect();
        assert!(!(done[0] && (done[1] || done[2] || done[3])), "{done:?}");
        let owners = "select count(*) from organizations organization join organization_memberships seat on seat.organization_id = organization.id
            and seat.user_id = organization.owner_id and seat.status = 'active' and seat.deleted_at is null";
        assert_eq!(home.world.value(owners).await.as_deref(), Some("1"));
        // As it was, for the next round.
        home.world
            .sql(&format!(
                "begin; set local app.ownership_transfer = 'on';
                update organization_memberships set status = 'active', deleted_at = null, deletion_id = null;
                update organizations set owner_id = '{}';
                update ownership_transfers set status = 'withdrawn', answered_at = now() where status = 'offered'; commit",
                home.owner.id
            ))
            .await;
    }
}
