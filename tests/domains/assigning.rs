//! Assignment by a proven domain.

use migration::catalog::BaseRole;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Home, done, send};
use crate::people::Script;

/// Somebody of the tenant with this address, and a session in no tenant.
async fn colleague(home: &Home, email: &str, is_verified: bool) -> (Uuid, String) {
    let mut script = Script::default();
    let user = script.user(email);
    script.member(home.tenant, user, BaseRole::Member);
    let verified = if is_verified { "now()" } else { "null" };
    script.add(&format!("update users set email = '{email}', email_verified_at = {verified} where id = '{user}'"));
    script.run(&home.world).await;
    (user, home.world.token(user, None).await)
}

async fn enter(home: &Home, token: &str) {
    let input = json!({ "tenantId": entity::join("ten", home.tenant) });
    done(&send(&home.world, token, "switchTenant", "viewer { tenant { id } }", input).await);
}

/// As what the person belongs to the organization.
async fn place(home: &Home, user: Uuid) -> Option<String> {
    let sql = format!("select role from organization_memberships where user_id = '{user}' and deleted_at is null");
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_optional(&home.world.pool).await.unwrap()
}

#[tokio::test]
async fn whoever_enters_with_a_proven_address_of_the_domain_becomes_a_plain_member() {
    let home = Home::build().await;
    let (early, early_token) = colleague(&home, "early@hearth.example", true).await;
    enter(&home, &early_token).await;
    assert_eq!(place(&home, early).await, None, "the domain is not proven yet");
    home.proven().await;
    let (unproven, unproven_token) = colleague(&home, "unproven@hearth.example", false).await;
    let (foreign, foreign_token) = colleague(&home, "someone@nothearth.example", true).await;
    for token in [&early_token, &unproven_token, &foreign_token] {
        enter(&home, token).await;
    }
    assert_eq!(place(&home, early).await.as_deref(), Some("member"));
    assert_eq!((place(&home, unproven).await, place(&home, foreign).await), (None, None));
    let seen = home.world.ask(&early_token, "{ organizations { nodes { name } } }", Value::Null).await;
    assert_eq!(seen.data()["organizations"]["nodes"], json!([{ "name": "Hearth" }]), "from the next request on");
    // Once more is once.
    enter(&home, &early_token).await;
    let log = home.value("select count(*) || ' ' || max(actor_id::text) from audit_logs where action = 'member.assign'").await;
    assert_eq!(log, Some(format!("1 {early}")));
    let input = json!({ "organizationId": home.id(), "assignsByDomain": false });
    done(&home.send("updateOrganization", "", input).await);
    let (late, late_token) = colleague(&home, "late@hearth.example", true).await;
    enter(&home, &late_token).await;
    assert_eq!(place(&home, late).await, None, "it was switched off");
}

#[tokio::test]
async fn signing_up_and_proving_the_address_makes_a_member_too() {
    let home = Home::build().await;
    home.proven().await;
    home.world.sql("update tenants set settings = '{\"selfServiceSignUp\": true}', slug = 'home'").await;
    let sign_up = "mutation($input: SignUpInput!) { it: signUp(input: $input) { userErrors { code } } }";
    let input = json!({ "email": "new@hearth.example", "password": "correct horse battery", "displayName": "New",
        "organizationName": "Newcomers", "tenantSlug": "home" });
    let answer = home.world.post(None, &json!({ "query": sign_up, "variables": { "input": input } })).await;
    assert_eq!(answer.data()["it"]["userErrors"], json!([]));
    let user: Uuid = home.value("select id from users where email = 'new@hearth.example'").await.unwrap().parse().unwrap();
    let seat = async || {
        let sql = format!(
            "select count(*) from organization_memberships where user_id = '{user}' and organization_id = '{}'",
            home.organization
        );
        home.value(&sql).await.unwrap()
    };
    assert_eq!(seat().await, "0", "an address that is not proven is nobody's");
    let letters: Vec<Value> =
        home.world.client().get(home.world.url("/dev/mailbox.json")).send().await.unwrap().json().await.unwrap();
    let letter = letters.iter().find(|letter| letter["kind"] == "verify_address").unwrap();
    let token = letter["link"].as_str().unwrap().split_once("?token=").unwrap().1;
    let verify = "mutation($token: String!) { it: verifyEmail(input: { token: $token }) { userErrors { code } } }";
    let verified = home.world.post(None, &json!({ "query": verify, "variables": { "token": token } })).await;
    assert_eq!(verified.data()["it"]["userErrors"], json!([]));
    assert_eq!(seat().await, "1");
}

#[tokio::test]
async fn whoever_was_removed_stays_removed() {
    let home = Home::build().await;
    home.proven().await;
    let (user, token) = colleague(&home, "gone@hearth.example", true).await;
    enter(&home, &token).await;
    let membership = home.value(&format!("select id from organization_memberships where user_id = '{user}'")).await.unwrap();
    let membership = entity::join("mem", membership.parse().unwrap());
    done(&home.send("removeMember", "", json!({ "membershipId": membership })).await);
    for _ in 0..2 {
        enter(&home, &token).await;
    }
    assert_eq!(place(&home, user).await, None);
    // What was suspended stays so, too.
    done(&home.send("restoreMember", "", json!({ "membershipId": membership })).await);
    done(&home.send("suspendMember", "", json!({ "membershipId": membership })).await);
    enter(&home, &token).await;
    let status = home.value(&format!("select status from organization_memberships where user_id = '{user}'")).await;
    assert_eq!(status.as_deref(), Some("suspended"));
}

#[tokio::test]
async fn an_organization_without_a_seat_assigns_nobody_and_notes_it_once() {
    let home = Home::build().await;
    home.proven().await;
    home.world.sql("update subscriptions set seat_quantity = 2, auto_scale_seats = false").await;
    let (first, first_token) = colleague(&home, "first@hearth.example", true).await;
    let (second, second_token) = colleague(&home, "second@hearth.example", true).await;
    enter(&home, &first_token).await;
    for _ in 0..3 {
        enter(&home, &second_token).await;
    }
    assert_eq!((place(&home, first).await.as_deref(), place(&home, second).await), (Some("member"), None));
    let noted = home
        .value("select count(*) || ' ' || max(actor_id::text) from audit_logs where action = 'organization.assign_refused'")
        .await;
    assert_eq!(noted, Some(format!("1 {second}")));
    home.world.sql(&format!("update subscriptions set auto_scale_seats = true where product_id = '{}'", home.plan)).await;
    enter(&home, &second_token).await;
    assert_eq!(place(&home, second).await.as_deref(), Some("member"));
    assert_eq!(home.value("select seat_quantity from subscriptions").await.as_deref(), Some("3"), "it grew");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_enter_at_once_as_many_are_assigned_as_there_are_seats() {
    let home = Home::build().await;
    home.proven().await;
    home.world.sql("update subscriptions set seat_quantity = 4, auto_scale_seats = false").await;
    let mut tokens = Vec::new();
    for number in 0..9 {
        tokens.push(colleague(&home, &format!("p{number}@hearth.example"), true).await.1);
    }
    futures_util::future::join_all(tokens.iter().map(|token| enter(&home, token))).await;
    let members = home.value("select count(*) from organization_memberships where status = 'active' and deleted_at is null").await;
    assert_eq!(members.as_deref(), Some("4"), "the owner has one of the four");
}
