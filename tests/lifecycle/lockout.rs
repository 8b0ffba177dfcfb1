//! Unpaid bills: who is told what, who gets in, and what the banner says.

use serde_json::{Value, json};

use super::{Home, Person};

const NOTICES: &str = "{ viewer { notices { kind message organizationName organization { name } action actionLabel } } }";

async fn notices(home: &Home, person: &Person) -> Value {
    home.world.ask(&person.token, NOTICES, Value::Null).await.data()["viewer"]["notices"].clone()
}

#[tokio::test]
async fn a_banner_is_for_those_who_can_pay_first_and_for_everybody_when_it_hurts() {
    let home = Home::build().await;
    assert_eq!(notices(&home, &home.owner).await, json!([]));
    home.world.sql("update subscriptions set status = 'past_due', past_due_since = now()").await;
    for person in [&home.owner, &home.admin] {
        assert_eq!(
            notices(&home, person).await,
            json!([{
                "kind": "PAYMENT_OVERDUE", "message": "A payment of Hearth has failed. Everything works as before for now.",
                "organizationName": "Hearth", "organization": { "name": "Hearth" },
                "action": "UPDATE_PAYMENT", "actionLabel": "Update payment information",
            }])
        );
    }
    assert_eq!(notices(&home, &home.member).await, json!([]));

    home.world.sql("update subscriptions set past_due_since = now() - interval '15 days'").await;
    let restricted = notices(&home, &home.member).await;
    assert_eq!(
        (&restricted[0]["kind"], &restricted[0]["action"], &restricted[0]["actionLabel"]),
        (&json!("RESTRICTED"), &json!("CONTACT_OWNER"), &json!("Contact Olga Owner"))
    );

    home.world.sql("update subscriptions set status = 'unpaid'").await;
    assert_eq!(
        notices(&home, &home.admin).await,
        json!([{
            "kind": "LOCKED", "message": "Hearth is past due. Contact Olga Owner to resolve billing.",
            "organizationName": "Hearth", "organization": null, "action": "CONTACT_OWNER", "actionLabel": "Contact Olga Owner",
        }])
    );
    let owner = notices(&home, &home.owner).await;
    assert_eq!((&owner[0]["kind"], &owner[0]["action"]), (&json!("LOCKED"), &json!("UPDATE_PAYMENT")));
    let stranger = home.stranger("stranger@example.com").await;
    assert_eq!(notices(&home, &stranger).await, json!([]));
    home.world.sql("update subscriptions set status = 'active', past_due_since = null").await;
    assert_eq!(notices(&home, &home.admin).await, json!([]));
}

#[tokio::test]
async fn members_of_a_locked_organization_are_told_whom_to_ask_and_others_know_nothing() {
    let home = Home::build().await;
    let (invitation, token) = home.invite("guest@example.com", "MEMBER").await;
    let guest = home.stranger("guest@example.com").await;
    let outsider = home.stranger("outside@example.com").await;
    home.world
        .sql(&format!(
            "insert into tenant_memberships (tenant_id, id, user_id, role) values ('{}', gen_random_uuid(), '{}', 'member')",
            home.tenant, outsider.id
        ))
        .await;
    let outsider = Person { token: home.world.token(outsider.id, Some(home.tenant)).await, ..outsider };
    home.world.sql("update subscriptions set status = 'unpaid'").await;

    let by_id = "query($id: ID!) { organization(id: $id) { name billingState } }";
    let told = home.world.ask(&home.admin.token, by_id, json!({ "id": home.id() })).await;
    assert_eq!(told.codes(), ["BILLING_LOCKED"]);
    assert_eq!(told.body["errors"][0]["extensions"]["ownerName"], "Olga Owner");
    let unknown = home.world.ask(&outsider.token, by_id, json!({ "id": home.id() })).await;
    assert_eq!(unknown.data()["organization"], Value::Null);
    let owner = home.world.ask(&home.owner.token, by_id, json!({ "id": home.id() })).await;
    assert_eq!(owner.data()["organization"], json!({ "name": "Hearth", "billingState": "LOCKED" }));

    let invite = json!({ "organizationId": home.id(), "email": "x@example.com", "role": "MEMBER" });
    let suspend = json!({ "membershipId": home.member.membership });
    let revoke = json!({ "invitationId": invitation });
    let calls = [("inviteMember", &invite), ("suspendMember", &suspend), ("removeMember", &suspend), ("revokeInvitation", &revoke)];
    for (mutation, input) in calls {
        assert_eq!(home.failed(&home.admin, mutation, input.clone()).await, ["BILLING_LOCKED"], "{mutation}");
        assert_eq!(home.failed(&home.owner, mutation, input.clone()).await, ["BILLING_LOCKED"], "{mutation}: the owner pays first");
        assert_eq!(home.failed(&outsider, mutation, input.clone()).await, ["NOT_FOUND"], "{mutation}");
    }
    // Nobody joins either; but whoever wants to go may, and the owner may hand it over.
    assert_eq!(home.refused(&guest, "acceptInvitation", json!({ "token": token })).await, ["NOT_ENTITLED"]);
    home.done(&home.member, "leaveOrganization", "", json!({ "organizationId": home.id() })).await;
    let to = json!({ "organizationId": home.id(), "userId": entity::join("user", home.admin.id) });
    let offer = home.done(&home.owner, "offerOwnership", "offer { id }", to).await["offer"]["id"].clone();
    let offered = "{ viewer { ownershipOffers { id organizationName organization { name } } } }";
    let offered = home.world.ask(&home.admin.token, offered, Value::Null).await;
    assert_eq!(
        offered.data()["viewer"]["ownershipOffers"],
        json!([{ "id": offer, "organizationName": "Hearth", "organization": null }])
    );
    home.done(&home.admin, "acceptOwnership", "", json!({ "offerId": offer })).await;
    let now = home.world.ask(&home.admin.token, by_id, json!({ "id": home.id() })).await;
    assert_eq!(now.data()["organization"]["name"], "Hearth");
}
