//! Seats: counted once a person, never oversold, and grown where they may.

use futures_util::{StreamExt as _, stream};
use serde_json::json;

use super::{Home, send};

#[tokio::test]
async fn what_takes_and_frees_a_seat() {
    let home = Home::build().await;
    home.limit_seats(6).await;
    assert_eq!(home.seats().await, [4, 0, 6]);
    let (id, _) = home.invite("a@example.com", "MEMBER").await;
    let (other, _) = home.invite("b@example.com", "MEMBER").await;
    assert_eq!(home.seats().await, [6, 2, 6]);
    let invite = |email: &str| json!({ "organizationId": home.id(), "email": email, "role": "MEMBER" });
    let full = home.send(&home.owner, "inviteMember", "", invite("c@example.com")).await;
    let error = &full.data()["it"]["userErrors"][0];
    assert_eq!(
        (&error["code"], &error["message"]),
        (&json!("QUOTA_EXCEEDED"), &json!("the organization would take 7 seats, and has 6: free some, or buy more"))
    );
    // Sending again, changing and accepting take none.
    let token = home.done(&home.owner, "resendInvitation", "token", json!({ "invitationId": id })).await["token"].clone();
    home.done(&home.owner, "updateInvitation", "", json!({ "invitationId": id, "role": "READONLY" })).await;
    let guest = home.stranger("a@example.com").await;
    home.done(&guest, "acceptInvitation", "", json!({ "token": token })).await;
    assert_eq!(home.seats().await, [6, 1, 6]);
    // A suspension frees the seat; ending it takes one again.
    home.done(&home.admin, "suspendMember", "", json!({ "membershipId": home.member.membership })).await;
    assert_eq!(home.seats().await, [5, 1, 6]);
    home.invite("c@example.com", "MEMBER").await;
    assert_eq!(
        home.refused(&home.admin, "reactivateMember", json!({ "membershipId": home.member.membership })).await,
        ["QUOTA_EXCEEDED"]
    );
    // One whose time has passed holds none, and takes one when it is sent again.
    home.world.sql("update invitations set expires_at = now() where email = 'b@example.com'").await;
    assert_eq!(home.seats().await, [5, 1, 6]);
    home.done(&home.admin, "reactivateMember", "", json!({ "membershipId": home.member.membership })).await;
    assert_eq!(home.refused(&home.owner, "resendInvitation", json!({ "invitationId": other })).await, ["QUOTA_EXCEEDED"]);
    home.done(&home.owner, "removeMember", "", json!({ "membershipId": home.member.membership })).await;
    home.done(&home.owner, "resendInvitation", "", json!({ "invitationId": other })).await;
    assert_eq!(home.seats().await, [6, 2, 6]);
}

#[tokio::test]
async fn the_plan_limits_and_may_grow() {
    let home = Home::build().await;
    home.world.sql(&format!("update products set limits = '{{\"members\": 6}}' where id = '{}'", home.plan)).await;
    home.world.sql("update subscriptions set seat_quantity = 4, auto_scale_seats = true").await;
    home.invite("a@example.com", "MEMBER").await;
    home.invite("b@example.com", "MEMBER").await;
    assert_eq!(home.seats().await, [6, 2, 6]);
    assert_eq!(home.world.value("select seat_quantity from subscriptions").await.as_deref(), Some("6"));
    assert_eq!(home.audited().await.iter().filter(|action| *action == "subscription.grow_seats").count(), 2);
    let invite = json!({ "organizationId": home.id(), "email": "c@example.com", "role": "MEMBER" });
    assert_eq!(home.refused(&home.owner, "inviteMember", invite.clone()).await, ["QUOTA_EXCEEDED"]);
    // Without a plan in effect, the tenant's free one limits; without that, nothing does.
    home.world.sql("update subscriptions set status = 'canceled'").await;
    assert_eq!(home.seats().await, [6, 2, -1]);
    home.world.sql(&format!("update products set key = 'free' where id = '{}'", home.plan)).await;
    assert_eq!(home.seats().await, [6, 2, 6]);
    assert_eq!(home.refused(&home.owner, "inviteMember", invite).await, ["QUOTA_EXCEEDED"]);
}

#[tokio::test]
async fn a_thousand_invitations_at_once_take_exactly_the_seats_that_there_are() {
    const SEATS: usize = 37;
    let home = Home::build().await;
    home.limit_seats(4 + SEATS).await;
    let invite = |number: usize| {
        let home = &home;
        let person = [&home.owner, &home.admin, &home.manager][number % 3];
        let input = json!({ "organizationId": home.id(), "email": format!("p{number}@example.com"), "role": "MEMBER" });
        async move { send(&home.world, &person.token, "inviteMember", "token", input).await }
    };
    let answers: Vec<_> = stream::iter(0..1_000).map(invite).buffer_unordered(40).collect().await;
    let made = answers.iter().filter(|answer| answer.data()["it"]["token"].is_string()).count();
    let full = answers.iter().filter(|answer| answer.data()["it"]["userErrors"][0]["code"] == "QUOTA_EXCEEDED").count();
    assert_eq!((made, full), (SEATS, 1_000 - SEATS));
    assert_eq!(home.seats().await, [41, 37, 41]);
}
